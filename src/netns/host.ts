import { readNumber, UINT32 } from "../extension/value.ts";
import {
  type Address,
  addressBits,
  addToAddress,
  anyPrefix,
  type Family,
  hostPrefix,
  maskLength,
  maskOfLength,
  type Prefix,
  prefixOf,
  readAddress,
  readPrefix,
  sameWords,
  type Words,
} from "../net/address.ts";
import { isLeftOut, readInterface, readRoute, readRule } from "./read-spec.ts";
import { readSockets, type Socket } from "./sockets.ts";
import type { InterfaceSpec, NetnsSpec, RouteSpec, RouteType, RuleSpec } from "./spec.ts";
import { readSysctl, type Sysctl } from "./sysctl.ts";

/** One address of a device. */
export interface DeviceAddress {
  readonly words: Words;
  /** The subnet. */
  readonly prefix: Prefix;
  /** The first of its subnet on the device; always true for IPv6. */
  readonly primary: boolean;
}

/** A network device with its addresses in the order of `ip addr`. */
export interface Device {
  readonly name: string;
  readonly ipv4: readonly DeviceAddress[];
  readonly ipv6: readonly DeviceAddress[];
}

export interface Route {
  readonly type: RouteType;
  readonly prefix: Prefix;
  readonly length: number;
  readonly dev: string;
  readonly via: Words | null;
  readonly src: Words | null;
  readonly metric: number;
}

export interface PolicyRule {
  readonly priority: number;
  readonly table: string;
  readonly mark: number;
  readonly markMask: number;
  readonly from: Prefix | null;
  readonly to: Prefix | null;
  readonly iif: string | null;
  readonly oif: string | null;
  readonly not: boolean;
  /** Routes of at most this length are passed over; -1 for none. */
  readonly suppress: number;
}

/** One family's routing. */
export interface Fib {
  readonly rules: readonly PolicyRule[];
  /** By table; longest prefix first, then lowest metric. */
  readonly tables: ReadonlyMap<string, readonly Route[]>;
  /** There are rules besides the three usual ones, or local routes besides the devices' own (X1, B1). */
  readonly custom: boolean;
}

/** Everything of a namespace that packets do not change: devices, routing, sockets, sysctls. */
export interface Host {
  readonly devices: ReadonlyMap<string, Device>;
  readonly ipv4: Fib;
  readonly ipv6: Fib;
  readonly sysctl: Sysctl;
  /** null: unknown. */
  readonly sockets: readonly Socket[] | null;
  /** No interfaces were given: whatever arrives counts as addressed to this host, whatever is sent as its own address. */
  readonly anonymous: boolean;
}

/** What a namespace is when nothing is said about it: a pod. */
const DEFAULT_INTERFACES: readonly InterfaceSpec[] = [
  { name: "lo", addresses: ["127.0.0.1/8", "::1/128"] },
  { name: "eth0", addresses: ["10.0.0.2/24", "fd00::2/64"] },
];
const DEFAULT_ROUTES: readonly RouteSpec[] = [
  { to: "default", via: "10.0.0.1", dev: "eth0" },
  { to: "default", via: "fd00::1", dev: "eth0" },
];

/** @throws TypeError naming the member of the spec that is wrong */
export function readHost(spec: NetnsSpec): Host {
  const interfaces = (spec.interfaces ?? DEFAULT_INTERFACES)
    .filter((one) => !isLeftOut(one))
    .map((one, at) => readInterface(one, `interfaces[${at}]`));
  if (!interfaces.some((one) => one.name === "lo")) interfaces.unshift(DEFAULT_INTERFACES[0]!);
  const devices = new Map(interfaces.map((one) => [one.name, readDevice(one)]));
  const routes = (spec.routes ?? (spec.interfaces === undefined ? DEFAULT_ROUTES : [])).flatMap((one, at) =>
    readRoute(one, `routes[${at}]`),
  );
  const rules = (spec.rules ?? []).map((one, at) => readRule(one, `rules[${at}]`));
  return {
    devices,
    ipv4: fibOf("ipv4", devices, routes, rules),
    ipv6: fibOf("ipv6", devices, routes, rules),
    sysctl: readSysctl(spec.sysctl ?? {}),
    sockets: spec.sockets === undefined ? null : readSockets(spec.sockets),
    anonymous: spec.interfaces === undefined,
  };
}

