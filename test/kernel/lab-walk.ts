import { type PacketSpec, send } from "../../src/index.ts";
import { packetSpec, type RecordedCase, type RecordedPacket } from "../recorded/cases.ts";
import { netnsOf } from "../recorded/replay.ts";
import type { Walked } from "./lab-compare.ts";
import type { Family, Flavour, LabPacket, Session } from "./lab-types.ts";

/**
 * A laboratory packet in the library's words. Its length is that of a recorded one, except for what no recorded
 * session has: payload given as bytes, and TCP segments that a raw socket sends without options.
 */
function specOf(packet: LabPacket, family: Family): PacketSpec {
  const { data, seq: _, ack: __, ...words } = packet;
  const spec = packetSpec(words as RecordedPacket, family);
  const bytes = data === undefined ? 0 : data.length / 2;
  const bare = packet.proto === "tcp" && packet.in === undefined && isRaw(packet);
  return { ...spec, length: spec.length! + bytes - (bare ? 20 : 0) };
}

/** Whether agent_socket.py sends a TCP segment of the host itself with a raw socket: whatever is not a plain SYN. */
const isRaw = ({ flags = ["SYN"], seq }: LabPacket): boolean => flags.join() !== "SYN" || seq !== undefined;

/** Walks a session's packets one after another through the laboratory's host. */
export function walkSession(session: Session, flavour: Flavour): Walked[] {
  const packets = session.packets as readonly RecordedPacket[];
  let netns = netnsOf({ ...(session as RecordedCase), packets, flavour });
  return session.packets.map((packet) => {
    const walked = send(netns, specOf(packet, session.family));
    netns = walked.netns;
    return walked;
  });
}
