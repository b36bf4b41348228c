import {
  type Family,
  maskLength,
  maskOfLength,
  prefixOf,
  readAddress,
  readPrefix,
  sameWords,
  type Words,
} from "../net/address.ts";
import { nearName } from "../text/near.ts";
import { memberPath, unfit, unknownName } from "../text/shape.ts";
import { type Device, type DeviceAddress, type Fib, fibOf, withDevice } from "./fib.ts";
import { isLeftOut, readInterface, readRoute, readRule } from "./read-spec.ts";
import { readSockets, type Socket } from "./sockets.ts";
import type { HostSpec, InterfaceSpec, RouteSpec } from "./spec.ts";
import { readSysctl, type Sysctl, settingDevice } from "./sysctl.ts";

/** Everything of a namespace that packets do not change: devices, routing, sockets, sysctls. */
export interface Host {
  readonly devices: ReadonlyMap<string, Device>;
  /** The bridge of each port. */
  readonly bridges: ReadonlyMap<string, string>;
  readonly ipv4: Fib;
  readonly ipv6: Fib;
  readonly sysctl: Sysctl;
  /** null: unknown. */
  readonly sockets: readonly Socket[] | null;
  /** There are neither states nor policies of IPsec. */
  readonly withoutXfrm: boolean;
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

/**
 * @param spec whose shape was checked
 * @throws TypeError naming the member that is wrong, as a path from `where`
 */
export function readHost(spec: HostSpec, where = "netns"): Host {
  const devices = readDevices(spec.interfaces ?? DEFAULT_INTERFACES, `${where}.interfaces`);
  const routes = (spec.routes ?? (spec.interfaces === undefined ? DEFAULT_ROUTES : [])).flatMap((one, at) =>
    readRoute(one, `${where}.routes[${at}]`),
  );
  const rules = (spec.rules ?? []).map((one, at) => readRule(one, `${where}.rules[${at}]`));
  const { sysctl = {} } = spec;
  if (spec.interfaces !== undefined) checkDevices([...devices.keys()], spec, where);
  const ports = [...devices.values()].flatMap((one) => (one.ports ?? []).map((port) => [port, one.name] as const));
  return {
    devices,
    bridges: new Map(ports),
    ipv4: fibOf("ipv4", devices, routes, rules, where),
    ipv6: fibOf("ipv6", devices, routes, rules, where),
    sysctl: readSysctl(sysctl),
    sockets: spec.sockets === undefined ? null : readSockets(spec.sockets, `${where}.sockets`),
    withoutXfrm: spec.xfrm === "none",
    anonymous: spec.interfaces === undefined,
  };
}

/** The devices by name; `lo` is there whether it is given or not. */
function readDevices(interfaces: readonly unknown[], where: string): ReadonlyMap<string, Device> {
  const devices = new Map<string, Device>();
  for (const [at, one] of interfaces.entries()) {
    if (isLeftOut(one)) continue;
    const device = readInterface(one, `${where}[${at}]`, interfaces);
    if (devices.has(device.name)) unfit(`${where}[${at}].name`, "each device once", device.name);
    devices.set(device.name, readDevice(device, `${where}[${at}]`));
  }
  return devices.has("lo") ? devices : new Map([["lo", readDevice(DEFAULT_INTERFACES[0]!, where)], ...devices]);
}

/** Names as alike as eht0 and eth0; eth1 and veth0 are devices of their own. */
const isSlip = (name: string, of: string): boolean =>
  name.length === of.length && name.replace(/\D/g, "") === of.replace(/\D/g, "") && nearName(name, [of]) !== undefined;

/**
 * Routes and settings of a device that is not there and whose name is nearly that of one: a slip. A device of another
 * name is one that was left out of the description, and leads out of it.
 */
function checkDevices(known: readonly string[], { routes = [], sysctl = {} }: HostSpec, where: string): void {
  const check = (device: string | undefined, place: string): void => {
    if (device !== undefined && !known.includes(device) && known.some((one) => isSlip(device, one)))
      unknownName(place, known, device);
  };
  for (const [at, route] of (routes as readonly RouteSpec[]).entries())
    if ("to" in route) check(route.dev, `${where}.routes[${at}].dev`);
  for (const name of Object.keys(sysctl)) check(settingDevice(name), memberPath(`${where}.sysctl`, name));
}

function readDevice({ name, addresses, ports }: InterfaceSpec, where: string): Device {
  const device = {
    name,
    ports: name === "lo" ? [] : (ports ?? null),
    ipv4: [] as DeviceAddress[],
    ipv6: [] as DeviceAddress[],
  };
  for (const [at, text] of addresses.entries()) {
    const address = readAddress(text.split("/")[0]!);
    const prefix = readPrefix(text);
    if (address === undefined || prefix === undefined || maskLength(prefix.family, prefix.mask) === undefined)
      return unfit(`${where}.addresses[${at}]`, 'an address such as "10.0.0.2/24"', text);
    const list = device[address.family];
    const primary =
      address.family === "ipv6" ||
      !list.some((one) => sameWords(one.prefix.address, prefix.address) && sameWords(one.prefix.mask, prefix.mask));
    list.push({ words: address.words, prefix, primary });
  }
  return device;
}

/** The host with one more address on a device, its first: what an anonymous host becomes by what packets suppose. */
export function hostWithAddress(host: Host, family: Family, deviceName: string, words: Words): Host {
  const devices = new Map(host.devices);
  const old = devices.get(deviceName) ?? { name: deviceName, ports: null, ipv4: [], ipv6: [] };
  const mask = maskOfLength(family, family === "ipv4" ? 24 : 64);
  const added: DeviceAddress = { words, prefix: prefixOf(family, words, mask), primary: true };
  const device = { ...old, [family]: [added, ...old[family]] };
  devices.set(deviceName, device);
  return { ...host, devices, [family]: withDevice(host[family], family, device) };
}
