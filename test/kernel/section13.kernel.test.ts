import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { labUnavailable } from "./lab.ts";
import { readCounters, risen } from "./lab-counters.ts";
import { saveTool } from "./lab-rules.ts";
import { ADDRESSES, type ConnectionResult, createSidecarLab, type SidecarLab } from "./lab-sidecar.ts";
import type { Family } from "./lab-types.ts";
import { LISTENERS, type Section13Case, section13 } from "./section13.ts";
import { walkCase } from "./section13-walk.ts";

const reason = labUnavailable();

const rulesOf = (family: Family): string =>
  readFileSync(new URL(`../fixtures/istio-1.5.v${family}.rules`, import.meta.url), "utf8");

/** Makes one case's connection on the kernel, and tells it with the nat counters that it raised. */
async function onKernel(lab: SidecarLab, family: Family, wanted: Section13Case) {
  await lab.load(family, rulesOf(family));
  const save = () => lab.agent.call<string>("save", { ns: "pod", save: saveTool(family, lab.flavour) });
  const before = readCounters(await save());
  const result = await lab.connect(wanted.from, family, wanted.connection);
  return { result, counters: risen(before, readCounters(await save())) };
}

/** SO_ORIGINAL_DST of a connection that was not translated answers its own address: that is no translation. */
function translated(result: ConnectionResult): unknown {
  const { accepted } = result;
  if (accepted === null || accepted.originalDst === null) return null;
  const { local, originalDst } = accepted;
  return local.address === originalDst.address && local.port === originalDst.port ? null : originalDst;
}

function expectTable(wanted: Section13Case, family: Family, result: ConnectionResult, counters: object): void {
  const rules = Object.entries(counters).filter(([place]) => !place.endsWith(" policy"));
  expect(Object.fromEntries(rules)).toEqual(Object.fromEntries(wanted.hits.map((place) => [`nat ${place}`, 1])));
  const { accepted } = result;
  if (wanted.connection.proto === "icmp") {
    expect(result.echoed).toBe(ADDRESSES[family][wanted.at]);
    return;
  }
  expect({ ns: accepted?.ns, port: accepted?.port, peer: accepted?.peer.address }).toEqual({
    ns: wanted.at,
    port: wanted.port,
    peer: wanted.peer,
  });
  // A datagram's socket is bound to every address: only a connection has one of its own.
  if (wanted.connection.proto === "tcp") expect(accepted?.local.address).toBe(wanted.local ?? wanted.connection.dst);
  expect(translated(result)).toEqual(wanted.originalDst ?? null);
}

describe.skipIf(reason !== undefined)(`section 13 on the live kernel${reason ? ` (skipped: ${reason})` : ""}`, () => {
  describe.each(["legacy", "nft"] as const)("%s", (flavour) => {
    let lab: SidecarLab;
    beforeAll(async () => {
      lab = await createSidecarLab({ flavour, sockets: LISTENERS });
    });
    afterAll(() => lab?.close());

    describe.each([4, 6] as const)("IPv%i", (family) => {
      test("covers rows 1 to 22", () => {
        const rows = new Set(section13(family).map((wanted) => wanted.row));
        expect([...rows].sort((a, b) => a - b)).toEqual(Array.from({ length: 22 }, (_, index) => index + 1));
      });

      test.each(section13(family).map((wanted) => [wanted.row, wanted.name, wanted] as const))(
        "row %i: %s",
        async (_row, _name, wanted) => {
          const { result, counters } = await onKernel(lab, family, wanted);
          expectTable(wanted, family, result, counters);
          const walked = walkCase(wanted, family, rulesOf(family), result);
          expect(walked.counters).toEqual(counters);
          if (wanted.connection.proto === "icmp") return;
          if (wanted.at === "pod") {
            expect(walked.fate).toMatchObject({ kind: "delivered", src: wanted.peer, socket: { port: wanted.port } });
            if (wanted.connection.proto === "tcp")
              expect(walked.fate).toMatchObject({ socket: result.accepted?.local });
          } else {
            expect(walked.fate).toMatchObject({ kind: "sent", out: "eth0", dst: ADDRESSES[family][wanted.at] });
          }
          expect(walked.originalDst).toEqual(translated(result));
        },
      );
    });
  });
});
