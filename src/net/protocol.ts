import type { Family } from "./address.ts";

/** Numbers of the IP protocols that have a meaning of their own here. */
export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const DCCP = 33;
export const ESP = 50;
export const AH = 51;
export const ICMPV6 = 58;
export const SCTP = 132;
export const UDPLITE = 136;

/**
 * The names that iptables itself knows, in the order it looks them up.
 *
 * Source: libxtables/xtables.c, xtables_chain_protos (1.8.11 has dccp and ipcomp too).
 */
export const CHAIN_PROTOCOLS: readonly (readonly [string, number])[] = [
  ["tcp", TCP],
  ["sctp", SCTP],
  ["udp", UDP],
  ["udplite", UDPLITE],
  ["icmp", ICMP],
  ["icmpv6", ICMPV6],
  ["ipv6-icmp", ICMPV6],
  ["esp", ESP],
  ["ah", AH],
  ["ipv6-mh", 135],
  ["mh", 135],
  ["mobility-header", 135],
  ["all", 0],
];

/** The name that iptables prints where it knows several: `ipv6-icmp`, `mobility-header` (since 1.8.8). */
const CANONICAL: ReadonlyMap<number, string> = new Map([
  ...[...CHAIN_PROTOCOLS].reverse().map(([name, number]) => [number, name] as const),
  [ICMPV6, "ipv6-icmp"],
  [135, "mobility-header"],
]);

/** iptables' own name of a protocol, or its number. */
export const protocolText = (number: number): string => CANONICAL.get(number) ?? `${number}`;

/** Protocols that have ports. */
export const hasPorts = (proto: number): boolean =>
  proto === TCP || proto === UDP || proto === SCTP || proto === DCCP || proto === UDPLITE;

/** ICMP of either family. */
export const isIcmp = (proto: number): boolean => proto === ICMP || proto === ICMPV6;

/** The protocol that `icmp` means in a family, and the one whose type and code a packet of that family carries. */
export const icmpOf = (family: Family): number => (family === "ipv4" ? ICMP : ICMPV6);
