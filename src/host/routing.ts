import { type Family, prefixHas, sameWords, type Words } from "../net/address.ts";
import { ADDRESS_TYPES, type AddressType } from "../predicate/predicate.ts";
import type { Device, DeviceAddress, Fib, PolicyRule, Route } from "./fib.ts";
import type { Host } from "./host.ts";

/** What a route look-up goes by. Devices are "" where there is none. */
export interface RouteKey {
  readonly destination: Words;
  /** null while a socket has not chosen one. */
  readonly source: Words | null;
  readonly mark: number;
  readonly inDevice: string;
  readonly outDevice: string;
}

const ANYWHERE: Words = [0, 0, 0, 0];

function applies(rule: PolicyRule, key: RouteKey): boolean {
  const fits =
    (rule.markMask === 0 || ((key.mark ^ rule.mark) & rule.markMask) === 0) &&
    (rule.from === null || prefixHas(rule.from, key.source ?? ANYWHERE)) &&
    (rule.to === null || prefixHas(rule.to, key.destination)) &&
    (rule.iif === null || rule.iif === (key.inDevice || "lo")) &&
    (rule.oif === null || rule.oif === key.outDevice);
  return fits !== rule.not;
}

/**
 * The route that the policy rules and their tables give, or undefined. A `throw` route goes on with the next rule.
 *
 * Kernel: fib_rules_lookup, fib_table_lookup.
 */
export function lookUpRoute(fib: Fib, key: RouteKey): Route | undefined {
  for (const rule of fib.rules) {
    const routes = fib.tables.get(rule.table);
    if (routes === undefined || !applies(rule, key)) continue;
    const route = routes.find(
      (one) =>
        prefixHas(one.prefix, key.destination) &&
        (key.outDevice === "" || one.dev === key.outDevice || one.type === "local"),
    );
    if (route === undefined || route.type === "throw" || route.length <= rule.suppress) continue;
    return route;
  }
  return undefined;
}

const LOCAL_TABLE = "255";

/** The kind that the local table alone gives an address, and `-m addrtype` and routing see (T10). */
function localKind(fib: Fib, words: Words, device: string | undefined): "local" | "broadcast" | undefined {
  const found = fib.tables
    .get(LOCAL_TABLE)
    ?.find((route) => (device === undefined || route.dev === device) && prefixHas(route.prefix, words));
  return found?.type === "local" || found?.type === "broadcast" ? found.type : undefined;
}

/** Whether packets to an address are for this host, by the local table. */
export const isLocalAddress = (host: Host, family: Family, words: Words): boolean =>
  localKind(host[family], words, undefined) === "local";

/** Whether an address is configured on a device of this host; 127.0.0.9 usually is not (B1). */
export function isConfigured(host: Host, family: Family, words: Words): boolean {
  for (const device of host.devices.values())
    if (device[family].some((address) => sameWords(address.words, words))) return true;
  return false;
}

const isLoopback4 = (words: Words): boolean => words[3] >>> 24 === 127;
export const isLoopback6 = (words: Words): boolean =>
  words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3] === 1;
const isMulticast = (family: Family, words: Words): boolean =>
  family === "ipv4" ? words[3] >>> 28 === 14 : words[0] >>> 24 === 0xff;

const bit = (type: AddressType): number => 1 << ADDRESS_TYPES.indexOf(type);
const UNSPEC = bit("UNSPEC");
const UNICAST = bit("UNICAST");
const LOCAL = bit("LOCAL");
const BROADCAST = bit("BROADCAST");
const MULTICAST = bit("MULTICAST");

/**
 * The kinds of an address as bits of ADDRESS_TYPES: one of them for IPv4; for IPv6 every one that holds, UNICAST for
 * every address that is not multicast (A4).
 *
 * Kernel: inet_dev_addr_type; xt_addrtype.c, match_type6.
 */
export function addressTypes(host: Host, family: Family, words: Words, device: string | undefined): number {
  const kind = localKind(host[family], words, device);
  if (family === "ipv6") {
    if (isMulticast(family, words)) return MULTICAST;
    const unspecified = sameWords(words, ANYWHERE) ? UNSPEC : 0;
    return UNICAST | unspecified | (kind === "local" ? LOCAL : 0);
  }
  const value = words[3];
  if (value === -1 || value >>> 24 === 0) return BROADCAST;
  if (isMulticast(family, words)) return MULTICAST;
  return kind === "local" ? LOCAL : kind === "broadcast" ? BROADCAST : UNICAST;
}

/** Whether a packet to this address is for one host alone. */
export const isForOne = (host: Host, family: Family, words: Words): boolean =>
  (addressTypes(host, family, words, undefined) & (BROADCAST | MULTICAST)) === 0;

