import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JourneyEnd } from "../../src/mesh/journey-types.ts";
import { ambientCases } from "./journey-ambient.ts";
import { redirectCases } from "./journey-cases.ts";
import { castOf } from "./journey-cast.ts";
import { handshakes } from "./journey-handshake.ts";
import { onKernel, PLACES } from "./journey-lab.ts";
import { tproxyCases } from "./journey-tproxy.ts";
import type { JourneyCase } from "./journey-types.ts";
import { acceptances, labWorld, natCounters, travel, unrolled } from "./journey-walk.ts";
import { labUnavailable } from "./lab.ts";
import type { RuleCounters } from "./lab-counters.ts";
import { createSidecarLab, type SidecarLab } from "./lab-sidecar.ts";
import type { Family, Flavour } from "./lab-types.ts";

const reason = labUnavailable();

const ROUNDS = 10;

const SUITES: Readonly<Record<string, (family: Family) => readonly JourneyCase[]>> = {
  REDIRECT: redirectCases,
  TPROXY: tproxyCases,
  ambient: ambientCases,
};

const natOf = (counters: RuleCounters): RuleCounters =>
  Object.fromEntries(Object.entries(counters).filter(([place]) => place.startsWith("nat ")));

/** What becomes of the client's own connection: it gets its answer through all that stands between, or hangs. */
const FARED: Readonly<Partial<Record<JourneyEnd, string>>> = {
  application: "answered",
  dropped: "failed",
};

describe.skipIf(reason !== undefined)(`journeys on the live kernel${reason ? ` (${reason})` : ""}`, () => {
  describe.each<Flavour>(["legacy", "nft"])("%s", (flavour) => {
    // A laboratory for each: a namespace that ever had a policy rule checks sources otherwise.
    describe.each(Object.keys(SUITES))("%s", (suite) => {
      let lab: SidecarLab;
      beforeAll(async () => {
        lab = await createSidecarLab({ flavour, sockets: [] });
      });
      afterAll(() => lab?.close());

      describe.each<Family>([4, 6])("IPv%i", (family) => {
        test.each(SUITES[suite]!(family))("$name", async (wanted) => {
          const kernel = await onKernel(lab, family, wanted, ROUNDS);
          const cast = castOf(wanted, family);
          const world = labWorld(wanted, family, cast);
          const found = travel(world, wanted);
          expect(found.end).toBe(wanted.end);

          const hops = unrolled(found, ROUNDS);
          const told = kernel.accepted.map(({ opened: _, role: __, cut: ___, peer, ...rest }) => ({
            ...rest,
            peer: peer.address,
          }));
          expect(told).toEqual(acceptances(hops));
          expect(kernel.accepted.filter(({ cut }) => cut)).toHaveLength(found.end === "loop" ? 1 : 0);
          expect(kernel.failed).toHaveLength(found.end === "unanswered" ? 1 : 0);
          expect(kernel.client.said).toBe(FARED[found.end] ?? "connected");

          for (const place of PLACES) expect(natOf(kernel.counters[place])).toEqual(natCounters(hops, place));
          const shaken = handshakes(world, hops, cast, found.end === "loop");
          expect(kernel.counters).toEqual(shaken.counters);
          expect(shaken.answered.includes(false)).toBe(found.end === "unanswered");
          // Each connection that is opened is the next one that somebody accepts: same port, if not address.
          const opened = [kernel.client.port, ...kernel.accepted.map((one) => one.opened?.port)];
          expect(kernel.accepted.map(({ peer }) => peer.port)).toEqual(opened.slice(0, kernel.accepted.length));
        });
      });
    });
  });
});
