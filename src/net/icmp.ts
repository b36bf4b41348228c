import type { Family } from "./address.ts";

/** An ICMP type, and a code or null for every code. */
export interface IcmpType {
  readonly type: number;
  readonly code: number | null;
}

/** The ICMP "type" of iptables that stands for every type. */
export const ANY_TYPE = 255;

type Named = readonly [name: string, type: number, code?: number];

/**
 * The names that iptables has for types, in the order in which it looks: of two names for one type the first is printed.
 *
 * Facts as libipt_icmp.c and libip6t_icmp6.c of iptables 1.8.9 have them.
 */
const NAMED: Readonly<Record<Family, readonly Named[]>> = {
  ipv4: [
    ["any", ANY_TYPE],
    ["echo-reply", 0],
    ["pong", 0],
    ["destination-unreachable", 3],
    ["network-unreachable", 3, 0],
    ["host-unreachable", 3, 1],
    ["protocol-unreachable", 3, 2],
    ["port-unreachable", 3, 3],
    ["fragmentation-needed", 3, 4],
    ["source-route-failed", 3, 5],
    ["network-unknown", 3, 6],
    ["host-unknown", 3, 7],
    ["network-prohibited", 3, 9],
    ["host-prohibited", 3, 10],
    ["TOS-network-unreachable", 3, 11],
    ["TOS-host-unreachable", 3, 12],
    ["communication-prohibited", 3, 13],
    ["host-precedence-violation", 3, 14],
    ["precedence-cutoff", 3, 15],
    ["source-quench", 4],
    ["redirect", 5],
    ["network-redirect", 5, 0],
    ["host-redirect", 5, 1],
    ["TOS-network-redirect", 5, 2],
    ["TOS-host-redirect", 5, 3],
    ["echo-request", 8],
    ["ping", 8],
    ["router-advertisement", 9],
    ["router-solicitation", 10],
    ["time-exceeded", 11],
    ["ttl-exceeded", 11],
    ["ttl-zero-during-transit", 11, 0],
    ["ttl-zero-during-reassembly", 11, 1],
    ["parameter-problem", 12],
    ["ip-header-bad", 12, 0],
    ["required-option-missing", 12, 1],
    ["timestamp-request", 13],
    ["timestamp-reply", 14],
    ["address-mask-request", 17],
    ["address-mask-reply", 18],
  ],
  ipv6: [
    ["destination-unreachable", 1],
    ["no-route", 1, 0],
    ["communication-prohibited", 1, 1],
    ["beyond-scope", 1, 2],
    ["address-unreachable", 1, 3],
    ["port-unreachable", 1, 4],
    ["failed-policy", 1, 5],
    ["reject-route", 1, 6],
    ["packet-too-big", 2],
    ["time-exceeded", 3],
    ["ttl-exceeded", 3],
    ["ttl-zero-during-transit", 3, 0],
    ["ttl-zero-during-reassembly", 3, 1],
    ["parameter-problem", 4],
    ["bad-header", 4, 0],
    ["unknown-header-type", 4, 1],
    ["unknown-option", 4, 2],
    ["echo-request", 128],
    ["ping", 128],
    ["echo-reply", 129],
    ["pong", 129],
    ["mld-listener-query", 130],
    ["mld-listener-report", 131],
    ["mld-listener-done", 132],
    ["router-solicitation", 133],
    ["router-advertisement", 134],
    ["neighbour-solicitation", 135],
    ["neighbor-solicitation", 135],
    ["neighbour-advertisement", 136],
    ["neighbor-advertisement", 136],
    ["redirect", 137],
  ],
};

/** Printed since 1.8.10 only: read, and written as a number. */
const UNPRINTED = /^mld-/;

/** A type by name or by the beginning of one, in any case, if only one type fits. */
export function icmpTypeNamed(family: Family, word: string): IcmpType | undefined {
  const start = word.toLowerCase();
  if (start === "") return undefined;
  const found = NAMED[family].filter(([name]) => name.toLowerCase().startsWith(start));
  const chosen = found.length === 1 ? found[0] : found.find(([name]) => name.length === start.length);
  return chosen && { type: chosen[1], code: chosen[2] ?? null };
}

/** The name that a listing prints for a type with this code. */
export const icmpTypeName = (family: Family, { type, code }: IcmpType): string | undefined =>
  NAMED[family].find((one) => one[1] === type && (one[2] ?? null) === code && !UNPRINTED.test(one[0]))?.[0];
