import { sameWords } from "../net/address.ts";
import { TCP, UDP } from "../net/protocol.ts";
import { findConnected, findListener, type Socket, type SocketKey } from "../netns/sockets.ts";
import { addressOf } from "../predicate/compile.ts";
import type { Frame, Question, SocketLookup } from "../predicate/frame.ts";
import type { Run } from "./run.ts";

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
export function findSocket(sockets: readonly Socket[], frame: Frame): Socket | undefined {
  const key = socketKey(frame);
  return findConnected(sockets, key) ?? findListener(sockets, key, { address: key.destination, port: key.dport });
}

/**
 * `-m socket`: an established socket, or a listener that is not bound to all addresses (`--nowildcard` counts those
 * too); `--transparent` only transparent ones. P5, D9. Behind TPROXY it is the socket that was assigned (E11).
 *
 * Kernel: net/netfilter/xt_socket.c, socket_match.
 */
export function findsSocket(run: Run, frame: Frame, lookup: SocketLookup, question: Question): boolean {
  if (frame.proto !== TCP && frame.proto !== UDP) return false;
  const { sockets } = run.host;
  const sender = sendingSocket(run, frame);
  if (sockets === null) return sender === undefined ? run.oracle.decide(question, frame) : true;
  const found = run.assignedSocket ?? sender ?? findSocket(sockets, frame);
  if (found === undefined) return false;
  if (found.wildcard && found.remote === null && !lookup.noWildcard) return false;
  return !lookup.transparent || found.transparent;
}

/** On lo the sender's own UDP socket is found where the packet is addressed to itself (D9). */
function sendingSocket(run: Run, frame: Frame): Socket | undefined {
  const { packet } = run;
  if (packet.in !== null || frame.inDevice !== "lo" || frame.proto !== UDP || frame.dport !== packet.sport)
    return undefined;
  const destination = addressOf(frame, "dst");
  if (packet.src !== null && !sameWords(packet.src, destination)) return undefined;
  return {
    proto: UDP,
    v6: frame.v6,
    dual: false,
    address: destination,
    wildcard: packet.src === null,
    port: packet.sport,
    transparent: packet.transparent,
    remote: null,
  };
}
