import { toSave } from "../../src/index.ts";
import type { IstioSettings } from "../../src/mesh/istio/config.ts";
import { istioIptables } from "../../src/mesh/istio/iptables.ts";
import type { Random } from "./fuzz-random.ts";
import type { Family } from "./lab-types.ts";

const maybe = <T>(random: Random, probability: number, value: T, otherwise: T): T =>
  random.chance(probability) ? value : otherwise;

function sidecar(random: Random): IstioSettings {
  const release = random.pick(["", "", "1.19.0", "1.12.0"]);
  return {
    enableIPv6: true,
    release,
    inboundInterceptionMode: maybe(random, 0.3, "TPROXY", "REDIRECT"),
    inboundPortsInclude: random.pick(["*", "*", "80,8080", ""]),
    inboundPortsExclude: random.pick(["", "22,15090", "15020:15021"]),
    outboundPortsInclude: random.pick(["", "443"]),
    outboundPortsExclude: random.pick(["", "53", "22,443"]),
    outboundIPRangesInclude: random.pick(["*", "*", "10.96.0.0/12,fd00:96::/64", ""]),
    outboundIPRangesExclude: random.pick(["", "8.8.8.0/24,2001:db8::/32"]),
    excludeInterfaces: random.pick(["", "", "eth1"]),
    ownerGroupsInclude: random.pick(["*", "*", "1000"]),
    ownerGroupsExclude: random.pick(["", "65534"]),
    proxyUID: random.pick(["1337", "1337", "0,1337"]),
    proxyGID: random.pick(["", "1337", "0"]),
    redirectDNS: random.chance(0.4),
    captureAllDNS: random.chance(0.3),
    dnsServersV4: maybe(random, 0.6, ["10.96.0.10"], []),
    dnsServersV6: maybe(random, 0.6, ["fd00:96::10"], []),
    dropInvalid: random.chance(0.3),
  };
}

const ambient = (random: Random): IstioSettings => ({
  suite: "cni",
  kind: "inpod",
  enableIPv6: true,
  redirectDNS: random.chance(0.6),
  ingressMode: random.chance(0.2),
  dnsProxy: random.pick(["unset", "enabled", "disabled"]),
});

/** Exchanges two neighbouring rules of one chain. */
function swapped(random: Random, rules: string): string {
  const lines = rules.split("\n");
  const chain = (line: string | undefined): string | undefined => /^-A (\S+)/.exec(line ?? "")?.[1];
  const places = lines.flatMap((line, at) =>
    chain(line) !== undefined && chain(line) === chain(lines[at + 1]) ? [at] : [],
  );
  if (places.length === 0) return rules;
  const at = random.pick(places);
  [lines[at], lines[at + 1]] = [lines[at + 1]!, lines[at]!];
  return lines.join("\n");
}

/** The rules of a sidecar or of ambient with settings drawn at random, every fourth time with two rules exchanged. */
export function istioRules(random: Random, family: Family): string {
  const made = istioIptables(random.chance(0.75) ? sidecar(random) : ambient(random));
  const rules = toSave(family === 4 ? made.ipv4 : made.ipv6!);
  return random.chance(0.25) ? swapped(random, rules) : rules;
}
