import type { Sending } from "./fuzz-packets.ts";
import type { End, Family, LabPacket, Sent } from "./lab-types.ts";
import { isRaw } from "./lab-walk.ts";

/** Sequence number of an end that was not heard of before. */
const FIRST = 5000;

/** How far a segment moves its sender's sequence numbers. */
const span = ({ flags = ["SYN"], payload = 0 }: LabPacket): number =>
  payload + (flags.includes("SYN") ? 1 : 0) + (flags.includes("FIN") ? 1 : 0);

/** The flags that usually answer a segment. */
function usualFlags({ flags = ["SYN"] }: LabPacket): readonly string[] {
  if (flags.includes("SYN")) return flags.includes("ACK") ? ["ACK"] : ["SYN", "ACK"];
  return flags.includes("FIN") ? ["FIN", "ACK"] : ["ACK"];
}

function tcpAnswer({ packet, end }: Sent, words: Partial<LabPacket>): Partial<LabPacket> {
  const seq = end?.seq ?? packet.seq ?? 1000;
  const ack = packet.flags?.includes("ACK") ? (end?.ack ?? packet.ack ?? 0) : 0;
  const flags = words.flags ?? usualFlags(packet);
  const payload = flags.includes("SYN") || flags.includes("RST") ? 0 : (words.payload ?? 0);
  return { seq: ack === 0 ? FIRST : ack, ack: flags.includes("ACK") ? (seq + span(packet)) >>> 0 : 0, flags, payload };
}

const ANSWER_TYPES: Readonly<Record<number, number>> = { 8: 0, 128: 129, 0: 8, 129: 128 };

/** The other direction of a packet as it ended: a frame if it left, a packet of our own if it landed. */
function backwards(sent: Sent, words: Partial<LabPacket>): LabPacket {
  const { packet } = sent;
  const end: End = sent.end ?? { src: packet.dst, ...packet };
  const { proto } = packet;
  const device = end.out !== undefined ? { in: end.out } : { uid: words.uid ?? 0, gid: words.gid ?? 0 };
  const ways = { proto, src: end.dst, dst: end.src, ...device };
  if (proto === "icmp")
    return { ...ways, type: ANSWER_TYPES[end.type ?? packet.type ?? 8] ?? 0, id: end.id ?? packet.id ?? 0 };
  if (end.dport === undefined) return { ...ways, payload: 4 };
  const ports = { sport: end.dport, dport: end.sport! };
  return proto === "tcp"
    ? { ...ways, ...ports, ...tcpAnswer(sent, words) }
    : { ...ways, ...ports, payload: words.payload ?? 4 };
}

/** The packet as it was at its end: what an ICMP error quotes. */
function quoted({ packet, end }: Sent): LabPacket {
  const {
    in: _,
    uid: __,
    gid: ___,
    mark: ____,
    groups: _____,
    transparent: ______,
    quoted: _______,
    ...words
  } = packet;
  const shown = { src: end?.src ?? packet.src ?? packet.dst, dst: end?.dst ?? packet.dst };
  const ports = end?.dport === undefined ? {} : { sport: end.sport!, dport: end.dport };
  const icmp = packet.proto === "icmp" ? { id: end?.id ?? packet.id ?? 0 } : {};
  return { ...words, ...shown, ...ports, ...icmp };
}

function error(sent: Sent, words: Partial<LabPacket>, family: Family): LabPacket {
  const { proto: _, src, dst, in: device } = backwards(sent, {});
  const place = device === undefined ? { uid: 0, gid: 0 } : { in: device };
  const router = device === undefined ? undefined : ROUTERS[family][device];
  return { proto: "icmp", ...place, src: router ?? src!, dst, ...words, quoted: quoted(sent) };
}

/** Who tells of errors on the way, per link. */
const ROUTERS: Readonly<Record<Family, Readonly<Record<string, string>>>> = {
  4: { eth0: "10.244.1.1", eth1: "192.168.77.2" },
  6: { eth0: "fd00:10:244:1::1", eth1: "fd00:77::2" },
};

/** Whether the first sequence number is the kernel's choice: a connection that a socket of the host opens. */
export const isOpening = (packet: LabPacket): boolean =>
  packet.proto === "tcp" && packet.in === undefined && !isRaw(packet);

/** The same once more. A SYN of the host is repeated with its number, as the kernel would, if that was seen. */
function again({ packet, end }: Sent, words: Partial<LabPacket>): LabPacket {
  if (packet.proto === "udp") return { ...packet, ...words };
  if (!isOpening(packet) || end?.seq === undefined) return packet;
  return { ...packet, flags: ["SYN"], seq: end.seq };
}

/** The packet that a step of a plan means, now that the earlier ones have been sent. */
export function resolve(sending: Sending, sent: readonly Sent[], family: Family): LabPacket {
  if (sending.kind === "packet") return sending.packet;
  const before = sent[sending.to]!;
  const unknown = isOpening(before.packet) && before.end?.seq === undefined;
  switch (sending.kind) {
    case "again":
      return again(before, sending.words);
    case "answer":
      return unknown ? before.packet : backwards(before, sending.words);
    case "error":
      return before.packet.quoted ? before.packet : error(before, sending.words, family);
  }
}
