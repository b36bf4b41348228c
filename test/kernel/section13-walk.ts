/** The connections of section 13 as the library walks them. */
import { createNetns, type Netns, type PacketSpec, parse, send, type Walk } from "../../src/index.ts";
import { countersOf } from "../recorded/replay.ts";
import { ADDRESSES, type ConnectionResult } from "./lab-sidecar.ts";
import type { Family } from "./lab-types.ts";
import { LISTENERS, type Section13Case } from "./section13.ts";

export interface WalkedCase {
  /** Where the last of the walks ended. */
  readonly fate: Walk["fate"];
  readonly originalDst: Walk["originalDst"];
  /** Counters that all the walks together raised. */
  readonly counters: Readonly<Record<string, number>>;
}

function podNetns(family: Family, rules: string): Netns {
  const { ruleset } = parse(rules, { family: family === 4 ? "ipv4" : "ipv6" });
  const [four, six] = [ADDRESSES[4], ADDRESSES[6]];
  return createNetns({
    rulesets: [ruleset],
    interfaces: [
      { name: "lo", addresses: ["127.0.0.1/8", "::1/128", `${six.passthrough}/128`] },
      { name: "eth0", addresses: [`${four.pod}/24`, `${six.pod}/64`] },
    ],
    routes: [
      { to: "default", via: four.node, dev: "eth0" },
      { to: "default", via: six.node, dev: "eth0" },
    ],
    sockets: LISTENERS.filter((socket) => socket.ns === "pod").map(({ ns: _, ...socket }) => socket),
  });
}

/**
 * The packets that the pod saw: what one of its own processes sent, what came in from outside, or both where the node
 * sent the first one back. A packet from outside has the source that the acceptor saw, the node's if it masqueraded.
 */
function packetsOf(wanted: Section13Case, family: Family, result: ConnectionResult): readonly PacketSpec[] {
  const { pod, node } = ADDRESSES[family];
  const { proto, dport } = wanted.connection;
  const ports = (port: number | undefined) => (dport === undefined ? { id: 0 } : { sport: port ?? 40000, dport });
  const local = { ...wanted.connection, ...ports(result.local?.port) };
  const peer = result.accepted?.peer ?? { address: ADDRESSES[family][wanted.from], port: 40000 };
  const arriving = { proto, in: "eth0", src: peer.address, dst: pod, ...ports(peer.port) };
  if (wanted.from !== "pod") return [arriving];
  return wanted.at === "pod" && wanted.peer === node ? [local, arriving] : [local];
}

/** Walks a case's packets one after another through the pod. */
export function walkCase(wanted: Section13Case, family: Family, rules: string, result: ConnectionResult): WalkedCase {
  let netns = podNetns(family, rules);
  const counters: Record<string, number> = {};
  let last: Walk | undefined;
  for (const packet of packetsOf(wanted, family, result)) {
    const { walk, netns: after } = send(netns, packet);
    for (const [place, count] of Object.entries(countersOf(walk))) {
      counters[place] = (counters[place] ?? 0) + count;
    }
    netns = after;
    last = walk;
  }
  return { fate: last!.fate, originalDst: last!.originalDst, counters };
}
