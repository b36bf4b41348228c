import { conntrackProtocol } from "../conntrack/entry.ts";
import { closed, tcpTimeout } from "../conntrack/tcp.ts";
import { frameTuple } from "../conntrack/tuple.ts";
import { isForOne, isLocalAddress, routeOutput, sourceOn } from "../host/routing.ts";
import { addressText, type Words } from "../net/address.ts";
import { readPacket, tcpPayload } from "../net/packet.ts";
import type { PacketSpec } from "../net/packet-spec.ts";
import { DCCP, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from "../net/protocol.ts";
import { ACK, FIN, RST, SYN, tcpFlagsText } from "../net/tcp-flags.ts";
import { ABSENT, addressOf, CONFIRMED, CT_RELATED, CT_UNTRACKED } from "../predicate/frame.ts";
import { takePath } from "./path.ts";
import { INPUT, Run, type RunSetting } from "./run/run.ts";
import { isIcmpError } from "./tracking/track.ts";

/** How much of a refused packet an error quotes at most, with its own headers. Kernel: icmp_send, icmp6_send. */
const MOST_QUOTED = { ipv4: 576, ipv6: 1280 } as const;

/**
 * Walks what REJECT sends back, as the kernel does it at once: from OUTPUT, with the conntrack entry of the packet that
 * was refused, RELATED and in the other direction (C6, J1 to J5).
 *
 * @param refused a walk that ended as `rejected`
 * @param setting what that walk started from
 * @returns null where the kernel does not answer
 *
 * Kernel: nf_send_reset, nf_send_unreach and their IPv6 siblings; icmp_send; nf_conntrack_attach.
 */
export function answerTo(refused: Run, setting: RunSetting): { readonly run: Run; readonly packet: PacketSpec } | null {
  const { reply } = refused;
  if (reply === null) return null;
  const packet = reply === "reset" ? reset(refused) : unreachable(refused, reply);
  if (packet === null) return null;
  const { conntrack, matchState, sets } = refused;
  const run = new Run({
    ...setting,
    packet: readPacket(packet),
    memory: { conntrack, matchState, sets },
    observer: null,
  });
  run.frame.uid = ABSENT;
  run.frame.gid = ABSENT;
  const isError = packet.proto === "icmp";
  // An ICMP error leaves by a socket of the kernel, a reset by none: neither has an owner (O1).
  run.frame.socket = isError ? 1 : 0;
  run.origin = refused.origin ?? refused;
  attach(run, refused, isError);
  takePath(run);
  return { run, packet };
}

/**
 * REJECT with a reset puts the connection into CLOSE, whoever walks the answer, if it was entered already (J5).
 *
 * Kernel: nf_send_reset, nf_conntrack_tcp_set_closing.
 */
export function closeIfReset(refused: Run): void {
  const { reply, entry } = refused;
  if (reply !== "reset" || entry?.tcp == null) return;
  if ((entry.status & CONFIRMED) === 0) return;
  if (!isResettable(refused) || !hasWayBack(refused)) return;
  entry.tcp = closed(entry.tcp);
  entry.expires = refused.now + tcpTimeout(entry.tcp, true);
}

function hasWayBack({ host, family, frame }: Run): boolean {
  const [source, destination] = [addressOf(frame, "dst"), addressOf(frame, "src")];
  return routeOutput(host, family, { destination, source, mark: 0, inDevice: "", outDevice: "" }, false).kind === "out";
}

/** Kernel: nf_conntrack_attach. */
function attach(run: Run, refused: Run, isError: boolean): void {
  const { entry, frame } = refused;
  // Untracked becomes RELATED to nothing, which CT rules leave as it is and conntrack looks up (J1).
  if (entry !== null || frame.ctstate === CT_UNTRACKED) run.frame.ctstate = CT_RELATED;
  if (entry === null) return;
  run.entry = entry;
  run.forgotten = refused.forgotten;
  run.frame.entry = entry;
  run.frame.isReply = !frame.isReply;
  run.related = isError;
}

const isToOne = ({ host, family, frame }: Run): boolean => isForOne(host, family, addressOf(frame, "dst"));

/** A reset, and what was sent to many, is not answered with one. */
const isResettable = (refused: Run): boolean => (refused.frame.tcpFlags & RST) === 0 && isToOne(refused);

function reset(refused: Run): PacketSpec | null {
  const { frame, family, packet } = refused;
  if (!isResettable(refused)) return null;
  const answersAck = (frame.tcpFlags & ACK) !== 0;
  const sent = frame.tcpFlags & SYN || frame.tcpFlags & FIN ? 1 : 0;
  const numbers =
    packet.seq === null
      ? {}
      : answersAck
        ? { seq: packet.ack }
        : { seq: 0, ack: (packet.seq + sent + tcpPayload(packet)) >>> 0 };
  return {
    proto: "tcp",
    src: addressText(family, addressOf(frame, "dst")),
    sport: frame.dport,
    dst: addressText(family, addressOf(frame, "src")),
    dport: frame.sport,
    flags: answersAck ? ["RST"] : ["RST", "ACK"],
    ...numbers,
    window: 0,
    transparent: true,
    length: family === "ipv4" ? 40 : 60,
  };
}

/**
 * Protocols with a checksum that the kernel finds right, or one of their own that it does not look at: ICMP, IGMP, TCP, UDP,
 * DCCP, GRE, ESP, AH, ICMPv6, OSPF, PIM, SCTP, UDP-Lite. Whatever else a packet carries is summed up as if it had one,
 * which no payload but a chosen one survives. Kernel: nf_reject_verify_csum.
 */
const SUMMED: ReadonlySet<number> = new Set([ICMP, 2, TCP, UDP, DCCP, 47, 50, 51, ICMPV6, 89, 103, SCTP, UDPLITE]);

const REDIRECT_MESSAGE = 137;

/** The last type of ICMP in IPv4 that the kernel knows: NR_ICMP_TYPES. */
const LAST_TYPE = 18;

/** An ICMP error, or a type that the kernel does not know, is not answered with an error, nor what was sent to many. */
function isAnswerable(refused: Run): boolean {
  const { proto, icmpType } = refused.frame;
  if (!SUMMED.has(proto) || !isToOne(refused) || isIcmpError(proto, icmpType)) return false;
  return proto === ICMPV6 ? icmpType !== REDIRECT_MESSAGE : proto !== ICMP || icmpType <= LAST_TYPE;
}

function unreachable(
  refused: Run,
  { type, code }: { readonly type: number; readonly code: number },
): PacketSpec | null {
  const { frame, family } = refused;
  if (!isAnswerable(refused)) return null;
  const source = sourceOfError(refused);
  const header = family === "ipv4" ? 28 : 48;
  return {
    proto: "icmp",
    ...(source !== undefined && { src: addressText(family, source) }),
    dst: addressText(family, addressOf(frame, "src")),
    type,
    code,
    tos: family === "ipv4" ? (frame.tos & 0x1e) | 0xc0 : 0,
    length: Math.min(header + frame.length, MOST_QUOTED[family]),
    quoted: quotedOf(refused),
  };
}

/**
 * The address that the packet was for, where it is of this host (in IPv4: where the route says so, which makes a foreign
 * one fail); else, in IPv6, one of the device that it came by; else whatever the route gives (undefined).
 *
 * Kernel: icmp_send; icmp6_send and icmpv6_rt_has_prefsrc.
 */
function sourceOfError({ hook, host, family, frame, outRoute }: Run): Words | undefined {
  const destination = addressOf(frame, "dst");
  if (family === "ipv4") return hook === INPUT || outRoute === "lo" ? destination : undefined;
  if (isLocalAddress(host, family, destination)) return destination;
  return sourceOn(host, family, host.devices.get(frame.inDevice), addressOf(frame, "src"));
}

/** The refused packet as it is now: translated in part, perhaps. */
function quotedOf({ frame, family }: Run): PacketSpec {
  const { sport, dport } = frameTuple(frame);
  const ends = { src: addressText(family, addressOf(frame, "src")), dst: addressText(family, addressOf(frame, "dst")) };
  if (frame.icmpType >= 0) return { proto: "icmp", ...ends, type: frame.icmpType, code: frame.icmpCode, id: sport };
  const flags = frame.proto === TCP ? { flags: tcpFlagsText(frame.tcpFlags).split(",") } : {};
  return { proto: conntrackProtocol(frame.proto), ...ends, ...(frame.sport >= 0 && { sport, dport }), ...flags };
}
