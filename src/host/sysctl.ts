import { nearName } from "../text/near.ts";
import { memberPath, objectAt, type Shape, unfit } from "../text/shape.ts";

/** The kernel settings that decide where packets go, as questions about a device. */
export interface Sysctl {
  forwarding(v6: boolean, device: string): boolean;
  routeLocalnet(device: string): boolean;
  /** 0 off, 1 strict, 2 loose: the larger of `all` and the device's. */
  reversePathFilter(device: string): number;
  readonly tcpLoose: boolean;
  /** How many conntrack entries there may be (U6); null: as many as come. */
  readonly conntrackMax: number | null;
  /** Whether what a bridge switches passes the chains, where br_netfilter is loaded (F2, U4). */
  bridgeCalls(v6: boolean): boolean;
}

/** Every setting that counts, one a line; DEV stands for `all`, `default` or a device. */
const MODELLED = [
  "net.ipv4.ip_forward",
  "net.ipv4.conf.DEV.forwarding",
  "net.ipv4.conf.DEV.route_localnet",
  "net.ipv4.conf.DEV.rp_filter",
  // Only `all` decides about forwarding (A6); a device's says what the host is for autoconfiguration.
  "net.ipv6.conf.DEV.forwarding",
  "net.netfilter.nf_conntrack_tcp_loose",
  "net.netfilter.nf_conntrack_max",
  "net.bridge.bridge-nf-call-iptables",
  "net.bridge.bridge-nf-call-ip6tables",
] as const;

/** Settings that would change what packets do and are not modelled: taken with the value that is, the kernel's default. */
const FIXED: Readonly<Record<string, number>> = {
  "net.ipv4.conf.DEV.accept_local": 0,
  "net.ipv4.conf.DEV.src_valid_mark": 0,
  "net.ipv4.fwmark_reflect": 0,
  "net.ipv6.fwmark_reflect": 0,
  "net.ipv4.tcp_fwmark_accept": 0,
  "net.ipv4.conf.DEV.bc_forwarding": 0,
  "net.ipv4.conf.DEV.mc_forwarding": 0,
  "net.ipv6.conf.DEV.mc_forwarding": 0,
  "net.ipv6.conf.DEV.disable_ipv6": 0,
  "net.netfilter.nf_conntrack_tcp_be_liberal": 0,
};

const DEVICE = /^(net\.ipv[46]\.conf\.)(.+)(\.[a-z0-9_]+)$/;

/** The device that a setting is of; undefined for `all`, `default` and what is of no device. */
export function settingDevice(name: string): string | undefined {
  const device = DEVICE.exec(name)?.[2];
  return device === "all" || device === "default" ? undefined : device?.replaceAll("/", ".");
}

const settingAt: Shape = (value, where) => {
  if (!Number.isInteger(value) && !(typeof value === "string" && /^-?\d+$/.test(value.trim())))
    unfit(where, "a whole number", value);
};

/** The settings of a namespace, by their names in `sysctl`. A name that is close to one that counts is a slip. */
export const SYSCTL: Shape = (value, where) => {
  const settings = objectAt(value, where);
  for (const [name, given] of Object.entries(settings)) {
    const place = memberPath(where, name);
    const general = name.replace(DEVICE, "$1DEV$3");
    const fixed = Object.hasOwn(FIXED, general) ? FIXED[general] : undefined;
    if (fixed === undefined && !(MODELLED as readonly string[]).includes(general)) {
      const known = [...MODELLED, ...Object.keys(FIXED)];
      const device = DEVICE.exec(name)?.[2] ?? "all";
      const near = nearName(
        name,
        known.map((one) => one.replace("DEV", device)),
      );
      const hint = near === undefined ? "names are those of sysctl" : `did you mean "${near}"?`;
      // The kernel has hundreds that no packet's way depends on: of a name that is none of ours, only a slip is refused.
      if (near !== undefined || !/^(net|kernel|fs|vm)\.\w/.test(name))
        unfit(place, `a setting that counts (${MODELLED.join(", ")})`, name, hint);
    }
    settingAt(given, place);
    if (fixed !== undefined && Number(given) !== fixed) unfit(place, `${fixed}, since nothing else is modelled`, given);
  }
};

/** Reads settings by their names in `sysctl`, with the kernel's defaults for a new namespace. */
export function readSysctl(given: Readonly<Record<string, number | string>>): Sysctl {
  const value = (name: string): number | undefined => {
    const found = Object.hasOwn(given, name) ? given[name] : undefined;
    return found === undefined ? undefined : Number(found);
  };
  // A dot in a device's name is written as a slash: eth0.100 is net.ipv4.conf.eth0/100.
  const conf = (device: string, name: string) =>
    value(`net.ipv4.conf.${device.replaceAll(".", "/")}.${name}`) ?? value(`net.ipv4.conf.${device}.${name}`);
  const either = (device: string, name: string) =>
    Math.max(conf("all", name) ?? 0, conf(device, name) ?? conf("default", name) ?? 0);
  // Writing ip_forward (or conf.all.forwarding, the same setting) sets every device; a device may be set afterwards.
  const ipForward = value("net.ipv4.ip_forward") ?? conf("all", "forwarding") ?? 0;
  const forwarding6 = value("net.ipv6.conf.all.forwarding") ?? 0;
  return {
    forwarding: (v6, device) => (v6 ? forwarding6 : (conf(device, "forwarding") ?? ipForward)) !== 0,
    routeLocalnet: (device) => either(device, "route_localnet") !== 0,
    reversePathFilter: (device) => either(device, "rp_filter"),
    tcpLoose: (value("net.netfilter.nf_conntrack_tcp_loose") ?? 1) !== 0,
    // Zero is no limit: net/netfilter/nf_conntrack_core.c, __nf_conntrack_alloc.
    conntrackMax: value("net.netfilter.nf_conntrack_max") || null,
    bridgeCalls: (v6) => (value(`net.bridge.bridge-nf-call-ip${v6 ? "6" : ""}tables`) ?? 1) !== 0,
  };
}