const commonLength = (a: Words, b: Words): number => {
  let length = 0;
  for (let at = 0; at < 4; at++) {
    const same = Math.clz32(a[at]! ^ b[at]!);
    length += same;
    if (same < 32) break;
  }
  return length;
};

const isLinkLocal = (words: Words): boolean => (words[0] & (0xffc0 << 16)) === 0xfe80 << 16;

/** An address of a device for packets to `toward`: IPv4's first primary one of that subnet, else the first. N18, B2. */
export function sourceOn(host: Host, family: Family, device: Device | undefined, toward: Words): Words | undefined {
  if (family === "ipv6") return sourceOn6(host, device, toward);
  // lo's addresses have host scope and do not count outside of 127/8 (B2).
  const usable = (one: Device): readonly DeviceAddress[] =>
    one.name === "lo" ? [] : one.ipv4.filter((address) => address.primary);
  const own = device === undefined ? [] : usable(device);
  const match = own.find((address) => prefixHas(address.prefix, toward)) ?? own[0];
  if (match !== undefined) return match.words;
  for (const other of host.devices.values()) {
    const [first] = usable(other);
    if (first !== undefined) return first.words;
  }
  return undefined;
}

/** Source selection by same address, scope and longest match. Kernel: ipv6_dev_get_saddr (D10). */
function sourceOn6(host: Host, device: Device | undefined, toward: Words): Words | undefined {
  if (isConfigured(host, "ipv6", toward)) return toward;
  if (isLoopback6(toward)) return toward;
  const near = isLinkLocal(toward);
  let best: Words | undefined;
  const candidates = (device?.ipv6 ?? []).filter((one) => !isLoopback6(one.words));
  const pool =
    candidates.length > 0
      ? candidates
      : [...host.devices.values()].flatMap((one) => (one.name === "lo" ? [] : one.ipv6));
  for (const { words } of pool) {
    if (isLinkLocal(words) !== near && best !== undefined) continue;
    const better =
      best === undefined || isLinkLocal(best) !== near || commonLength(words, toward) > commonLength(best, toward);
    if (better) best = words;
  }
  return best;
}

/**
 * The address that REDIRECT gives in PREROUTING: the device's first, for IPv6 the first of the dialled one's scope.
 * Undefined: there is none, and the packet is dropped (N10, N12).
 */
export function redirectAddress(device: Device | undefined, family: Family, dialled: Words): Words | undefined {
  const list = device?.[family] ?? [];
  if (family === "ipv4") return list.find((address) => address.primary)?.words;
  return list.find((address) => isLinkLocal(address.words) === isLinkLocal(dialled))?.words;
}

/** Routes that end a look-up with an error. Kernel: fib_props. */
const isRefusal = ({ type }: Route): boolean => type === "blackhole" || type === "unreachable" || type === "prohibit";

/** A locally generated packet's way out. */
export type OutputRoute =
  | { readonly kind: "out"; readonly device: string; readonly source: Words; readonly nextHop: Words }
  | { readonly kind: "none"; readonly reason: string };

const none = (reason: string): OutputRoute => ({ kind: "none", reason });

/**
 * The way that a local packet takes: the device, `lo` for local destinations, and the source if none is bound.
 *
 * Kernel: ip_route_output_key_hash_rcu, ip6_route_output. Rules R2, R8, L1, L2, X3, D4.
 *
 * @param datagram the socket is not TCP: with a mark that leads to a local route it takes the destination as source (D4, E10)
 */
export function routeOutput(host: Host, family: Family, key: RouteKey, datagram: boolean): OutputRoute {
  const route = lookUpRoute(host[family], key);
  if (route === undefined) return none("no route");
  if (isRefusal(route)) return none(route.type);
  const local = route.type === "local";
  const device = local ? "lo" : route.dev;
  const nextHop = route.via ?? key.destination;
  let { source } = key;
  if (source === null) {
    const foreign = local && !isLocalAddress(host, family, key.destination);
    if (local && foreign && family === "ipv4" && !datagram) return none("source would be the destination itself");
    const chosen =
      route.src ??
      (local
        ? family === "ipv4" || isConfigured(host, family, key.destination)
          ? key.destination
          : sourceOn(host, family, host.devices.get("lo"), key.destination)
        : sourceOn(
            host,
            family,
            host.devices.get(route.dev),
            family === "ipv4" ? (route.via ?? ANYWHERE) : key.destination,
          ));
    if (chosen === undefined) return none("no source address");
    source = chosen;
  }
  if (family === "ipv4" && device !== "lo" && isLoopback4(source) && !host.sysctl.routeLocalnet(device))
    return none("loopback source on another device");
  return { kind: "out", device, source, nextHop };
}

