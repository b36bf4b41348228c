import type { Packet } from "../../net/packet.ts";
import { AH, DCCP, ESP, TCP } from "../../net/protocol.ts";
import { SYN } from "../../net/tcp-flags.ts";
import { ABSENT, type Frame, type RareFields, type Surroundings, UNSAID } from "../../predicate/frame.ts";

/** A packet at the beginning of its walk. */
export function frameOf(packet: Packet, run: Surroundings): Frame {
  const [s0, s1, s2, s3] = packet.src ?? [0, 0, 0, 0];
  const [d0, d1, d2, d3] = packet.dst;
  const local = packet.in === null;
  return {
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
    physIn: "",
    physOut: "",
    uid: local ? (packet.uid ?? UNSAID) : ABSENT,
    gid: local ? (packet.gid ?? UNSAID) : ABSENT,
    groups: packet.groups,
    socket: local ? 1 : 0,
    ctstate: 0,
    entry: null,
    isReply: false,
    rare: rareOf(packet),
    run,
  };
}

const rare = (mac: number, mss: number, spi: number, dccpType: number): RareFields => ({
  mac,
  mss,
  spi,
  dccpType,
  realm: UNSAID,
  daytime: UNSAID,
  weekday: UNSAID,
  monthday: UNSAID,
  date: UNSAID,
  helper: null,
});

/** What almost all packets have, who say none of these fields: one object for all of a kind. */
const LOCAL: RareFields = rare(ABSENT, ABSENT, ABSENT, ABSENT);
const LOCAL_SYN: RareFields = rare(ABSENT, UNSAID, ABSENT, ABSENT);
const WIRED: RareFields = rare(UNSAID, ABSENT, ABSENT, ABSENT);
const WIRED_SYN: RareFields = rare(UNSAID, UNSAID, ABSENT, ABSENT);

function rareOf({ proto, flags, in: device, mac, mss, spi }: Packet): RareFields {
  // What is sent here has no Ethernet header yet, and none on lo.
  const wired = device !== null && device !== "lo";
  const offers = proto === TCP && (flags & SYN) !== 0;
  const secured = proto === ESP || proto === AH;
  if (mac === null && mss === undefined && !secured && proto !== DCCP)
    return wired ? (offers ? WIRED_SYN : WIRED) : offers ? LOCAL_SYN : LOCAL;
  const offered = mss === undefined ? (offers ? UNSAID : ABSENT) : proto === TCP ? (mss ?? ABSENT) : ABSENT;
  return rare(
    wired ? (mac ?? UNSAID) : ABSENT,
    offered,
    secured ? (spi ?? UNSAID) : ABSENT,
    proto === DCCP ? UNSAID : ABSENT,
  );
}
