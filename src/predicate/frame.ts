import type { Words } from "../net/address.ts";

/** Answers of a test: the kernel would say no, yes, or it depends on what nobody said. */
export const NO = 0;
export const YES = 1;
export const UNKNOWN = 2;
export type Answer = typeof NO | typeof YES | typeof UNKNOWN;

/** In a numeric field of a {@link Frame}: the packet has none (a uid of a packet without a socket, a port of ICMP). */
export const ABSENT = -1;
/** In a numeric field of a {@link Frame}: the packet has one, but the input did not say which. */
export const UNSAID = -2;

/** Bits of the conntrack state that rules see, as a set. */
export const CT_INVALID = 1;
export const CT_NEW = 2;
export const CT_ESTABLISHED = 4;
export const CT_RELATED = 8;
export const CT_UNTRACKED = 16;
/** Virtual states of `--ctstate`: the entry is source- or destination-translated. */
export const CT_SNAT = 32;
export const CT_DNAT = 64;

/** The numbers that conditions speak of; each is a property of {@link Frame}. */
export type NumberField =
  | "proto"
  | "sport"
  | "dport"
  | "icmpType"
  | "icmpCode"
  | "length"
  | "ttl"
  | "tos"
  | "tcpFlags"
  | "mark"
  | "uid"
  | "gid";

/** The addresses that conditions speak of. */
export type AddressField = "src" | "dst";

/** What a condition on the conntrack entry speaks of. Ports of ICMP are type<<8|code in the original direction (D8). */
export type EntryNumberField =
  | "connmark"
  | "ctproto"
  | "ctstatus"
  | "ctdir"
  | "ctexpire"
  | "ctorigsrcport"
  | "ctorigdstport"
  | "ctreplsrcport"
  | "ctrepldstport";

export type EntryAddressField = "ctorigsrc" | "ctorigdst" | "ctreplsrc" | "ctrepldst";

/** A conntrack entry as conditions see it; the entry itself lives a floor higher. */
export interface EntryView {
  readonly [field: string]: unknown;
  number(field: EntryNumberField): number;
  address(field: EntryAddressField): Words;
}

/**
 * A packet as the tables see it at one moment, with what hangs on it.
 *
 * One mutable object per walk, all numbers signed 32-bit or {@link ABSENT} / {@link UNSAID}, so that every test is a few
 * compares on a single hidden class. Addresses are four words, see net/address.ts.
 */
export interface Frame {
  v6: boolean;
  s0: number;
  s1: number;
  s2: number;
  s3: number;
  d0: number;
  d1: number;
  d2: number;
  d3: number;
  proto: number;
  sport: number;
  dport: number;
  icmpType: number;
  icmpCode: number;
  icmpId: number;
  tcpFlags: number;
  length: number;
  ttl: number;
  tos: number;
  /** Signed 32-bit, as bit operations give it; never ABSENT. */
  mark: number;
  /** Device names as this hook sees them; "" where there is none. */
  inDevice: string;
  outDevice: string;
  uid: number;
  gid: number;
  groups: readonly number[];
  /** 1 a socket with an owner or at least a struct sock, 0 none, UNSAID. */
  socket: number;
  /** Set of CT_ bits without the virtual ones; 0 before conntrack. */
  ctstate: number;
  entry: EntryView | null;
  /** Environment of the walk: routing, sockets, chance, state. */
  host: FrameHost;
}

/** Kinds of address that `-m addrtype` and routing tell apart, as bits of a set. */
export const ADDRESS_TYPES = [
  "UNSPEC",
  "UNICAST",
  "LOCAL",
  "BROADCAST",
  "ANYCAST",
  "MULTICAST",
  "BLACKHOLE",
  "UNREACHABLE",
  "PROHIBIT",
  "THROW",
  "NAT",
  "XRESOLVE",
] as const;
export type AddressType = (typeof ADDRESS_TYPES)[number];

/** What a test may ask of the surroundings of the packet. */
export interface FrameHost {
  /** Seconds since an epoch of the caller's choice. */
  readonly now: number;
  /** The kinds that an address has, as a set of bits 1 << index of {@link ADDRESS_TYPES}; `device` limits it to one. */
  addressTypes(frame: Frame, field: AddressField, device: string | undefined): number | typeof UNSAID;
  /** Whether the socket look-up of `-m socket` finds one. */
  findsSocket(frame: Frame, options: SocketLookup): Answer;
  /** The state of a stateful match, and its replacement. */
  readState(key: string): unknown;
  writeState(key: string, state: unknown): void;
  /** A draw: true with this probability. May answer UNKNOWN when nothing decides. */
  chance(key: string, probability: number): Answer;
  /** A condition that nobody can decide: hidden, not modelled, or on a field that was not given. */
  decide(question: Question, frame: Frame): Answer;
  /** Entries that connlimit counts: same masked source (or destination) as the packet. */
  countConnections(frame: Frame, field: AddressField, mask: Words): number;
}

export interface SocketLookup {
  readonly transparent: boolean;
  readonly noWildcard: boolean;
}

/** A condition that the input leaves open. */
export interface Question {
  readonly kind: "hidden" | "unsaid" | "unmodelled";
  /** The field (`in`, `out`, `uid`, …) or the extension's name. */
  readonly subject: string;
  /** The rule asks whether the field lies in `[low, high]`, where that is what it asks. */
  readonly low?: number;
  readonly high?: number;
  readonly text: string;
  /** Where the question stands, set in the prepare step: table, chain and rule. */
  readonly at?: { readonly table: string; readonly chain: string; readonly rule: number };
}
