import { type PacketSpec, send } from "../../src/index.ts";
import type { RecordedCase, RecordedPacket } from "../recorded/cases.ts";
import { netnsOf } from "../recorded/replay.ts";
import type { Walked } from "./lab-compare.ts";
import type { EndDetails } from "./lab-details.ts";
import type { Family, Flavour, LabPacket, Session } from "./lab-types.ts";

/** Layer-3 length of a packet as agent_packet.py or a socket of the host makes it. */
function lengthOf(packet: LabPacket, family: Family): number {
  const header = family === 4 ? 20 : 40;
  const data = packet.data === undefined ? (packet.payload ?? 0) : packet.data.length / 2;
  switch (packet.proto) {
    case "tcp":
      return header + (packet.in === undefined && !isRaw(packet) ? 40 : 20) + scaleOption(packet) + data;
    case "udp":
      return header + 8 + data;
    case "icmp":
      return header + 8 + (packet.quoted ? lengthOf({ in: "", ...packet.quoted }, family) : data);
    default:
      return header + data;
  }
}

const scaleOption = ({ windowScale }: LabPacket): number => (windowScale === undefined ? 0 : 4);

/** A segment's place in its stream. Frames and raw segments have what agent_packet.py gives them. */
function numbersOf(packet: LabPacket): Pick<PacketSpec, "seq" | "ack" | "window"> {
  const { proto, seq = 1000, ack = 0, window = 65_000, chosen } = packet;
  if (proto !== "tcp") return {};
  return packet.in === undefined && !isRaw(packet) ? { ...chosen } : { seq, ack, window };
}

/** A laboratory packet in the library's words. */
export function specOf(packet: LabPacket, family: Family): PacketSpec {
  const { data: _, payload: __, seq: ___, ack: ____, chosen: _____, quoted, ...words } = packet;
  const { sport: ______, dport: _______, ...portless } = words;
  return {
    ...(packet.proto === "icmp" ? portless : words),
    ...numbersOf(packet),
    length: lengthOf(packet, family),
    ...(quoted && { quoted: specOf(quoted, family) }),
  };
}

/** Whether agent_socket.py sends a TCP segment of the host itself with a raw socket: whatever is not a plain SYN. */
export const isRaw = ({ flags = ["SYN"], seq }: LabPacket): boolean => flags.join() !== "SYN" || seq !== undefined;

/** Walks a session's packets one after another through the laboratory's host. */
export function walkSession(session: Session, flavour: Flavour): Walked[] {
  const packets = session.packets as readonly RecordedPacket[];
  let netns = netnsOf({ ...(session as RecordedCase), packets, flavour });
  return session.packets.map((packet) => {
    let frame: EndDetails | undefined;
    const sent = send(netns, specOf(packet, session.family), {
      observer: (event) => {
        // The walk's own frame: at the end it is as the packet ended.
        if (event.kind === "hook") frame = event.frame;
      },
    });
    netns = sent.netns;
    return { ...sent, ...(frame && { end: { ttl: frame.ttl, tos: frame.tos } }) };
  });
}