function readDevice({ name, addresses }: InterfaceSpec): Device {
  const device = { name, ipv4: [] as DeviceAddress[], ipv6: [] as DeviceAddress[] };
  for (const text of addresses) {
    const address = readAddress(text.split("/")[0]!);
    const prefix = readPrefix(text);
    if (address === undefined || prefix === undefined || maskLength(prefix.family, prefix.mask) === undefined)
      throw new TypeError(`interfaces: ${name}: expected an address such as "10.0.0.2/24", got "${text}"`);
    const list = device[address.family];
    const primary =
      address.family === "ipv6" ||
      !list.some((one) => sameWords(one.prefix.address, prefix.address) && sameWords(one.prefix.mask, prefix.mask));
    list.push({ words: address.words, prefix, primary });
  }
  return device;
}

const LOCAL = "255";
const MAIN = "254";
const TABLE_NAMES: Readonly<Record<string, string>> = { local: LOCAL, main: MAIN, default: "253" };

/** The number of a routing table as text; names that are not the usual three stay as they are. */
const tableId = (table: string | number | undefined, otherwise: string): string =>
  table === undefined ? otherwise : (TABLE_NAMES[`${table}`] ?? `${table}`);

function fibOf(
  family: Family,
  devices: ReadonlyMap<string, Device>,
  routes: readonly RouteSpec[],
  rules: readonly RuleSpec[],
): Fib {
  const tables = new Map<string, Route[]>();
  const add = (table: string, route: Route) => {
    const list = tables.get(table) ?? [];
    list.push(route);
    tables.set(table, list);
  };
  for (const device of devices.values()) for (const [table, route] of deviceRoutes(family, device)) add(table, route);
  let customLocal = false;
  for (const [at, spec] of routes.entries()) {
    const route = readRouteSpec(spec, family, `routes[${at}]`);
    if (route === undefined) continue;
    const table = tableId(spec.table, route.type === "local" || route.type === "broadcast" ? LOCAL : MAIN);
    const known = tables.get(table)?.some((one) => sameRoute(one, route));
    if (known) continue;
    if (route.type === "local") customLocal = true;
    add(table, route);
  }
  for (const list of tables.values()) list.sort((a, b) => b.length - a.length || a.metric - b.metric);
  const given = rules.filter((rule) => rule.family === undefined || rule.family === family);
  const policy = given.map((rule, at) => readRuleSpec(rule, family, at));
  for (const [priority, table] of [
    [0, LOCAL],
    [32766, MAIN],
    [32767, "253"],
  ] as const)
    if (!policy.some((rule) => rule.priority === priority)) policy.push({ ...ANY_RULE, priority, table });
  policy.sort((a, b) => a.priority - b.priority);
  const customRules = policy.some((rule) => ![0, 32766, 32767].includes(rule.priority));
  return { rules: policy, tables, custom: customLocal || customRules };
}

const ANY_RULE: PolicyRule = {
  priority: 0,
  table: MAIN,
  mark: 0,
  markMask: 0,
  from: null,
  to: null,
  iif: null,
  oif: null,
  not: false,
  suppress: -1,
};

const sameRoute = (a: Route, b: Route): boolean =>
  a.type === b.type &&
  a.dev === b.dev &&
  a.length === b.length &&
  a.metric === b.metric &&
  sameWords(a.prefix.address, b.prefix.address);

