import {
  createNetns,
  type Flavour,
  type Netns,
  type NetnsSpec,
  type PacketSpec,
  parse,
  send,
} from "../../src/index.ts";
import type { Agent } from "./lab-agent.ts";
import { type RuleCounters, readCounters, risen } from "./lab-counters.ts";
import { ip, pair } from "./lab-layout.ts";
import { restoreTool, saveTool } from "./lab-rules.ts";
import type { LabPacket } from "./lab-types.ts";
import { specOf } from "./lab-walk.ts";

/** The host that is looked at, and the same one as the library has it. */
export interface Scene {
  readonly agent: Agent;
  readonly flavour: Flavour;
  /** As it is after the packets so far. */
  netns: Netns;
}

/** Which chains are compared: `"TABLE CHAIN RULE"`. */
type Places = (place: string) => boolean;

const MUTE = { "net.ipv6.conf.all.disable_ipv6": 1, "net.ipv6.conf.default.disable_ipv6": 1 };

/** A device of the host whose other end, `far`, is a mute neighbour's: its namespace has the device's name. */
export async function neighbour(agent: Agent, device: string, mac: string): Promise<void> {
  await agent.call("namespace", { name: device });
  await agent.call("sysctl", { ns: device, values: MUTE });
  await pair(agent, "host", device, device, "far", mac);
  await ip(agent, device, "link set far up");
}

/** From now on a packet whose `in` is `name` is a frame that comes in by the neighbour's device, addressed to `mac`. */
export const door = (agent: Agent, device: string, name: string, mac: string): Promise<unknown> =>
  agent.call("door", { ns: device, device: "far", leads_to: name, mac });

/** The host before it has devices. */
export async function makeHost(agent: Agent, sysctl: Readonly<Record<string, number>>): Promise<void> {
  await agent.call("namespace", { name: "host" });
  await agent.call("sysctl", { ns: "host", values: { ...MUTE, ...sysctl } });
  await ip(agent, "host", "link set lo up");
}

/** A line of `ip` for a device on which nobody has to ask for an address. */
export const up = (device: string): string => `link set dev ${device} arp off up`;

/** Loads the rules, and reads the host as `ip -j` prints it. */
export async function scene(agent: Agent, flavour: Flavour, rules: string, more: NetnsSpec): Promise<Scene> {
  await agent.run("host", restoreTool(4, flavour), rules);
  await agent.call("watch", { ns: "host", group: 4242 });
  const json = async (...argv: string[]) => JSON.parse((await agent.run("host", ["ip", "-d", "-j", ...argv])).out);
  const { ruleset } = parse(rules, { family: "ipv4" });
  const interfaces = await json("addr");
  const routes = await json("route", "show", "table", "all");
  const netns = createNetns({ rulesets: [{ ...ruleset, flavour }], interfaces, routes, ...more });
  return { agent, flavour, netns };
}

/** By how much the kernel's counters rose with one packet. */
export async function observe({ agent, flavour }: Scene, packet: LabPacket, of: Places): Promise<RuleCounters> {
  const save = saveTool(4, flavour);
  const before = await agent.call<string>("save", { ns: "host", save });
  const words = { ns: "host", family: 4, packet, save, entries: false };
  const answer = await agent.call<{ save: string }>("packet", words);
  const changed = risen(readCounters(before), readCounters(answer.save));
  return Object.fromEntries(Object.entries(changed).filter(([place]) => of(place)));
}

/** A laboratory packet for the library; `more` says what a frame's hardware address says to a bridge. */
export const packetOf = (packet: LabPacket, more: Partial<PacketSpec> = {}): PacketSpec => ({
  ...specOf(packet, 4),
  ...more,
});

/** The counters that one walk raises. */
export function countersOf({ steps }: ReturnType<typeof send>["walk"], of: Places): RuleCounters {
  const counters: Record<string, number> = {};
  for (const step of steps) {
    const place = `${step.table} ${step.chain} ${"rule" in step ? step.rule : "policy"}`;
    if (of(place)) counters[place] = (counters[place] ?? 0) + 1;
  }
  return counters;
}

/** Sends a packet through the library's host, which goes on from there. */
export function walk(at: Scene, packet: PacketSpec): ReturnType<typeof send>["walk"] {
  const sent = send(at.netns, packet);
  at.netns = sent.netns;
  return sent.walk;
}
