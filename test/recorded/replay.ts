import { createNetns, type Netns, parse, send, type Walk } from "../../src/index.ts";
import { INTERFACES, type Observed, type ObservedHeaders, packetSpec, type RecordedCase, ROUTES } from "./cases.ts";

/** What nfwalk says of a packet, in the shape of what was observed. */
export interface Answer {
  readonly counters: Readonly<Record<string, number>>;
  readonly landing: readonly string[];
  readonly leaving: readonly string[];
  readonly conntrack: readonly string[];
}

/** Counters as a kernel would have counted the walk's steps. */
export function countersOf(walk: Walk): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const step of walk.steps) {
    const key = `${step.table} ${step.chain} ${"rule" in step ? step.rule : "policy"}`;
    counters[key] = (counters[key] ?? 0) + 1;
  }
  return counters;
}

const withPorts = (proto: string): boolean => proto !== "icmp";

const headersText = (device: string | undefined, one: ObservedHeaders, proto: string): string =>
  `${device} ${one.src} -> ${one.dst}${withPorts(proto) ? ` ${one.sport} -> ${one.dport}` : ""} mark ${one.mark}`;

const sorted = (record: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))));

interface EntryLike {
  readonly proto: string;
  readonly original: object;
  readonly reply: object;
  readonly mark: number;
  readonly zone?: number;
}

export const entryLine = (entry: EntryLike): string =>
  `${entry.proto} ${sorted(entry.original as Record<string, unknown>)} ${sorted(entry.reply as Record<string, unknown>)} mark ${entry.mark} zone ${entry.zone ?? 0}`;

export function answerOf(walk: Walk, after: Netns, proto: string): Answer {
  const { fate } = walk;
  return {
    counters: sortKeys(countersOf(walk)),
    landing: fate.kind === "delivered" ? [headersText(fate.in, fate as ObservedHeaders, proto)] : [],
    leaving: fate.kind === "sent" ? [headersText(fate.out, fate as ObservedHeaders, proto)] : [],
    conntrack: [...after.conntrack].map(entryLine).sort(),
  };
}

export const expectedOf = (observed: Observed, proto: string): Answer => ({
  counters: sortKeys(observed.counters),
  landing: observed.landing.map((one) => headersText(one.in, one, proto)),
  leaving: observed.leaving.map((one) => headersText(one.out, one, proto)),
  conntrack: observed.conntrack.map(entryLine).sort(),
});

const sortKeys = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The namespace of a recorded session, before its first packet. */
export function netnsOf(session: RecordedCase): Netns {
  const family = session.family === 4 ? "ipv4" : "ipv6";
  const { ruleset } = parse(session.rules, { family });
  return createNetns({
    rulesets: [{ ...ruleset, flavour: session.flavour ?? "legacy" }],
    interfaces: INTERFACES,
    routes: [...ROUTES, ...(session.ipRoutes ?? [])],
    rules: session.ipRules ?? [],
    sysctl: session.sysctl,
    sockets: session.sockets ?? [],
    xfrm: "none",
    ...(session.sets !== undefined && { sets: session.sets }),
  });
}

/** Walks the packets of a session one after another and pairs each answer with what the kernel did. */
export function replay(
  session: RecordedCase,
): { readonly answer: Answer; readonly expected: Answer; readonly walk: Walk }[] {
  let netns = netnsOf(session);
  return session.packets.map((packet, at) => {
    const { walk, netns: after } = send(netns, packetSpec(packet, session.family));
    netns = after;
    return {
      walk,
      answer: answerOf(walk, after, packet.proto),
      expected: expectedOf(session.observed[at]!, packet.proto),
    };
  });
}
