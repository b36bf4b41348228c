import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createNetns, outcomes, type PacketSpec, parse, type Walk } from "../../src/index.ts";

interface Flow {
  readonly name: string;
  readonly sourceIP: string;
  readonly protocol: string;
  readonly destIP: string;
  readonly destPort: number;
  /** Every destination that the statistic branches allow, or one verdict; [] leaves the destination as it is. */
  readonly output: readonly string[];
  readonly masq: boolean;
  readonly hook: "PREROUTING" | "OUTPUT";
}

interface FlowCase {
  readonly test: string;
  readonly subtest: string | null;
  readonly nodeIPs: readonly string[];
  readonly rules: string;
  readonly flows: readonly Flow[];
}

const FILE = fileURLToPath(new URL("../../../shared/corpus/kube-proxy/flows.json", import.meta.url));
const cases: readonly FlowCase[] = existsSync(FILE) ? JSON.parse(readFileSync(FILE, "utf8")) : [];

/** A node: its own addresses, the pod network behind a bridge, forwarding on. */
function node({ rules, nodeIPs }: FlowCase) {
  return createNetns({
    rulesets: [parse(rules, { family: "ipv4" }).ruleset],
    interfaces: [
      { name: "eth0", addresses: nodeIPs.map((address) => `${address}/24`) },
      { name: "cni0", addresses: ["10.255.0.1/8"] },
    ],
    routes: [{ to: "default", via: `${nodeIPs[0]!.replace(/\d+$/, "254")}`, dev: "eth0" }],
    sysctl: { "net.ipv4.ip_forward": 1 },
  });
}

function packetOf(flow: Flow): PacketSpec {
  const packet = {
    proto: flow.protocol,
    src: flow.sourceIP,
    sport: 40000,
    dst: flow.destIP,
    dport: flow.destPort,
  };
  if (flow.hook === "OUTPUT") return { ...packet, uid: 0, gid: 0 };
  return { ...packet, in: flow.sourceIP.startsWith("10.") ? "cni0" : "eth0" };
}

/** What a flow table says of a walk: the translated destination, a verdict, or nothing. */
function outputOf({ fate, conntrack }: Walk, { destIP, destPort }: Flow): string | undefined {
  if (fate.kind === "rejected") return "REJECT";
  if (fate.kind === "dropped") return "DROP";
  const reply = conntrack?.reply as { readonly src: string; readonly sport: number } | undefined;
  if (reply === undefined || (reply.src === destIP && reply.sport === destPort)) return undefined;
  return `${reply.src}:${reply.sport}`;
}

const masqueraded = ({ conntrack, steps }: Walk): boolean =>
  conntrack !== null && steps.some((step) => "rule" in step && step.target === "MASQUERADE");

describe.skipIf(cases.length === 0)("kube-proxy's flow tables (skipped without ../shared)", () => {
  describe.each(cases.map((one) => [`${one.test} ${one.subtest ?? ""}`, one] as const))("%s", (_, one) => {
    test.each(one.flows.map((flow) => [flow.name, flow] as const))("%s", (__, flow) => {
      const found = outcomes(node(one), packetOf(flow));
      expect(found.reduce((sum, outcome) => sum + outcome.probability, 0)).toBeCloseTo(1, 6);
      const outputs = new Set(found.map(({ walk }) => outputOf(walk, flow)).filter((output) => output !== undefined));
      expect([...outputs].sort()).toEqual([...flow.output].filter((output) => output !== "ACCEPT").sort());
      const leaving = found.filter(({ walk }) => walk.fate.kind === "sent");
      if (leaving.length > 0 && flow.masq !== undefined)
        expect(leaving.map(({ walk }) => masqueraded(walk))).toEqual(leaving.map(() => flow.masq));
    });
  });
});
