import type { Words } from "../net/address.ts";
import type { MissingName } from "../net/missing-name.ts";

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

/**
 * One direction of a connection: addresses as words (net/address.ts) and ports. For ICMP `sport` is the id and `dport`
 * is type<<8|code, which is what `--ctorigdstport` compares (D8).
 */
export interface TupleView {
  readonly s0: number;
  readonly s1: number;
  readonly s2: number;
  readonly s3: number;
  readonly d0: number;
  readonly d1: number;
  readonly d2: number;
  readonly d3: number;
  readonly proto: number;
  readonly sport: number;
  readonly dport: number;
}

/** Bits of `--ctstatus`. Source: include/uapi/linux/netfilter/nf_conntrack_common.h. */
export const EXPECTED = 1;
export const SEEN_REPLY = 2;
export const ASSURED = 4;
export const CONFIRMED = 8;
export const SRC_NAT = 0x10;
export const DST_NAT = 0x20;

/** A conntrack entry as conditions see it; the entry itself lives a floor higher. */
export interface EntryView {
  readonly original: TupleView;
  readonly reply: TupleView;
  /** Signed 32-bit. */
  readonly mark: number;
  /** Set of the status bits above. */
  readonly status: number;
  /** Second at which it ends. */
  readonly expires: number;
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
  /** The bridge ports by which it came and leaves, as `-m physdev` sees them; "" where there is none, null: not said. */
  physIn: string | null;
  physOut: string | null;
  uid: number;
  gid: number;
  groups: readonly number[];
  /** 1 a socket with an owner or at least a struct sock, 0 none, UNSAID. */
  socket: number;
  /** Set of CT_ bits without the virtual ones; 0 before conntrack. */
  ctstate: number;
  entry: EntryView | null;
  /** The packet goes in the reply direction of its entry. */
  isReply: boolean;
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
  addressTypes(frame: Frame, field: AddressField, device: string | undefined): number;
  /** Whether the socket look-up of `-m socket` finds one. */
  findsSocket(frame: Frame, lookup: SocketLookup, question: Question): boolean;
  /** Whether a route leads back to the packet's source (`-m rpfilter`); where routes are not known it is the question. */
  leadsBack(frame: Frame, lookup: ReversePathLookup, question: Question): boolean;
  /** The state of a stateful match, and its replacement. */
  readState(key: string): unknown;
  writeState(key: string, state: unknown): void;
  /** A draw: true with this probability. */
  chance(probability: number, question: Question): boolean;
  /** A condition that the input leaves open: the walk that asks is only one of several (see walk/outcomes.ts). */
  decide(question: Question, frame: Frame): boolean;
  /** Whether the packet is in an ipset; its counters rise. A set that nobody described is the question. */
  inSet(frame: Frame, lookup: SetLookup, question: Question): boolean;
  /** In words what an ipset has of the packet, changing nothing; undefined where {@link inSet} would ask. */
  describeSet(frame: Frame, lookup: SetLookup): string | undefined;
  /** Whether IPsec protects the packet, as it came in or as it leaves; what nobody said is the question. */
  transformed(question: Question, frame: Frame): boolean;
  /** How many connections of the packet's masked address a rule has met, this one included; `key` is the rule's. */
  countConnections(frame: Frame, field: AddressField, mask: Words, key: string): number;
}

/** What `-m rpfilter` asks: out of any device, with the packet's mark, also if the source is an address of this host. */
export interface ReversePathLookup {
  readonly loose: boolean;
  readonly validMark: boolean;
  readonly acceptLocal: boolean;
}

export interface SocketLookup {
  readonly transparent: boolean;
  readonly noWildcard: boolean;
}

/** Which side of the packet goes to one dimension of an ipset. */
export type SetDirection = "src" | "dst";

/** A comparison with a counter of an ipset's element. */
export interface CounterCondition {
  readonly operation: "eq" | "ne" | "lt" | "gt";
  /** Decimal, up to 2⁶⁴ - 1. */
  readonly value: string;
}

/** What a rule asks of an ipset. */
export interface SetLookup {
  readonly name: string;
  readonly directions: readonly SetDirection[];
  /** Elements that say `nomatch` are what is asked for, and no others. */
  readonly returnNomatch: boolean;
  readonly keepCounters: boolean;
  /** The counters of a list's members stay as they are. */
  readonly keepSubcounters: boolean;
  readonly packets?: CounterCondition;
  readonly bytes?: CounterCondition;
}

/** A condition that the input leaves open. */
export interface Question {
  readonly kind: "hidden" | "unsaid" | "unmodelled" | "chance";
  /** The field (`in`, `out`, `uid`, …) or the extension's name. */
  readonly subject: string;
  /** The rule asks whether the field lies in `[low, high]`, where that is what it asks. */
  readonly low?: number;
  readonly high?: number;
  readonly text: string;
  /** Questions of one walk with the same word here are one, whichever rule asks; without it each rule's is its own. */
  readonly same?: string;
  /** What is to be said of it, where the subject alone would not do. */
  readonly why?: string;
  /** The name whose meaning is not known, where that is what is open. */
  readonly missing?: MissingName;
  /** Where the question stands, set in the prepare step: table, chain and rule. */
  readonly at?: { readonly table: string; readonly chain: string; readonly rule: number };
}
