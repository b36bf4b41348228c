import { ACK, FIN, RST, SYN } from "../net/tcp-flags.ts";

/** A TCP segment, as far as its place in the stream goes. Numbers of the stream are unsigned 32-bit and wrap. */
export interface Segment {
  readonly flags: number;
  readonly seq: number;
  /** Behind its last byte; SYN and FIN count one each. */
  readonly end: number;
  readonly ack: number;
  /** As it stands in the header. */
  readonly window: number;
  /** The window scale option; null: there is none. */
  readonly scale: number | null;
}

/** What one side has sent so far, and how far it may go. */
export interface Side {
  /** Behind the last byte it has sent. */
  readonly end: number;
  /** The last byte that it may send, by what the other side announced. */
  readonly maxEnd: number;
  /** The largest window it has announced; 0: nothing was seen of it. */
  readonly maxWindow: number;
  /** By how many bits the windows that it announces are shifted, but for those of a SYN. */
  readonly scale: number;
  /** It has offered to scale windows. */
  readonly scales: boolean;
  /** The highest acknowledgement it has sent. */
  readonly maxAck: number | undefined;
  /** It has sent what was not acknowledged yet. */
  readonly unacknowledged: boolean;
}

/** Both sides of a stream: of the original direction and of the reply. */
export interface Stream {
  readonly sides: readonly [Side, Side];
  /** The beginning was not seen: nothing is refused. Kernel: IP_CT_TCP_FLAG_BE_LIBERAL. */
  readonly liberal: boolean;
}

/** `ignored`: let through, and nothing learned from it. */
export type Fit = "fits" | "ignored" | "invalid";

const UNSEEN: Side = {
  end: 0,
  maxEnd: 0,
  maxWindow: 0,
  scale: 0,
  scales: false,
  maxAck: undefined,
  unacknowledged: false,
};

/** How far an acknowledgement may lag behind at least. Kernel: MAXACKWINCONST. */
const LEAST_LAG = 66_000;

const plus = (a: number, b: number): number => (a + b) >>> 0;
export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;
const after = (a: number, b: number): boolean => before(b, a);

export const segmentOf = (
  flags: number,
  seq: number,
  ack: number,
  window: number,
  payload: number,
  scale: number | null,
): Segment => ({
  flags,
  seq,
  end: plus(seq, payload + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)),
  ack,
  window,
  scale,
});

const opening = ({ end, window, scale }: Segment): Side => ({
  ...UNSEEN,
  end,
  maxEnd: end,
  maxWindow: window || 1,
  scale: scale ?? 0,
  scales: scale !== null,
});

/** Neither side scales its windows unless both offered to. Kernel: tcp_init_sender. */
const settleScales = (sides: readonly [Side, Side]): readonly [Side, Side] =>
  sides[0].scales && sides[1].scales ? sides : [unscaled(sides[0]), unscaled(sides[1])];

const unscaled = (side: Side): Side => ({ ...side, scale: 0 });

/** The stream of a first segment; without a SYN its history is lost. Kernel: tcp_new. */
export function openStream(segment: Segment): Stream {
  const side = opening(segment);
  if (segment.flags & SYN) return { sides: [side, UNSEEN], liberal: false };
  return { sides: [{ ...side, maxEnd: plus(side.end, side.maxWindow) }, UNSEEN], liberal: true };
}

/**
 * Whether a segment fits into its stream, and the stream after it (C3).
 *
 * Kernel: net/netfilter/nf_conntrack_proto_tcp.c, tcp_in_window; without selective acknowledgement, which stands in
 * options.
 *
 * @param handshake the connection is in SYN_SENT or SYN_RECV, where a later SYN begins its side anew
 */
export function fitSegment(
  stream: Stream,
  segment: Segment,
  reply: boolean,
  handshake: { readonly begun: boolean; readonly unanswered: boolean },
): { readonly fit: Fit; readonly stream: Stream } {
  let [sender, receiver] = reply ? [stream.sides[1], stream.sides[0]] : stream.sides;
  const { flags, end } = segment;
  let { seq, ack } = segment;
  const settle = (fit: Fit) => {
    const sides: readonly [Side, Side] = reply ? [receiver, sender] : [sender, receiver];
    return { fit, stream: { ...stream, sides } };
  };
  const open = (): void => {
    sender = opening(segment);
    if (reply) [receiver, sender] = settleScales([receiver, sender]);
  };

  if (sender.maxWindow === 0) {
    if (flags & SYN) {
      open();
      if (!(flags & ACK)) return settle("fits");
    } else {
      const maxWindow = segment.window << sender.scale || 1;
      sender = { ...sender, end, maxWindow, maxEnd: plus(end, maxWindow) };
      if (receiver.maxWindow === 0) receiver = { ...receiver, end: ack, maxEnd: ack };
      else if (ack === plus(receiver.end, 1)) receiver = { ...receiver, end: ack };
    }
  } else if (flags & SYN && after(end, sender.end) && handshake.begun) {
    open();
    if (reply && !(flags & ACK)) return settle("fits");
  }

  if (!(flags & ACK) || (flags & RST && ack === 0)) ack = receiver.end;
  let last = end;
  if (flags & RST && seq === 0 && handshake.unanswered) {
    seq = sender.end;
    last = sender.end;
  }

  const window = flags & SYN ? segment.window : segment.window << sender.scale;
  const lag = Math.max(sender.maxWindow, LEAST_LAG);
  const recent = receiver.maxWindow === 0 || after(last, plus(sender.end, -receiver.maxWindow - 1));
  const acknowledges = after(ack, plus(receiver.end, -lag - 1));
  const known = before(ack, plus(receiver.end, 1));
  if (!before(seq, plus(sender.maxEnd, 1))) {
    const overshot = plus(last, 1 - sender.maxEnd);
    if (recent && receiver.maxWindow > 0 && acknowledges && known && overshot <= receiver.maxWindow) {
      // A little too much: what the peer makes of it will show.
      sender = { ...sender, end: last, unacknowledged: true };
      return settle(stream.liberal ? "fits" : "ignored");
    }
    return settle(stream.liberal ? "fits" : "invalid");
  }
  if (!known) return settle(stream.liberal ? "fits" : "invalid");
  if (!recent || !acknowledges) return settle(stream.liberal ? "fits" : "ignored");

  const { maxEnd } = sender;
  sender = {
    ...sender,
    maxWindow: Math.max(sender.maxWindow, window),
    ...(after(last, sender.end) && { end: last, unacknowledged: true }),
    ...(flags & ACK && (sender.maxAck === undefined || after(ack, sender.maxAck)) && { maxAck: ack }),
  };
  if (receiver.maxWindow !== 0 && after(last, maxEnd))
    receiver = { ...receiver, maxWindow: receiver.maxWindow + plus(last, -maxEnd) };
  const reach = plus(ack, window);
  if (after(reach, plus(receiver.maxEnd, -1))) receiver = { ...receiver, maxEnd: plus(reach, window === 0 ? 1 : 0) };
  if (ack === receiver.end) receiver = { ...receiver, unacknowledged: false };
  return settle("fits");
}
