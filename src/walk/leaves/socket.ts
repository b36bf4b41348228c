import { SRC_NAT_DONE } from "../../conntrack/entry.ts";
import { destinationWords, sourceWords, type Tuple } from "../../conntrack/tuple.ts";
import { findConnected, findListener, type Socket, type SocketKey } from "../../host/sockets.ts";
import { sameWords } from "../../net/address.ts";
import { TCP, UDP } from "../../net/protocol.ts";
import { addressOf, CT_ESTABLISHED, CT_RELATED, type Frame } from "../../predicate/frame.ts";
import type { FindsSocket } from "../../predicate/predicate.ts";
import type { Question } from "../../predicate/question.ts";
import type { Run } from "../run/run.ts";

/** The packet as a socket look-up takes it. */
export const socketKey = (frame: Frame): SocketKey => ({
  v6: frame.v6,
  proto: frame.proto,
  source: addressOf(frame, "src"),
  sport: frame.sport,
  destination: addressOf(frame, "dst"),
  dport: frame.dport,
});

/** The socket that the packet would reach: a connected one, else a listener. Needs `host.sockets`. */
export const findSocket = (sockets: readonly Socket[], frame: Frame): Socket | undefined =>
  receiver(sockets, socketKey(frame));

const receiver = (sockets: readonly Socket[], key: SocketKey): Socket | undefined =>
  findConnected(sockets, key) ?? findListener(sockets, key, { address: key.destination, port: key.dport });

/**
 * What `-m socket` looks for: the receiver of the packet, of an ICMP error the sender of the packet that it quotes; a reply
 * to a translated connection belongs to the address that it was opened from (J6). Null: no socket has such packets.
 *
 * Kernel: nf_sk_lookup_slow_v4, extract_icmp4_fields, and their IPv6 siblings.
 */
function wantedSocket({ quoted, entry }: Run, frame: Frame): SocketKey | null {
  const key = quoted === null ? socketKey(frame) : senderKey(quoted);
  if (key.proto !== TCP && key.proto !== UDP) return null;
  const state = quoted === null ? CT_ESTABLISHED : CT_RELATED;
  if (frame.v6 || entry === null || !frame.isReply || frame.ctstate !== state) return key;
  if ((entry.status & SRC_NAT_DONE) === 0) return key;
  return { ...key, destination: sourceWords(entry.original), dport: entry.original.sport };
}

/** The packet that the sender of a quoted one would be found by. */
const senderKey = (quoted: Tuple): SocketKey => ({
  v6: quoted.v6,
  proto: quoted.proto,
  source: destinationWords(quoted),
  sport: quoted.dport,
  destination: sourceWords(quoted),
  dport: quoted.sport,
});

/**
 * `-m socket`: an established socket, or a listener that is not bound to all addresses (`--nowildcard` counts those
 * too); `--transparent` only transparent ones. P5, D9. Behind TPROXY it is the socket that was assigned (E11).
 *
 * Kernel: net/netfilter/xt_socket.c, socket_match.
 */
export function findsSocket(run: Run, frame: Frame, lookup: FindsSocket, question: Question): boolean {
  const key = wantedSocket(run, frame);
  if (key === null) return false;
  const { sockets } = run.host;
  const sender = sendingSocket(run, key);
  if (sockets === null) return sender === undefined ? run.ask(question, frame) : true;
  const found = run.assignedSocket ?? sender ?? receiver(sockets, key);
  if (found === undefined) return false;
  if (found.wildcard && found.remote === null && !lookup.noWildcard) return false;
  return !lookup.transparent || found.transparent;
}

/**
 * On lo the socket of the packet's own sender is about: found where a datagram is addressed to itself (D9), and where the
 * packet is an answer to what it sent (J6).
 */
function sendingSocket(run: Run, key: SocketKey): Socket | undefined {
  const { packet, source } = run.origin ?? run;
  if (packet.in !== null || run.frame.inDevice !== "lo") return undefined;
  if (key.proto !== packet.proto || key.dport !== packet.sport) return undefined;
  const connected = packet.proto === TCP;
  if (connected && !(key.sport === packet.dport && sameWords(key.source, packet.dst))) return undefined;
  const bound = connected ? source : packet.src;
  if (bound !== null && !sameWords(bound, key.destination)) return undefined;
  return {
    proto: packet.proto,
    v6: key.v6,
    dual: false,
    address: key.destination,
    wildcard: bound === null,
    port: packet.sport,
    transparent: packet.transparent,
    remote: connected ? { address: packet.dst, port: packet.dport } : null,
  };
}
