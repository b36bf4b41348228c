import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ambientCases } from "./journey-ambient.ts";
import { redirectCases } from "./journey-cases.ts";
import { drawnCase } from "./journey-drawn.ts";
import { judge } from "./journey-judge.ts";
import { onKernel } from "./journey-lab.ts";
import { tproxyCases } from "./journey-tproxy.ts";
import type { JourneyCase } from "./journey-types.ts";
import { labUnavailable } from "./lab.ts";
import { createSidecarLab, type SidecarLab } from "./lab-sidecar.ts";
import type { Family, Flavour } from "./lab-types.ts";

const reason = labUnavailable();

/** Connections that the proxies of a place accept before they open nothing more. */
const ROUNDS = 10;

/** How many are drawn for each flavour and family, and the first of their seeds. */
const DRAWN = Number(process.env.NFWALK_JOURNEYS ?? 25);
const SEED = Number(process.env.NFWALK_JOURNEY_SEED ?? 1);

const SUITES: Readonly<Record<string, (family: Family, flavour: Flavour) => readonly JourneyCase[]>> = {
  REDIRECT: redirectCases,
  TPROXY: tproxyCases,
  ambient: ambientCases,
  drawn: (family, flavour) =>
    Array.from({ length: DRAWN }, (_, at) =>
      drawnCase(SEED + 4 * at + (family === 6 ? 2 : 0) + (flavour === "nft" ? 1 : 0), family),
    ),
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
        test.each(SUITES[suite]!(family, flavour))("$name", async (wanted) => {
          const kernel = await onKernel(lab, family, wanted, ROUNDS);
          const found = judge(wanted, family, kernel, ROUNDS);
          if (wanted.end !== undefined) expect(found.end).toBe(wanted.end);
        });
      });
    });
  });
});
