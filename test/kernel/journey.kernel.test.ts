import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type JourneyCase, journeyCases, OLD_PORT } from "./journey-cases.ts";
import { acceptances, natCounters, travel, unrolled } from "./journey-walk.ts";
import { labUnavailable } from "./lab.ts";
import { type RuleCounters, readCounters, risen } from "./lab-counters.ts";
import { type Relayed, startRelay } from "./lab-relay.ts";
import { saveTool } from "./lab-rules.ts";
import { type ConnectionResult, createSidecarLab, type SidecarLab } from "./lab-sidecar.ts";
import type { Family, Flavour } from "./lab-types.ts";

const reason = labUnavailable();

/** Connections after which the relay opens nothing any more. */
const ROUNDS = 10;

interface OnKernel {
  readonly relayed: readonly Relayed[];
  readonly result: ConnectionResult;
  /** What rose in the nat tables of pod and node. */
  readonly counters: Readonly<Record<"pod" | "node", RuleCounters>>;
  readonly nodeRules: string;
}

async function onKernel(lab: SidecarLab, family: Family, wanted: JourneyCase): Promise<OnKernel> {
  const { agent, flavour } = lab;
  const save = (ns: string) => agent.call<string>("save", { ns, save: saveTool(family, flavour) });
  await lab.load(family, wanted.rules);
  const nodeRules = await save("node");
  const before = { pod: readCounters(await save("pod")), node: readCounters(nodeRules) };
  const relay = await startRelay(agent, family, wanted.relay, ROUNDS);
  try {
    const result = await lab.connect(wanted.from, family, { proto: "tcp", ...wanted.connection });
    const counters = {
      pod: natOf(risen(before.pod, readCounters(await save("pod")))),
      node: natOf(risen(before.node, readCounters(await save("node")))),
    };
    return { relayed: relay.accepted(), result, counters, nodeRules };
  } finally {
    await relay.close();
  }
}

const natOf = (counters: RuleCounters): RuleCounters =>
  Object.fromEntries(Object.entries(counters).filter(([place]) => place.startsWith("nat ")));

/** Everybody who accepted, in order, in the words of `acceptances`. */
function accepted({ relayed, result }: OnKernel): readonly object[] {
  const relays = relayed.map(({ local, peer, original }) => ({ by: "relay", local, peer: peer.address, original }));
  if (result.accepted === null) return relays;
  const { ns, local, peer, originalDst } = result.accepted;
  // Without conntrack nobody knows of another destination, as in the peer: it is what was dialled.
  return [...relays, { by: ns, local, peer: peer.address, original: originalDst ?? local }];
}

const listeners = (["0.0.0.0", "::"] as const).flatMap((address) => [
  { ns: "pod" as const, proto: "tcp" as const, address, port: 80, uid: 1000, gid: 1000 },
  { ns: "pod" as const, proto: "tcp" as const, address, port: OLD_PORT, uid: 1000, gid: 1000 },
  { ns: "peer" as const, proto: "tcp" as const, address, port: 80 },
]);

describe.skipIf(reason !== undefined)(`journeys on the live kernel${reason ? ` (${reason})` : ""}`, () => {
  describe.each<Flavour>(["legacy", "nft"])("%s", (flavour) => {
    let lab: SidecarLab;
    beforeAll(async () => {
      lab = await createSidecarLab({ flavour, sockets: listeners });
      // The node's bridge tells its ports of 224.0.0.106 when it likes: nat would count that report.
      await lab.agent.run("node", [`iptables-${flavour}`, ..."-t raw -A OUTPUT -p igmp -j DROP".split(" ")]);
    });
    afterAll(() => lab.close());

    describe.each<Family>([4, 6])("IPv%i", (family) => {
      test.each(journeyCases(family))("$name", async (wanted) => {
        const kernel = await onKernel(lab, family, wanted);
        const found = travel(wanted, family, kernel.nodeRules);
        expect(found.end).toBe(wanted.loops ? "loop" : "application");
        expect(kernel.result.accepted === null).toBe(wanted.loops);
        expect(kernel.relayed.length === ROUNDS).toBe(wanted.loops);
        expect(kernel.relayed.filter((one) => one.error !== undefined)).toEqual([]);

        const hops = unrolled(found, ROUNDS);
        expect(accepted(kernel)).toEqual(acceptances(hops));
        expect(kernel.counters).toEqual({ pod: natCounters(hops, "pod"), node: natCounters(hops, "node") });
        // Each connection that the relay opened is the next one that somebody accepted: same port, if not address.
        const peers = [...kernel.relayed.map(({ peer }) => peer.port), kernel.result.accepted?.peer.port];
        const opened = kernel.relayed.map((one) => one.opened?.port);
        expect(peers.slice(1)).toEqual(opened);
      });
    });
  });
});
