import type { Family } from "../../net/address.ts";
import { dnsInForce, dnsRules } from "./dns.ts";
import { append, type Draft, insert } from "./draft.ts";
import { readNetipPrefix } from "./netip.ts";
import { releaseBefore } from "./release.ts";
import type { IstioConfig, SettingName } from "./settings.ts";
import { pieces } from "./shapes.ts";

/** Destinations that mean the application's own loopback. */
export const loopbackOf = (config: IstioConfig, family: Family): string =>
  family === "ipv4" ? config.hostIPv4LoopbackCidr : "::1/128";

/** The jump from OUTPUT and the whole of ISTIO_OUTPUT, in order: the first rule that fits decides. */
export function outboundRules(config: IstioConfig, family: Family): Draft[] {
  const OUT = "nat ISTIO_OUTPUT";
  const passthrough = family === "ipv4" ? "127.0.0.6/32" : "::6/128";
  const own: SettingName[] = family === "ipv4" ? ["hostIPv4LoopbackCidr"] : [];
  return [
    // Only TCP went through the chain before (istio/istio pull request 53998).
    releaseBefore(config, 25)
      ? append("nat OUTPUT", "-p tcp -j ISTIO_OUTPUT", "release")
      : append("nat OUTPUT", "-j ISTIO_OUTPUT"),
    ...pieces(config.outboundPortsExclude).flatMap((port) =>
      ["tcp", "udp"].map((proto) => append(OUT, `-p ${proto} --dport ${port} -j RETURN`, "outboundPortsExclude")),
    ),
    // The proxy's connection to the application behind it comes from this address.
    append(OUT, `-o lo -s ${passthrough} -j RETURN`),
    ...pieces(config.proxyUID).flatMap((uid) => proxyOwner(config, family, "uid", uid)),
    ...pieces(config.proxyGID).flatMap((gid) => proxyOwner(config, family, "gid", gid)),
    ...ownerGroups(config),
    ...(dnsInForce(config) ? dnsRules(config, family) : []),
    append(OUT, `-d ${loopbackOf(config, family)} -j RETURN`, ...own),
    ...rangesOf(config.outboundIPRangesExclude, family).map((range) =>
      append(OUT, `-d ${range} -j RETURN`, "outboundIPRangesExclude"),
    ),
    ...pieces(config.outboundPortsInclude).map((port) =>
      append(OUT, `-p tcp --dport ${port} -j ISTIO_REDIRECT`, "outboundPortsInclude"),
    ),
    ...includedRanges(config, family),
  ];
}

/**
 * Three rules for each owner that is the proxy: what it sends to its own pod is inbound again; what others send over
 * lo is left alone; whatever else it sends leaves.
 */
function proxyOwner(config: IstioConfig, family: Family, by: "uid" | "gid", id: string): Draft[] {
  const OUT = "nat ISTIO_OUTPUT";
  const setting = by === "uid" ? "proxyUID" : "proxyGID";
  const own: SettingName[] = family === "ipv4" ? ["hostIPv4LoopbackCidr"] : [];
  const dns = dnsInForce(config);
  // A proxy that asks a resolver in its own pod would otherwise come in as inbound; the tool spares port 53 for uids only.
  const tunnel = config.inboundTunnelPort;
  const spared = dns && by === "uid" ? `-m multiport ! --dports 53,${tunnel}` : `! --dport ${tunnel}`;
  const spares: SettingName[] = dns && by === "uid" ? ["redirectDNS"] : [];
  const rules = [
    append(
      OUT,
      `-o lo ! -d ${loopbackOf(config, family)} -p tcp ${spared} -m owner --${by}-owner ${id} -j ISTIO_IN_REDIRECT`,
      setting,
      "inboundTunnelPort",
      ...spares,
      ...own,
    ),
  ];
  // A range of loopback addresses in outboundIPRangesInclude means that lo is to be captured too.
  if (!capturesLoopback(config))
    rules.push(
      dns
        ? append(OUT, `-o lo -p tcp ! --dport 53 -m owner ! --${by}-owner ${id} -j RETURN`, setting, "redirectDNS")
        : append(OUT, `-o lo -m owner ! --${by}-owner ${id} -j RETURN`, setting),
    );
  return [...rules, append(OUT, `-m owner --${by}-owner ${id} -j RETURN`, setting)];
}

/** Groups whose packets are captured are matches of one rule; groups that are spared have one rule each. */
function ownerGroups(config: IstioConfig): Draft[] {
  const OUT = "nat ISTIO_OUTPUT";
  if (config.ownerGroupsInclude === "*")
    return pieces(config.ownerGroupsExclude).map((group) =>
      append(OUT, `-m owner --gid-owner ${group} -j RETURN`, "ownerGroupsExclude"),
    );
  const others = pieces(config.ownerGroupsInclude).map((group) => `-m owner ! --gid-owner ${group} `);
  return [append(OUT, `${others.join("")}-j RETURN`, "ownerGroupsInclude")];
}

const prefixesOf = (ranges: string) => pieces(ranges).flatMap((range) => readNetipPrefix(range) ?? []);

/** The ranges of one family, as the tool spells them. */
const rangesOf = (ranges: string, family: Family): string[] =>
  prefixesOf(ranges).flatMap((prefix) => (prefix.family === family ? [prefix.text] : []));

const capturesLoopback = (config: IstioConfig): boolean =>
  prefixesOf(config.outboundIPRangesInclude).some((prefix) => prefix.loopback);

/** What is captured in the end; virtual interfaces get the same in PREROUTING, in front of their RETURN. */
function includedRanges(config: IstioConfig, family: Family): Draft[] {
  const devices = pieces(config.rerouteVirtualInterfaces);
  const settings: SettingName[] = ["outboundIPRangesInclude", "rerouteVirtualInterfaces"];
  const fromDevices = (to: string) =>
    devices.map((name) => insert("nat PREROUTING", 1, `-i ${name}${to} -j ISTIO_REDIRECT`, ...settings));
  if (config.outboundIPRangesInclude === "*")
    return [append("nat ISTIO_OUTPUT", "-j ISTIO_REDIRECT", "outboundIPRangesInclude"), ...fromDevices("")];
  return rangesOf(config.outboundIPRangesInclude, family).flatMap((range) => [
    ...fromDevices(` -d ${range}`),
    append("nat ISTIO_OUTPUT", `-d ${range} -j ISTIO_REDIRECT`, "outboundIPRangesInclude"),
  ]);
}
