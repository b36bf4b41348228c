import { ACK, FIN, PSH, RST, SYN, URG } from "../net/tcp-flags.ts";

/** TCP states of an entry, in the kernel's numbering. Source: nf_conntrack_tcp.h, enum tcp_conntrack. */
const NONE = 0;
const SYN_SENT = 1;
const SYN_RECV = 2;
const ESTABLISHED = 3;
const FIN_WAIT = 4;
const CLOSE_WAIT = 5;
const LAST_ACK = 6;
const TIME_WAIT = 7;
const CLOSE = 8;
const SYN_SENT2 = 9;
/** No state: the packet does not fit. */
const BAD = 10;
/** No change, the packet is let through. */
const KEEP = 11;

/**
 * The next state, by direction, kind of packet (SYN, SYN+ACK, FIN, ACK, RST, none) and state.
 *
 * Fact: the transition table of net/netfilter/nf_conntrack_proto_tcp.c, tcp_conntracks.
 */
const NEXT: readonly (readonly (readonly number[])[])[] = [
  [
    [SYN_SENT, SYN_SENT, KEEP, KEEP, KEEP, KEEP, KEEP, SYN_SENT, SYN_SENT, SYN_SENT2],
    [BAD, BAD, SYN_RECV, BAD, BAD, BAD, BAD, BAD, BAD, SYN_RECV],
    [BAD, BAD, FIN_WAIT, FIN_WAIT, LAST_ACK, LAST_ACK, LAST_ACK, TIME_WAIT, CLOSE, BAD],
    [ESTABLISHED, BAD, ESTABLISHED, ESTABLISHED, CLOSE_WAIT, CLOSE_WAIT, TIME_WAIT, TIME_WAIT, CLOSE, BAD],
    [BAD, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE],
    [BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD],
  ],
  [
    [BAD, SYN_SENT2, BAD, BAD, BAD, BAD, BAD, SYN_SENT, BAD, SYN_SENT2],
    [BAD, SYN_RECV, KEEP, KEEP, KEEP, KEEP, KEEP, KEEP, KEEP, SYN_RECV],
    [BAD, BAD, FIN_WAIT, FIN_WAIT, LAST_ACK, LAST_ACK, LAST_ACK, TIME_WAIT, CLOSE, BAD],
    [BAD, KEEP, SYN_RECV, ESTABLISHED, CLOSE_WAIT, CLOSE_WAIT, TIME_WAIT, TIME_WAIT, CLOSE, KEEP],
    [BAD, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE],
    [BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD],
  ],
];

/** Seconds that an entry in a state lives without a packet: the defaults of nf_conntrack_tcp_timeout_*. */
const TIMEOUTS = [120, 120, 60, 432000, 120, 60, 30, 120, 10, 120];

/** What an entry remembers of its TCP connection. */
export interface TcpTracking {
  readonly state: number;
  /** The side (0 original, 1 reply) that sent the last packet, and whether that was a RST: see {@link trackTcp}. */
  readonly lastReply: boolean;
  readonly lastWasReset: boolean;
  /** One side has begun to close in an orderly way. */
  readonly closing: boolean;
}

/** Flag combinations that exist, without PSH, ECE and CWR. Source: tcp_valid_flags (C1). */
const VALID_FLAGS: ReadonlySet<number> = new Set([
  SYN,
  SYN | URG,
  SYN | ACK,
  RST,
  RST | ACK,
  FIN | ACK,
  FIN | ACK | URG,
  ACK,
  ACK | URG,
]);

export const tcpFlagsValid = (flags: number): boolean => VALID_FLAGS.has(flags & 0x3f & ~PSH);

/** Row of the table: a RST counts first, then SYN, FIN and ACK. Source: get_conntrack_index. */
function kindOf(flags: number): number {
  if (flags & RST) return 4;
  if (flags & SYN) return flags & ACK ? 1 : 0;
  if (flags & FIN) return 2;
  return flags & ACK ? 3 : 5;
}

/** Begins tracking with a first packet, or null if it may not open an entry. `loose`: nf_conntrack_tcp_loose (C1). */
export function openTcp(flags: number, loose: boolean): TcpTracking | null {
  const state = NEXT[0]![kindOf(flags)]![NONE]!;
  if (state === BAD || (state !== SYN_SENT && !loose)) return null;
  return { state, lastReply: false, lastWasReset: false, closing: (flags & FIN) !== 0 };
}

export const tcpTimeout = (tracking: TcpTracking): number => TIMEOUTS[tracking.state]!;

/** The connection has ended, though its entry lives on. Kernel: nf_conncount.c, already_closed. */
export const tcpIsOver = ({ state }: TcpTracking): boolean => state === TIME_WAIT || state === CLOSE;

/** The handshake's ACK was seen, or a later packet (D7). */
export const tcpAssures = (before: TcpTracking, after: TcpTracking): boolean =>
  before.state === SYN_RECV && after.state === ESTABLISHED;

/**
 * What a further packet does to a tracked connection: the new tracking, `"invalid"`, or `"reopen"` when the entry is over
 * and a SYN begins another one (N5).
 *
 * Kernel: nf_conntrack_tcp_packet, without the window.
 */
export function trackTcp(tracking: TcpTracking, flags: number, reply: boolean): TcpTracking | "invalid" | "reopen" {
  const kind = kindOf(flags);
  const next = NEXT[reply ? 1 : 0]![kind]![tracking.state]!;
  if (next === BAD) return "invalid";
  if (next === SYN_SENT && tracking.state >= TIME_WAIT) {
    if (tracking.closing || (tracking.lastReply === reply && tracking.lastWasReset)) return "reopen";
    return tracking;
  }
  if (next === KEEP) return tracking;
  return {
    state: next,
    lastReply: reply,
    lastWasReset: kind === 4,
    closing: tracking.closing || kind === 2,
  };
}