/** What routing does with a packet that came in. */
export type InputRoute =
  | { readonly kind: "local" }
  | { readonly kind: "forward"; readonly device: string; readonly nextHop: Words }
  | { readonly kind: "none"; readonly reason: string };

/**
 * The decision after PREROUTING for a packet that did not come over lo.
 *
 * Kernel: ip_route_input_slow, fib_validate_source, ip6_route_input. Rules R1, R11, X1 to X5, A1, A3, A6, B1.
 */
export function routeInput(host: Host, family: Family, key: RouteKey & { readonly source: Words }): InputRoute {
  const { source, destination, inDevice } = key;
  if (family === "ipv6") return routeInput6(host, key);
  const localnet = host.sysctl.routeLocalnet(inDevice);
  const zero = source[3] === 0;
  if (isMulticast(family, source) || source[3] === -1 || (source[3] >>> 24 === 0 && !(zero && destination[3] === -1)))
    return { kind: "none", reason: "martian source" };
  if (destination[3] === -1) return validateSource(host, key) ?? { kind: "local" };
  if (destination[3] >>> 24 === 0) return { kind: "none", reason: "martian destination" };
  if (isLoopback4(destination) && !localnet) return { kind: "none", reason: "martian destination" };
  if (isLoopback4(source) && !localnet) return { kind: "none", reason: "martian source" };
  if (isMulticast(family, destination)) return { kind: "local" };
  const route = lookUpRoute(host.ipv4, key);
  const forwards = host.sysctl.forwarding(false, inDevice);
  if (route === undefined) return { kind: "none", reason: forwards ? "no route" : "forwarding disabled" };
  if (route.type === "local" || route.type === "broadcast") return validateSource(host, key) ?? { kind: "local" };
  if (!forwards) return { kind: "none", reason: "forwarding disabled" };
  if (route.type !== "unicast") return { kind: "none", reason: route.type };
  const martian = validateSource(host, { ...key, outDevice: route.dev });
  return martian ?? { kind: "forward", device: route.dev, nextHop: route.via ?? destination };
}

/**
 * Whether a source may come in here (X1, X4, B1): `outDevice` is where the packet is forwarded to, "" if it is for this
 * host. The way back is looked up as if the packet came in from there, and always where it goes out again the way it
 * came (E8).
 *
 * Kernel: fib_validate_source, __fib_validate_source.
 */
function validateSource(host: Host, key: RouteKey & { readonly source: Words }): InputRoute | undefined {
  const { source, inDevice, outDevice, destination } = key;
  if (source[3] === 0) return undefined;
  const filter = host.sysctl.reversePathFilter(inDevice);
  if (filter === 0 && !host.ipv4.custom && inDevice !== outDevice)
    return isConfigured(host, "ipv4", source) ? { kind: "none", reason: "martian source" } : undefined;
  const back = lookUpRoute(host.ipv4, {
    destination: source,
    source: destination,
    mark: 0,
    inDevice: outDevice,
    outDevice: "",
  });
  // A route that refuses is no route here: the look-up fails.
  if (back === undefined || isRefusal(back))
    return filter > 0 ? { kind: "none", reason: "reverse path filter" } : undefined;
  if (back.type !== "unicast") return { kind: "none", reason: "martian source" };
  if (filter === 1 && back.dev !== inDevice) return { kind: "none", reason: "reverse path filter" };
  return undefined;
}

function routeInput6(host: Host, key: RouteKey & { readonly source: Words }): InputRoute {
  const { destination, inDevice } = key;
  if (isMulticast("ipv6", destination)) return { kind: "local" };
  if (isLoopback6(destination)) {
    // ::1 is not local to another device; only a device's own default route takes it, out again (A3).
    const main = host.ipv6.tables.get("254")?.find((route) => prefixHas(route.prefix, destination));
    if (main?.dev === inDevice && host.sysctl.forwarding(true, inDevice))
      return { kind: "forward", device: main.dev, nextHop: main.via ?? destination };
    return { kind: "none", reason: "martian destination" };
  }
  const route = lookUpRoute(host.ipv6, key);
  if (route?.type === "local") return { kind: "local" };
  if (!host.sysctl.forwarding(true, inDevice)) return { kind: "none", reason: "forwarding disabled" };
  if (route === undefined) return { kind: "none", reason: "no route" };
  if (route.type !== "unicast") return { kind: "none", reason: route.type };
  return { kind: "forward", device: route.dev, nextHop: route.via ?? destination };
}
