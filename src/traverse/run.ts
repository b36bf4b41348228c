import type { Entry } from "../conntrack/entry.ts";
import type { ConntrackTable } from "../conntrack/table.ts";
import type { Family, Words } from "../net/address.ts";
import type { Packet } from "../net/packet.ts";
import type { Host } from "../netns/host.ts";
import { addressTypes as addressTypesOf } from "../netns/routing.ts";
import { HOOKS } from "../predicate/action.ts";
import { addressOf } from "../predicate/compile.ts";
import { ABSENT, type Frame, type FrameHost, UNSAID } from "../predicate/frame.ts";
import type { Oracle } from "./oracle.ts";
import type { Prepared } from "./prepare.ts";
import { findsSocket } from "./socket-match.ts";
import type { Observer } from "./trace.ts";
import type { Fate, Listener, Step } from "./walk.ts";

export const PREROUTING: number = HOOKS.indexOf("PREROUTING");
export const INPUT: number = HOOKS.indexOf("INPUT");
export const FORWARD: number = HOOKS.indexOf("FORWARD");
export const OUTPUT: number = HOOKS.indexOf("OUTPUT");
export const POSTROUTING: number = HOOKS.indexOf("POSTROUTING");

/** What a walk reads and changes of a namespace. */
export interface Memory {
  readonly conntrack: ConntrackTable;
  readonly matchState: ReadonlyMap<string, unknown>;
}

/**
 * One packet on its way: everything that the stages of a walk share.
 *
 * It is the frame's host at the same time, so a condition can ask it without another object in between.
 */
export interface Run extends FrameHost {
  readonly family: Family;
  readonly packet: Packet;
  readonly host: Host;
  readonly plan: Prepared;
  readonly oracle: Oracle;
  readonly observer: Observer | null;
  readonly frame: Frame;
  readonly steps: Step[];
  /** Index of the hook that is being traversed. */
  hook: number;
  /** null while the packet is on its way. */
  fate: Fate | null;
  /** The working copy of the packet's entry; the frame shows the same one. */
  entry: Entry | null;
  /** Zones that a CT target has set, before conntrack; null: none has (Z1). */
  zone: { readonly original: number | "mark"; readonly reply: number | "mark" } | null;
  tracked: boolean;
  /** The socket that TPROXY assigned. */
  assigned: Listener | null;
  /** The next hop of the route in force: MASQUERADE looks at it (N18). */
  nextHop: Words;
  /** An ICMP error whose quoted packet belongs to the entry: translated, never evaluated by nat (N21). */
  related: boolean;
  conntrack: ConntrackTable;
  conntrackForked: boolean;
  matchState: ReadonlyMap<string, unknown>;
}

export function createRun(
  packet: Packet,
  host: Host,
  plan: Prepared,
  memory: Memory,
  now: number,
  oracle: Oracle,
  observer: Observer | null,
): Run {
  const [s0, s1, s2, s3] = packet.src ?? [0, 0, 0, 0];
  const [d0, d1, d2, d3] = packet.dst;
  const local = packet.in === null;
  const frame: Frame = {
    v6: packet.family === "ipv6",
    s0,
    s1,
    s2,
    s3,
    d0,
    d1,
    d2,
    d3,
    proto: packet.proto,
    sport: packet.sport,
    dport: packet.dport,
    icmpType: packet.type,
    icmpCode: packet.code,
    icmpId: packet.id,
    tcpFlags: packet.flags,
    length: packet.length,
    ttl: packet.ttl,
    tos: packet.tos,
    mark: packet.mark,
    inDevice: "",
    outDevice: "",
    uid: local ? (packet.uid ?? UNSAID) : ABSENT,
    gid: local ? (packet.gid ?? UNSAID) : ABSENT,
    groups: packet.groups,
    socket: local ? 1 : 0,
    ctstate: 0,
    entry: null,
    isReply: false,
    host: undefined as unknown as FrameHost,
  };
  const run: Run = {
    family: packet.family,
    packet,
    host,
    plan,
    oracle,
    observer,
    frame,
    steps: [],
    hook: OUTPUT,
    fate: null,
    entry: null,
    zone: null,
    tracked: false,
    assigned: null,
    nextHop: packet.dst,
    related: false,
    conntrack: memory.conntrack,
    conntrackForked: false,
    matchState: memory.matchState,
    now,
    addressTypes: (one, field, device) => addressTypesOf(host, packet.family, addressOf(one, field), device),
    findsSocket: (one, lookup, question) => findsSocket(run, one, lookup, question),
    readState: (key) => run.matchState.get(key),
    writeState(key, state) {
      run.matchState = new Map(run.matchState).set(key, state);
    },
    chance: (probability, question) => oracle.chance(probability, question),
    decide: (question, one) => oracle.decide(question, one),
    countConnections: (one, field, mask) => countConnections(run, addressOf(one, field), field, mask),
  };
  frame.host = run;
  return run;
}

/** The table that this walk may change: forked at the first change. */
export function ownConntrack(run: Run): ConntrackTable {
  if (!run.conntrackForked) {
    run.conntrack = run.conntrack.fork();
    run.conntrackForked = true;
  }
  return run.conntrack;
}

/** Entries whose original source or destination, masked, is the packet's; its own entry counts once. */
function countConnections(run: Run, words: Words, field: "src" | "dst", mask: Words): number {
  const same = (entry: Entry): boolean => {
    const { original } = entry;
    const other: Words =
      field === "src"
        ? [original.s0, original.s1, original.s2, original.s3]
        : [original.d0, original.d1, original.d2, original.d3];
    return other.every((word, at) => ((word ^ words[at]!) & mask[at]!) === 0);
  };
  let count = 0;
  for (const entry of run.conntrack.entries()) if (same(entry)) count++;
  const own = run.entry;
  return own !== null && (own.status & 8) === 0 ? count + 1 : count;
}
