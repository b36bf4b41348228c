/** The kernel settings that decide where packets go, as questions about a device. */
export interface Sysctl {
  forwarding(v6: boolean, device: string): boolean;
  routeLocalnet(device: string): boolean;
  /** 0 off, 1 strict, 2 loose: the larger of `all` and the device's. */
  reversePathFilter(device: string): number;
  readonly tcpLoose: boolean;
}

/** Reads settings by their names in `sysctl`, with the kernel's defaults for a new namespace. */
export function readSysctl(given: Readonly<Record<string, number | string>>): Sysctl {
  const value = (name: string): number | undefined => {
    const found = Object.hasOwn(given, name) ? Number(given[name]) : undefined;
    if (found !== undefined && !Number.isInteger(found))
      throw new TypeError(`sysctl: ${name}: expected a whole number, got ${JSON.stringify(given[name])}`);
    return found;
  };
  for (const name of Object.keys(given)) value(name);
  const conf = (device: string, name: string) => value(`net.ipv4.conf.${device}.${name}`);
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
  };
}
