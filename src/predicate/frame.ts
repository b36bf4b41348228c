import type { Words } from "../net/address.ts";
import type { Question } from "./question.ts";

/** In a numeric field of a {@link Frame}: the packet has none (a uid of a packet without a socket, a port of ICMP). */
export const ABSENT = -1;
/** In a numeric field of a {@link Frame}: the packet has one, but the input does not say which. */
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
 * Fields that few rules ask for, so that packets which say none of them share one object. Numbers may be {@link ABSENT} or
 * {@link UNSAID}; a name is null where the input does not say it and "" where there is none.
 */
export interface RareFields {
  /** The link-layer source, 48 bits. */
  readonly mac: number;
  /** The segment size that a SYN offers. */
  readonly mss: number;
  /** The parameter index of ESP or AH. */
  readonly spi: number;
  readonly dccpType: number;
  readonly realm: number;
  /** Of the clock: seconds of the day, day of the week (Monday is 1) and of the month, seconds since 1970; all UTC. */
  readonly daytime: number;
  readonly weekday: number;
  readonly monthday: number;
  readonly date: number;
  /** The conntrack helper that expected the connection. */
  readonly helper: string | null;
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
  /** The bridge ports by which it came and leaves, as `-m physdev` sees them; "" where there is none, null: unsaid. */
  physIn: string | null;
  physOut: string | null;
  uid: number;
  gid: number;
  groups: readonly number[];
  /** 1 a socket with an owner or at least a struct sock, 0 none. */
  socket: number;
  /** Set of CT_ bits without the virtual ones; 0 before conntrack. */
  ctstate: number;
  entry: EntryView | null;
  /** The packet goes in the reply direction of its entry. */
  isReply: boolean;
  rare: RareFields;
  /** The walk that the packet is on. */
  run: Surroundings;
}

/** What a test may ask that is not in the packet. */
export interface Surroundings {
  /** Seconds since an epoch of the caller's choice. */
  readonly now: number;
  /** The answer to what the input leaves open: the walk that asks is only one of several (walk/outcomes.ts). */
  ask(question: Question, frame: Frame): boolean;
  /** A draw: true with this probability. */
  draw(probability: number, question: Question): boolean;
}

/** The source or destination as words. */
export const addressOf = (frame: Frame, field: "src" | "dst"): Words =>
  field === "src" ? [frame.s0, frame.s1, frame.s2, frame.s3] : [frame.d0, frame.d1, frame.d2, frame.d3];
