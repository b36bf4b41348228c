import { ACK, FIN, PSH, RST, SYN, URG } from "../net/tcp-flags.ts";
import { before, fitSegment, openStream, type Segment, type Stream } from "./tcp-window.ts";

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

/**
 * The same for an entry whose sender waits for an acknowledgement, sends again and again or was told to wait, or that nobody
 * has answered yet: nf_conntrack_tcp_timeout_unacknowledged and _max_retrans.
 */
export const STALLED_TIMEOUT = 300;

/** As often sent again, an ACK tells of trouble: nf_conntrack_tcp_max_retrans. */
const MOST_REPEATED = 3;

/** What an entry remembers of its TCP connection. */
export interface TcpTracking {
  readonly state: number;
  /** The kind of the last packet that was not refused, and whether it was a reply; undefined: there was none. */
  readonly lastKind: number | undefined;
  readonly lastReply: boolean;
  /** One side has begun to close in an orderly way. */
  readonly closing: boolean;
  /** Both sides have sent a SYN of their own; forgotten when the first one's SYN passes by once more (U3). */
  readonly simultaneous: boolean;
  /** A SYN was let through in LAST_ACK: an ACK of the other side may only answer that (RFC 5961). */
  readonly challenge: boolean;
  /** Null once a packet came whose sequence number was not said: its place is then not judged. */
  readonly stream: Stream | null;
  /** How often the last ACK came again, as it was. */
  readonly repeated: number;
  /** The last ACK, or segment that was let through without fitting the state: an answer to it tells what it was. */
  readonly last: Segment | null;
}

