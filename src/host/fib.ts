import {
  type Address,
  addressBits,
  addToAddress,
  anyPrefix,
  type Family,
  hostPrefix,
  maskLength,
  type Prefix,
  prefixHas,
  readAddress,
  readPrefix,
  sameWords,
  type Words,
} from "../net/address.ts";
import { readNumber, UINT32 } from "../text/number.ts";
import { unfit } from "../text/shape.ts";
import type { RouteSpec, RouteType, RuleSpec } from "./spec.ts";

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
  /** Of a bridge; empty: it is none; null: not said. */
  readonly ports: readonly string[] | null;
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

const LOCAL = "255";
const MAIN = "254";
const TABLE_NAMES: Readonly<Record<string, string>> = { local: LOCAL, main: MAIN, default: "253" };

/** The number of a routing table as text; names that are not the usual three stay as they are. */
const tableId = (table: string | number | undefined, otherwise: string): string =>
  table === undefined ? otherwise : (TABLE_NAMES[`${table}`] ?? `${table}`);

/** The routing of one family: what follows from the devices, and what was given. */
export function fibOf(
  family: Family,
  devices: ReadonlyMap<string, Device>,
  routes: readonly RouteSpec[],
  rules: readonly RuleSpec[],
  where: string,
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
    const route = readRouteSpec(spec, family, devices, `${where}.routes[${at}]`);
    if (route === undefined) continue;
    const table = tableId(spec.table, route.type === "local" || route.type === "broadcast" ? LOCAL : MAIN);
    const known = tables.get(table)?.some((one) => sameRoute(one, route));
    if (known) continue;
    if (route.type === "local") customLocal = true;
    add(table, route);
  }
  for (const list of tables.values()) inOrder(list);
  const policy: PolicyRule[] = [];
  for (const [at, rule] of rules.entries())
    if ((familyOfRule(rule) ?? family) === family)
      policy.push(readRuleSpec(rule, family, 32765 - policy.length, `${where}.rules[${at}]`));
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

/** The routing with the routes of a device that has changed; they come before those of the same kind that are there. */
export function withDevice(fib: Fib, family: Family, device: Device): Fib {
  const tables = new Map<string, readonly Route[]>(fib.tables);
  for (const [table, route] of deviceRoutes(family, device).reverse())
    tables.set(table, inOrder([route, ...(tables.get(table) ?? []).filter((one) => !sameRoute(one, route))]));
  return { ...fib, tables };
}

/** Longest prefix first, then lowest metric. */
const inOrder = (routes: Route[]): Route[] => routes.sort((a, b) => b.length - a.length || a.metric - b.metric);

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

function readRouteSpec(
  spec: RouteSpec,
  family: Family,
  devices: ReadonlyMap<string, Device>,
  where: string,
): Route | undefined {
  const via = spec.via === undefined ? null : addressIn(spec.via, `${where}.via`);
  const src = spec.src === undefined ? null : addressIn(spec.src, `${where}.src`);
  const isDefault = spec.to === "default";
  const prefix = isDefault ? anyPrefix(family) : readPrefix(spec.to);
  if (prefix === undefined) return unfit(`${where}.to`, 'a prefix or "default"', spec.to);
  const of = spec.family ?? (isDefault ? (via ?? src)?.family : prefix.family);
  if (of !== undefined && of !== family) return undefined;
  const { type = "unicast" } = spec;
  const dev = spec.dev ?? (via && deviceOfNextHop(devices, via));
  if (dev == null && (type === "unicast" || via !== null))
    unfit(`${where}.dev`, via === null ? "a device" : "a device, since no interface's subnet holds via", spec.dev);
  return {
    type,
    prefix,
    length: maskLength(family, prefix.mask) ?? 0,
    dev: dev ?? "",
    via: via?.words ?? null,
    src: src?.words ?? null,
    metric: spec.metric ?? 0,
  };
}

/** The device whose subnet a next hop is in. Kernel: fib_check_nh. */
const deviceOfNextHop = (devices: ReadonlyMap<string, Device>, { family, words }: Address): string | undefined =>
  [...devices.values()].find((one) => one[family].some(({ prefix }) => prefixHas(prefix, words)))?.name;

const addressIn = (text: string, where: string): Address => readAddress(text) ?? unfit(where, "an address", text);

/** A rule is of the family that it says, else that of its prefixes; undefined: of both. */
function familyOfRule({ family, from, to }: RuleSpec): Family | undefined {
  const text = from ?? to;
  return family ?? (text === undefined ? undefined : readPrefix(text)?.family);
}

function readRuleSpec(spec: RuleSpec, family: Family, priority: number, where: string): PolicyRule {
  const [markText, maskText] = `${spec.fwmark ?? "0/0"}`.split("/") as [string, string | undefined];
  const mark = readNumber(markText, UINT32);
  const mask = maskText === undefined ? UINT32 : readNumber(maskText, UINT32);
  if (mark === undefined || mask === undefined) return unfit(`${where}.fwmark`, "value or value/mask", spec.fwmark);
  const prefix = (text: string | undefined, member: string) => {
    if (text === undefined) return null;
    const found = readPrefix(text);
    return found?.family === family ? found : unfit(`${where}.${member}`, `a prefix of ${family}`, text);
  };
  return {
    priority: spec.priority ?? priority,
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
