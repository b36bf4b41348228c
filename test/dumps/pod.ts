/** A pod to put the rules of a dump into, and the connections that people ask about. */
import { createNetns, type Netns, type PacketSpec, type Ruleset, send, type Walk } from "../../src/index.ts";

export const POD = "10.244.1.5";
export const PEER = "10.244.2.9";

/** Every port listens: `sockets` is left out. */
export const podWith = (ruleset: Ruleset): Netns =>
  createNetns({
    rulesets: [ruleset],
    interfaces: [
      { name: "lo", addresses: ["127.0.0.1/8"] },
      { name: "eth0", addresses: [`${POD}/24`] },
    ],
    routes: [{ to: "default", via: "10.244.1.1", dev: "eth0" }],
  });

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export const APP: Owner = { uid: 1000, gid: 1000 };

export const outbound = (owner: Owner, dst: string, dport: number, more: Partial<PacketSpec> = {}): PacketSpec => ({
  proto: "tcp",
  dst,
  dport,
  ...owner,
  ...more,
});

export const inbound = (dport: number): PacketSpec => ({
  proto: "tcp",
  in: "eth0",
  src: PEER,
  sport: 43210,
  dst: POD,
  dport,
});

/** `15001`: delivered there; `out eth0`: left; else the kind of its fate. */
export function endOf({ fate }: Walk): string {
  if (fate.kind === "delivered") return `${fate.dport}`;
  return fate.kind === "sent" ? `out ${fate.out}` : fate.kind;
}

export const endIn = (netns: Netns, packet: PacketSpec): string => endOf(send(netns, packet).walk);

/** The rules of a user chain that a packet matched: `9`, or `1 4`. */
export const hitsIn = (netns: Netns, packet: PacketSpec, chain: string): string =>
  send(netns, packet)
    .walk.steps.flatMap((step) => (step.chain === chain && "rule" in step ? [step.rule] : []))
    .join(" ");
