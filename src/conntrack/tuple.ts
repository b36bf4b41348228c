import { addressText, type Family, type Words } from "../net/address.ts";
import type { Packet } from "../net/packet.ts";
import { ICMP, isIcmp } from "../net/protocol.ts";
import type { Frame, TupleView } from "../predicate/frame.ts";

/** One direction of a connection; see {@link TupleView} for ICMP. */
export interface Tuple extends TupleView {
  readonly v6: boolean;
}

/** ICMP types that ask, and the types that answer them. Source: nf_conntrack_proto_icmp.c, invmap (D8). */
const ICMP_ANSWERS: readonly (readonly [number, number])[] = [
  [8, 0],
  [13, 14],
  [15, 16],
  [17, 18],
];
/** Source: nf_conntrack_proto_icmpv6.c, invmap. */
const ICMPV6_ANSWERS: readonly (readonly [number, number])[] = [
  [128, 129],
  [139, 140],
];

const answers = (proto: number) => (proto === ICMP ? ICMP_ANSWERS : ICMPV6_ANSWERS);

/** Whether a packet of this ICMP type may open an entry (C4). */
export const icmpOpens = (proto: number, type: number): boolean => answers(proto).some(([ask]) => ask === type);

/** The ICMP type of the other direction, or undefined for a type that has none. */
function icmpInverse(proto: number, type: number): number | undefined {
  for (const [ask, answer] of answers(proto)) {
    if (type === ask) return answer;
    if (type === answer) return ask;
  }
  return undefined;
}

/** Whether a packet of this ICMP type has a tuple for the other direction at all. */
export const icmpHasInverse = (proto: number, type: number): boolean => icmpInverse(proto, type) !== undefined;

/** The tuple of the other direction, before any translation. Kernel: nf_ct_invert_tuple. */
export function invert(tuple: Tuple): Tuple {
  const icmp = isIcmp(tuple.proto);
  const type = icmp ? (icmpInverse(tuple.proto, tuple.dport >> 8) ?? tuple.dport >> 8) : 0;
  return {
    v6: tuple.v6,
    proto: tuple.proto,
    s0: tuple.d0,
    s1: tuple.d1,
    s2: tuple.d2,
    s3: tuple.d3,
    d0: tuple.s0,
    d1: tuple.s1,
    d2: tuple.s2,
    d3: tuple.s3,
    sport: icmp ? tuple.sport : tuple.dport,
    dport: icmp ? (type << 8) | (tuple.dport & 255) : tuple.sport,
  };
}

/** The tuple of a packet whose source is known, as it was given. */
export function packetTuple(packet: Packet): Tuple | null {
  if (packet.src === null) return null;
  const [s0, s1, s2, s3] = packet.src;
  const [d0, d1, d2, d3] = packet.dst;
  const icmp = isIcmp(packet.proto);
  return {
    v6: packet.family === "ipv6",
    proto: packet.proto,
    s0,
    s1,
    s2,
    s3,
    d0,
    d1,
    d2,
    d3,
    sport: icmp ? packet.id : packet.sport,
    dport: icmp ? (packet.type << 8) | packet.code : packet.dport,
  };
}

/** A text that is equal exactly for equal tuples; IPv4 keys are short, because this is the hot part of a look-up. */
export const tupleKey = (tuple: Tuple): string =>
  tuple.v6
    ? `${tuple.proto} ${tuple.s0} ${tuple.s1} ${tuple.s2} ${tuple.s3} ${tuple.sport} ${tuple.d0} ${tuple.d1} ${tuple.d2} ${tuple.d3} ${tuple.dport}`
    : `${tuple.proto} ${tuple.s3} ${tuple.sport} ${tuple.d3} ${tuple.dport}`;

export const sourceWords = (tuple: TupleView): Words => [tuple.s0, tuple.s1, tuple.s2, tuple.s3];
export const destinationWords = (tuple: TupleView): Words => [tuple.d0, tuple.d1, tuple.d2, tuple.d3];

export const sameSource = (a: TupleView, b: TupleView): boolean =>
  a.s3 === b.s3 && a.s2 === b.s2 && a.s1 === b.s1 && a.s0 === b.s0;
export const sameDestination = (a: TupleView, b: TupleView): boolean =>
  a.d3 === b.d3 && a.d2 === b.d2 && a.d1 === b.d1 && a.d0 === b.d0;
export const sameTuple = (a: Tuple, b: Tuple): boolean =>
  a.proto === b.proto && a.sport === b.sport && a.dport === b.dport && sameSource(a, b) && sameDestination(a, b);

/** A tuple as users see it: ports, or type, code and id for ICMP, or neither. */
export type TupleText =
  | { readonly src: string; readonly sport: number; readonly dst: string; readonly dport: number }
  | { readonly src: string; readonly dst: string; readonly type: number; readonly code: number; readonly id: number }
  | { readonly src: string; readonly dst: string };

export function tupleText(tuple: Tuple): TupleText {
  const family: Family = tuple.v6 ? "ipv6" : "ipv4";
  const src = addressText(family, sourceWords(tuple));
  const dst = addressText(family, destinationWords(tuple));
  if (isIcmp(tuple.proto)) return { src, dst, type: tuple.dport >> 8, code: tuple.dport & 255, id: tuple.sport };
  return tuple.sport < 0 ? { src, dst } : { src, sport: tuple.sport, dst, dport: tuple.dport };
}

/** The tuple of the packet as it is now. */
export function frameTuple(frame: Frame): Tuple {
  const icmp = isIcmp(frame.proto);
  return {
    v6: frame.v6,
    proto: frame.proto,
    s0: frame.s0,
    s1: frame.s1,
    s2: frame.s2,
    s3: frame.s3,
    d0: frame.d0,
    d1: frame.d1,
    d2: frame.d2,
    d3: frame.d3,
    sport: icmp ? frame.icmpId : frame.sport,
    dport: icmp ? (frame.icmpType << 8) | frame.icmpCode : frame.dport,
  };
}