/** The routes that the kernel makes for a device's addresses: local, broadcast and connected. Source: fib_add_ifaddr. */
function deviceRoutes(family: Family, device: Device): [string, Route][] {
  const made: [string, Route][] = [];
  const route = (type: RouteType, prefix: Prefix, src: Words | null): Route => ({
    type,
    prefix,
    length: maskLength(family, prefix.mask)!,
    dev: device.name,
    via: null,
    src,
    metric: 0,
  });
  for (const { words, prefix, primary } of device[family]) {
    const length = maskLength(family, prefix.mask)!;
    // The source for a local destination is the primary address of its subnet (L2).
    const owner = device[family].find((one) => one.primary && sameWords(one.prefix.address, prefix.address));
    made.push([LOCAL, route("local", hostPrefix({ family, words }), family === "ipv4" ? owner!.words : words)]);
    if (!primary || length === addressBits(family)) continue;
    if (device.name === "lo") {
      if (family === "ipv4") made.push([LOCAL, route("local", prefix, words)]);
    } else made.push([MAIN, route("unicast", prefix, family === "ipv4" ? words : null)]);
    if (family === "ipv4" && length < 31) {
      const last = addToAddress(family, prefix.address, 2 ** (32 - length) - 1);
      made.push([LOCAL, route("broadcast", hostPrefix({ family, words: last }), words)]);
    }
  }
  return made;
}

function readRouteSpec(spec: RouteSpec, family: Family, where: string): Route | undefined {
  const via = spec.via === undefined ? null : addressIn(spec.via, `${where}.via`);
  const src = spec.src === undefined ? null : addressIn(spec.src, `${where}.src`);
  const isDefault = spec.to === "default";
  const prefix = isDefault ? anyPrefix(family) : readPrefix(spec.to);
  if (prefix === undefined)
    throw new TypeError(`${where}.to: expected a prefix or "default", got ${JSON.stringify(spec.to)}`);
  const of = spec.family ?? (isDefault ? (via ?? src)?.family : prefix.family);
  if (of !== undefined && of !== family) return undefined;
  return {
    type: spec.type ?? "unicast",
    prefix,
    length: maskLength(family, prefix.mask) ?? 0,
    dev: spec.dev ?? "",
    via: via?.words ?? null,
    src: src?.words ?? null,
    metric: spec.metric ?? 0,
  };
}

function addressIn(text: string, where: string): Address {
  const address = readAddress(text);
  if (address === undefined) throw new TypeError(`${where}: expected an address, got ${JSON.stringify(text)}`);
  return address;
}

function readRuleSpec(spec: RuleSpec, family: Family, at: number): PolicyRule {
  const where = `rules[${at}]`;
  const [markText, maskText] = `${spec.fwmark ?? "0/0"}`.split("/") as [string, string | undefined];
  const mark = readNumber(markText, UINT32);
  const mask = maskText === undefined ? UINT32 : readNumber(maskText, UINT32);
  if (mark === undefined || mask === undefined)
    throw new TypeError(`${where}.fwmark: expected value or value/mask, got ${JSON.stringify(spec.fwmark)}`);
  const prefix = (text: string | undefined, member: string) => {
    if (text === undefined) return null;
    const found = readPrefix(text);
    if (found === undefined) throw new TypeError(`${where}.${member}: expected a prefix, got ${JSON.stringify(text)}`);
    return found.family === family ? found : null;
  };
  return {
    priority: spec.priority ?? 32765 - at,
    table: tableId(spec.table, MAIN),
    mark: mark | 0,
    markMask: mask | 0,
    from: prefix(spec.from, "from"),
    to: prefix(spec.to, "to"),
    iif: spec.iif ?? null,
    oif: spec.oif ?? null,
    not: spec.not ?? false,
    suppress: spec.suppressPrefixLength ?? -1,
  };
}

/** The host with one more address on a device, its first: what an anonymous host becomes by what packets suppose. */
export function hostWithAddress(host: Host, family: Family, deviceName: string, words: Words): Host {
  const devices = new Map(host.devices);
  const old = devices.get(deviceName) ?? { name: deviceName, ipv4: [], ipv6: [] };
  const mask = maskOfLength(family, family === "ipv4" ? 24 : 64);
  const added: DeviceAddress = { words, prefix: prefixOf(family, words, mask), primary: true };
  devices.set(deviceName, { ...old, [family]: [added, ...old[family]] });
  return { ...host, devices, [family]: fibOf(family, devices, DEFAULT_ROUTES, []) };
}
