import { readAddress } from "../net/address.ts";
import {
  flag,
  listOf,
  objectAt,
  oneOf,
  port,
  type Shape,
  shapeOf,
  text,
  thatIs,
  uint32,
  whole,
} from "../text/shape.ts";
import { SETS } from "./sets/read.ts";
import type { HostSpec, InterfaceSpec, RouteSpec, RouteType, RuleSpec, SocketSpec } from "./spec.ts";
import { SYSCTL } from "./sysctl.ts";

// What describes a host, member by member: a member that is added to a type has its line here, or nothing compiles.

const address: Shape = thatIs("an IPv4 or IPv6 address", (value) => typeof value === "string" && !!readAddress(value));
const device: Shape = text("the name of a device");
const family: Shape = oneOf("ipv4", "ipv6");
const table: Shape = thatIs(
  "a routing table, by number or name",
  (value) => (typeof value === "string" && value !== "") || (Number.isInteger(value) && (value as number) >= 0),
);
const numberOrText = (what: string): Shape =>
  thatIs(what, (value) => (typeof value === "string" && value !== "") || typeof value === "number");

export const INTERFACE: Shape = shapeOf<InterfaceSpec>(
  { name: device, addresses: listOf(text('an address such as "10.0.0.2/24"')), ports: listOf(device) },
  ["name"],
);

const ROUTE_TYPES: Readonly<Record<RouteType, true>> = {
  unicast: true,
  local: true,
  broadcast: true,
  multicast: true,
  blackhole: true,
  unreachable: true,
  prohibit: true,
  throw: true,
};

export const ROUTE: Shape = shapeOf<RouteSpec>(
  {
    to: text('a prefix or "default"'),
    via: address,
    dev: device,
    type: oneOf(...Object.keys(ROUTE_TYPES)),
    table,
    metric: uint32,
    src: address,
    family,
  },
  ["to"],
);

const prefix: Shape = text("a prefix");

export const RULE: Shape = shapeOf<RuleSpec>(
  {
    priority: uint32,
    fwmark: numberOrText("value or value/mask"),
    table,
    from: prefix,
    to: prefix,
    iif: device,
    oif: device,
    not: flag,
    suppressPrefixLength: whole(-1, 128),
    family,
  },
  ["table"],
);

const SOCKET: Shape = shapeOf<SocketSpec>(
  {
    proto: oneOf("tcp", "udp", "sctp", "dccp"),
    address,
    port,
    uid: uint32,
    gid: uint32,
    transparent: flag,
    dual: flag,
    remote: shapeOf<NonNullable<SocketSpec["remote"]>>({ address, port }, ["address", "port"]),
  },
  ["proto", "address", "port"],
);

/** The members of a description, for whoever takes one with members of his own. */
export const HOST_MEMBERS: { readonly [K in keyof Required<HostSpec>]: Shape } = {
  // Items may be what `ip -j` prints, which their readers tell.
  interfaces: listOf(objectAt),
  routes: listOf(objectAt),
  rules: listOf(objectAt),
  sysctl: SYSCTL,
  sockets: listOf(SOCKET),
  sets: SETS,
  xfrm: oneOf("none"),
};