/** What of its entry's status a packet's judgement depends on, as it was before this packet. */
export interface TcpStatus {
  readonly seenReply: boolean;
  readonly assured: boolean;
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

const SYN_KIND = 0;
const SYN_ACK_KIND = 1;
const FIN_KIND = 2;
const ACK_KIND = 3;
const RST_KIND = 4;
const NO_KIND = 5;

/** Row of the table: a RST counts first, then SYN, FIN and ACK. Source: get_conntrack_index. */
function kindOf(flags: number): number {
  if (flags & RST) return RST_KIND;
  if (flags & SYN) return flags & ACK ? SYN_ACK_KIND : SYN_KIND;
  if (flags & FIN) return FIN_KIND;
  return flags & ACK ? ACK_KIND : NO_KIND;
}

/** Begins tracking with a first packet, or null if it may not open an entry. `loose`: nf_conntrack_tcp_loose (C1). */
export function openTcp(flags: number, segment: Segment | null, loose: boolean): TcpTracking | null {
  const state = NEXT[0]![kindOf(flags)]![NONE]!;
  if (state === BAD || (state !== SYN_SENT && !loose)) return null;
  return {
    state,
    lastKind: kindOf(flags),
    lastReply: false,
    closing: false,
    simultaneous: false,
    challenge: false,
    repeated: 0,
    stream: segment && fitSegment(openStream(segment), segment, false, { begun: false, unanswered: false }).stream,
    last: kindOf(flags) === ACK_KIND ? segment : null,
  };
}

/** Seconds until an entry ends without another packet. Kernel: the end of nf_conntrack_tcp_packet. */
export function tcpTimeout(tracking: TcpTracking, seenReply: boolean): number {
  const { state, stream, lastKind, last, repeated } = tracking;
  if (lastKind === RST_KIND) return TIMEOUTS[CLOSE]!;
  const stalls =
    repeated >= MOST_REPEATED ||
    last?.window === 0 ||
    stream?.sides.some((side) => side.unacknowledged) ||
    (state === ESTABLISHED && !seenReply);
  return stalls ? Math.min(TIMEOUTS[state]!, STALLED_TIMEOUT) : TIMEOUTS[state]!;
}

/** The connection as REJECT leaves it that answers with a reset. Kernel: nf_conntrack_tcp_set_closing. */
export const closed = (tracking: TcpTracking): TcpTracking => ({ ...tracking, state: CLOSE });

/** The connection has ended, though its entry lives on. Kernel: nf_conncount.c, already_closed. */
export const tcpIsOver = ({ state }: TcpTracking): boolean => state === TIME_WAIT || state === CLOSE;

/** The handshake's ACK was seen, or an answer to a connection that was picked up (D7). */
export const tcpAssures = (before: TcpTracking, after: TcpTracking, { seenReply }: TcpStatus): boolean =>
  seenReply && (before.state === SYN_RECV || before.state === ESTABLISHED) && after.state === ESTABLISHED;

/** A SYN that is sent again does not make its entry live longer. */
export const tcpProlongs = (before: TcpTracking, flags: number, { seenReply }: TcpStatus): boolean =>
  seenReply || before.state !== SYN_SENT || kindOf(flags) !== SYN_KIND;

/** States in which an entry may go at any time, so that what it remembers of the stream is not trusted. */
const isClosing = (state: number): boolean => state >= FIN_WAIT && state <= CLOSE;

export interface TcpJudgement {
  readonly verdict: "fits" | "ignored" | "invalid" | "reopen";
  readonly tracking: TcpTracking;
  /** Both sides seem to have ended it: the entry lives {@link STALLED_TIMEOUT} at most. */
  readonly expiring?: boolean;
}

/**
 * What a further packet does to a tracked connection. `ignored` packets are let through and change neither state nor
 * lifetime; `reopen`: the entry is over and a SYN begins another one (N5).
 *
 * Kernel: nf_conntrack_tcp_packet.
 */
export function trackTcp(
  tracking: TcpTracking,
  flags: number,
  segment: Segment | null,
  reply: boolean,
  status: TcpStatus,
): TcpJudgement {
  const kind = kindOf(flags);
  const { state, lastKind, lastReply, last } = tracking;
  let from = tracking;
  let next = NEXT[reply ? 1 : 0]![kind]![state]!;
  if (next === BAD) return { verdict: "invalid", tracking };
  const over = next === SYN_SENT && state >= TIME_WAIT;
  if (over && (tracking.closing || (lastReply === reply && lastKind === RST_KIND)))
    return { verdict: "reopen", tracking };
  if (over || next === KEEP) {
    const answers =
      kind === SYN_ACK_KIND && lastKind === SYN_KIND && lastReply !== reply && segment?.ack === (last?.end ?? 0);
    if (!answers || segment === null || last === null)
      return { verdict: "ignored", tracking: passBy(tracking, kind, segment, reply) };
    // The connection began anew with a SYN that was let through; its answer shows it.
    from = { ...tracking, state: SYN_SENT, closing: false, challenge: false, stream: openStream(last) };
    next = SYN_RECV;
  }
  if (
    next === TIME_WAIT &&
    state === LAST_ACK &&
    kind === ACK_KIND &&
    lastReply !== reply &&
    lastKind === SYN_KIND &&
    tracking.challenge
  )
    return { verdict: "ignored", tracking: { ...tracking, challenge: false } };
  if (next === SYN_RECV && reply && kind === ACK_KIND && tracking.simultaneous) next = ESTABLISHED;
  let judged = segment !== null && from.stream !== null;
  if (kind === RST_KIND && segment !== null && from.stream !== null) {
    const reset = judgeReset(from, from.stream, segment, reply, status);
    if (reset === "invalid") return { verdict: "invalid", tracking };
    if (reset === "keeps state") next = state;
    else if (reset === "trusted") judged = false;
  }
  let stream = segment === null ? null : from.stream;
  if (judged && segment !== null && from.stream !== null) {
    const begun = state === SYN_SENT || state === SYN_RECV;
    const found = fitSegment(from.stream, segment, reply, { begun, unanswered: state === SYN_SENT });
    if (found.fit !== "fits") {
      // An end that is not believed still counts as the last packet; one of each side, and the entry ends sooner.
      // Kernel: nf_tcp_handle_invalid.
      const isEnd = (one: number | undefined): boolean => one === RST_KIND || one === FIN_KIND;
      const ends = found.fit === "invalid" && status.assured && isEnd(kind);
      const mutual = ends && lastReply !== reply && isEnd(lastKind);
      const noted = ends && !mutual ? { lastKind: kind, lastReply: reply } : {};
      return { verdict: found.fit, tracking: { ...tracking, ...noted, stream: found.stream }, expiring: mutual };
    }
    stream = found.stream;
  }
  return {
    verdict: "fits",
    tracking: {
      ...from,
      state: next,
      lastKind: kind,
      lastReply: reply,
      closing: from.closing || (next === FIN_WAIT && state !== FIN_WAIT),
      simultaneous: from.simultaneous || next === SYN_SENT2,
      stream,
      last: kind === ACK_KIND ? segment : from.last,
      repeated:
        kind !== ACK_KIND ? from.repeated : isSame(segment, last) && lastReply === reply ? from.repeated + 1 : 0,
    },
  };
}

const isSame = (a: Segment | null, b: Segment | null): boolean =>
  a !== null && b !== null && a.seq === b.seq && a.ack === b.ack && a.end === b.end && a.window === b.window;

/** Remembers a packet that is let through although it does not fit the state. */
const passBy = (tracking: TcpTracking, kind: number, segment: Segment | null, reply: boolean): TcpTracking => ({
  ...tracking,
  lastKind: kind,
  lastReply: reply,
  // The kernel keeps this and the next in one word, which such a SYN clears: last_flags.
  simultaneous: tracking.simultaneous && (kind !== SYN_KIND || reply),
  challenge: kind === SYN_KIND && !reply ? tracking.state === LAST_ACK : tracking.challenge,
  last: segment,
});

/** A RST is believed if it stands exactly where the other side expects it; if only nearby, the state stays (RFC 5961). */
function judgeReset(
  { state, lastKind, lastReply, last }: TcpTracking,
  { sides }: Stream,
  segment: Segment,
  reply: boolean,
  { seenReply, assured }: TcpStatus,
): "trusted" | "in window" | "keeps state" | "invalid" {
  if (isClosing(state)) return "trusted";
  // The other side knows of an older connection and said so; this is the RST that it asked for (E7).
  if (state === SYN_SENT && !reply && lastKind === ACK_KIND && lastReply && segment.seq === last?.ack) return "trusted";
  const established = state === ESTABLISHED && assured;
  const expected = sides[reply ? 0 : 1].maxAck;
  let verdict: "in window" | "keeps state" = "in window";
  if (expected !== undefined && lastKind !== SYN_KIND) {
    if (segment.seq === 0 && !established) return "in window";
    if (before(segment.seq, expected)) return "invalid";
    if (!established || segment.seq === expected) return "in window";
    const inTrain = lastKind === ACK_KIND && lastReply === reply && segment.seq === (last?.end ?? 0);
    if (inTrain) return "in window";
    verdict = "keeps state";
  }
  const answersIgnored =
    (seenReply && lastKind === SYN_KIND) || (!assured && lastKind === ACK_KIND)
      ? segment.ack === (last?.end ?? 0)
      : false;
  return answersIgnored ? "trusted" : verdict;
}
