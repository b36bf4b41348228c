import type { SetSpec } from "./sets/read.ts";

/** A network device and its addresses as `ADDRESS/LENGTH`; the first of a family in each subnet is its primary one. */
export interface InterfaceSpec {
  readonly name: string;
  readonly addresses: readonly string[];
  /** The ports of a bridge; none: it is no bridge. Left out: unknown, which `-m physdev` alone notices (U2, U4). */
  readonly ports?: readonly string[];
}

export type RouteType =
  | "unicast"
  | "local"
  | "broadcast"
  | "multicast"
  | "blackhole"
  | "unreachable"
  | "prohibit"
  | "throw";

/** A route in the words of `ip route`. Without `family`, `to: "default"` means both. */
export interface RouteSpec {
  readonly to: string;
  readonly via?: string;
  readonly dev?: string;
  readonly type?: RouteType;
  readonly table?: string | number;
  readonly metric?: number;
  readonly src?: string;
  readonly family?: "ipv4" | "ipv6";
}

/** A policy rule in the words of `ip rule`. */
export interface RuleSpec {
  readonly priority?: number;
  /** `0x539` or `0x539/0xff`. */
  readonly fwmark?: string | number;
  readonly table: string | number;
  readonly from?: string;
  readonly to?: string;
  readonly iif?: string;
  readonly oif?: string;
  readonly not?: boolean;
  readonly suppressPrefixLength?: number;
  readonly family?: "ipv4" | "ipv6";
}

/** A socket. Without `remote` it listens; `"::"` serves IPv6 only unless `dual`. */
export interface SocketSpec {
  readonly proto: "tcp" | "udp" | "sctp" | "dccp";
  readonly address: string;
  readonly port: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly transparent?: boolean;
  readonly dual?: boolean;
  /** The peer of a connected socket. */
  readonly remote?: { readonly address: string; readonly port: number };
}

/**
 * A network namespace without its rules. `interfaces`, `routes` and `rules` also take what `ip -j addr`,
 * `ip -j route show table all` and `ip -j rule` print, parsed.
 */
export interface HostSpec {
  readonly interfaces?: readonly unknown[];
  readonly routes?: readonly unknown[];
  readonly rules?: readonly unknown[];
  readonly sysctl?: Readonly<Record<string, number | string>>;
  /** Left out: unknown, every port that is asked for listens. Given, even empty: the whole truth. */
  readonly sockets?: readonly SocketSpec[];
  /**
   * What `ipset save` or `ipset list` printed, or the sets as data. Left out: unknown, what a rule asks of a set is open.
   * Given, even empty: the whole truth.
   */
  readonly sets?: string | readonly SetSpec[];
  /** `"none"`: `ip xfrm state` and `ip xfrm policy` print nothing, so no packet is protected by IPsec (U1). */
  readonly xfrm?: "none";
}
