import { readAddress, sameWords, type Words } from "../net/address.ts";
import { DCCP, SCTP, TCP, UDP } from "../net/protocol.ts";
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

const PROTOCOLS: Readonly<Record<string, number>> = { tcp: TCP, udp: UDP, sctp: SCTP, dccp: DCCP };
const NOWHERE: Words = [0, 0, 0, 0];

/** @throws TypeError naming the socket that is wrong */
export function readSockets(specs: readonly SocketSpec[]): readonly Socket[] {
  return specs.map((spec, at) => {
    const where = `sockets[${at}]`;
    const proto = PROTOCOLS[spec.proto];
    if (proto === undefined)
      throw new TypeError(`${where}.proto: expected tcp, udp, sctp or dccp, got ${JSON.stringify(spec.proto)}`);
    const local = readAddress(spec.address);
    if (local === undefined)
      throw new TypeError(`${where}.address: expected an address, got ${JSON.stringify(spec.address)}`);
    const peer = spec.remote && readAddress(spec.remote.address);
    if (spec.remote && peer === undefined)
      throw new TypeError(`${where}.remote.address: expected an address, got ${JSON.stringify(spec.remote.address)}`);
    return {
      proto,
      v6: local.family === "ipv6",
      dual: spec.dual ?? false,
      address: local.words,
      wildcard: sameWords(local.words, NOWHERE),
      port: spec.port,
      transparent: spec.transparent ?? false,
      remote: peer ? { address: peer.words, port: spec.remote!.port } : null,
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
