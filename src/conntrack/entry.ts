import { CHAIN_PROTOCOLS } from "../net/protocol.ts";
import type { EntryView } from "../predicate/frame.ts";
import type { TcpTracking } from "./tcp.ts";
import { type Tuple, type TupleText, tupleText } from "./tuple.ts";

/** Status bits beyond those that rules see: the manip of a kind was decided, to a translation or to none (N1, N4). */
export const SRC_NAT_DONE = 0x80;
export const DST_NAT_DONE = 0x100;

/** A conntrack entry. Immutable once it is in a table; a walk works on a copy and puts that back. */
export interface Entry extends EntryView {
  readonly original: Tuple;
  reply: Tuple;
  mark: number;
  status: number;
  /** Zone of each direction (B5). */
  readonly zoneOriginal: number;
  readonly zoneReply: number;
  /** The device that MASQUERADE chose its address for (D6). */
  masqueradeDevice: string | null;
  tcp: TcpTracking | null;
  expires: number;
  /** When the entry was made: UDP is assured only by a reply two seconds later (D7). */
  readonly born: number;
}

/** An entry as users see it. */
export interface EntryText {
  readonly proto: string;
  readonly zone: number;
  readonly mark: number;
  readonly original: TupleText;
  readonly reply: TupleText;
}

const NAMES: ReadonlyMap<number, string> = new Map([
  ...[...CHAIN_PROTOCOLS].reverse().map(([name, number]) => [number, name] as const),
  [1, "icmp"],
  [58, "icmp"],
  [47, "gre"],
]);

/** The protocol as contract.md spells it: `icmp` in both families, a number where there is no name. */
export const conntrackProtocol = (proto: number): string => NAMES.get(proto) ?? `${proto}`;

/** As `conntrack -L` and ctnetlink tell it, an entry whose directions have different zones has no zone of its own. */
export const entryText = (entry: Entry): EntryText => ({
  proto: conntrackProtocol(entry.original.proto),
  zone: entry.zoneOriginal === entry.zoneReply ? entry.zoneOriginal : 0,
  mark: entry.mark >>> 0,
  original: tupleText(entry.original),
  reply: tupleText(entry.reply),
});
