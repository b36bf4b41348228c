import { readAddress, sameWords, type Words } from "../net/address.ts";
import { DCCP, SCTP, TCP, UDP } from "../net/protocol.ts";
import { unfit } from "../text/shape.ts";
import type { SocketSpec } from "./spec.ts";

/** A socket, its address as words; wildcards have zeros. */
export interface Socket {
  readonly proto: number;
  readonly v6: boolean;
  readonly dual: boolean;
  readonly address: Words;
  readonly wildcard: boolean;
  readonly port: number;
  readonly transparent: boolean;
  readonly remote: { readonly address: Words; readonly port: number } | null;
}

const PROTOCOLS: Readonly<Record<SocketSpec["proto"], number>> = { tcp: TCP, udp: UDP, sctp: SCTP, dccp: DCCP };
const NOWHERE: Words = [0, 0, 0, 0];

/** Reads sockets whose shape was checked. @throws TypeError for a peer of the other family */
export function readSockets(specs: readonly SocketSpec[], where: string): readonly Socket[] {
  return specs.map(({ proto, address, port, dual = false, transparent = false, remote }, at) => {
    const local = readAddress(address)!;
    const peer = remote && readAddress(remote.address)!;
    if (peer && peer.family !== local.family)
      unfit(`${where}[${at}].remote.address`, `an ${local.family} address, as address is`, remote.address);
    return {
      proto: PROTOCOLS[proto],
      v6: local.family === "ipv6",
      dual,
      address: local.words,
      wildcard: sameWords(local.words, NOWHERE),
      port,
      transparent,
      remote: peer ? { address: peer.words, port: remote.port } : null,
    };
  });
}

/** One direction of a connection, as a socket look-up takes it: from the peer to this host. */
export interface SocketKey {
  readonly v6: boolean;
  readonly proto: number;
  readonly source: Words;
  readonly sport: number;
  readonly destination: Words;
  readonly dport: number;
}

const serves = (socket: Socket, key: SocketKey): boolean =>
  socket.proto === key.proto && (socket.v6 === key.v6 || (socket.v6 && socket.dual && socket.wildcard));

/** The connected socket of this packet. Kernel: __inet_lookup_established. */
export const findConnected = (sockets: readonly Socket[], key: SocketKey): Socket | undefined =>
  sockets.find(
    (socket) =>
      socket.remote !== null &&
      serves(socket, key) &&
      socket.port === key.dport &&
      socket.remote.port === key.sport &&
      sameWords(socket.remote.address, key.source) &&
      sameWords(socket.address, key.destination),
  );

/** The listener for an address and port: one bound to the address before one bound to all. Kernel: inet_lookup_listener. */
export function findListener(
  sockets: readonly Socket[],
  key: SocketKey,
  where: { readonly address: Words; readonly port: number },
): Socket | undefined {
  const listeners = sockets.filter(
    (socket) => socket.remote === null && serves(socket, key) && socket.port === where.port,
  );
  return (
    listeners.find((socket) => !socket.wildcard && sameWords(socket.address, where.address)) ??
    listeners.find((socket) => socket.wildcard && socket.v6 === key.v6) ??
    listeners.find((socket) => socket.wildcard)
  );
}
