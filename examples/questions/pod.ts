/** The pod of all these examples: 10.244.1.10 on eth0, its peer .20, its node .1, a service at 10.96.0.50. */
import { createNetns, type Netns, type PacketSpec, parse, type Proxy as Relay, toSave } from "../../src/index.ts";
import type { Ruleset } from "../../src/iptables/ruleset/ruleset.ts";
import { type IstioSettings, resolveSettings } from "../../src/mesh/istio/config.ts";
import { istioIptables } from "../../src/mesh/istio/iptables.ts";

/** What the injector asks for if nobody says otherwise. */
export const USUAL: IstioSettings = {
  inboundPortsInclude: "*",
  inboundPortsExclude: "15020,15021,15090",
  outboundIPRangesInclude: "*",
};

/** An application's packets and the proxy's. */
export const APP = { uid: 1000, gid: 1000 } as const;
export const ENVOY = { uid: 1337, gid: 1337 } as const;

/** A TCP connection that a process of the pod opens. */
export const opens = (owner: Pick<PacketSpec, "uid" | "gid">, dst: string, dport: number): PacketSpec => ({
  proto: "tcp",
  dst,
  dport,
  ...owner,
});

/** A TCP connection from the peer. */
export const arrives = (dport: number, more: Partial<PacketSpec> = {}): PacketSpec => ({
  proto: "tcp",
  src: "10.244.1.20",
  dst: "10.244.1.10",
  dport,
  in: "eth0",
  ...more,
});

/** The pod with rules of one's own, and the policy routing that TPROXY needs. */
export const podWith = (
  ruleset: Ruleset | string,
  { rules = [], routes = [] }: { readonly rules?: readonly unknown[]; readonly routes?: readonly unknown[] } = {},
): Netns =>
  createNetns({
    rulesets: [typeof ruleset === "string" ? parse(ruleset, { family: "ipv4" }).ruleset : ruleset],
    interfaces: [
      { name: "lo", addresses: ["127.0.0.1/8"] },
      { name: "eth0", addresses: ["10.244.1.10/24"] },
    ],
    routes: [{ to: "default", via: "10.244.1.1", dev: "eth0" }, ...routes],
    rules,
  });

/** The pod as these settings of istio-iptables leave it. */
export function pod(settings: IstioSettings = USUAL): Netns {
  const { ipv4, host } = istioIptables(settings);
  return podWith(ipv4, host);
}

/** The rules of a namespace, with lines that hold `remove` taken out, or replaced. */
export function edited(netns: Netns, change: (lines: readonly string[]) => readonly string[]): Netns {
  const lines = toSave(netns.rulesets[0]!).split("\n");
  return { ...podWith(change(lines).join("\n")), host: netns.host };
}

/** Envoy as these settings expect it: its ports, its owner, and where its connections to the application come from. */
export function envoy(settings: IstioSettings = USUAL): readonly Relay[] {
  const { proxyUID, proxyGID, proxyPort, inboundCapturePort, inboundInterceptionMode, inboundTProxyMark } =
    resolveSettings(settings).config;
  const first = (list: string): number => Number(list.split(",")[0]);
  const tproxy = inboundInterceptionMode === "TPROXY";
  // TPROXY needs privileges, so the injector runs Envoy as root then; its group stays.
  const owner = { uid: tproxy ? 0 : first(proxyUID), gid: first(proxyGID) };
  const refuses = [Number(proxyPort), Number(inboundCapturePort)];
  const inbound = tproxy
    ? ({ source: "client", mark: Number(inboundTProxyMark) } as const)
    : { source: { ipv4: "127.0.0.6", ipv6: "::6" } };
  return [
    { name: "Envoy outbound", port: Number(proxyPort), ...owner, destination: "original", refuses },
    { name: "Envoy inbound", port: Number(inboundCapturePort), ...owner, ...inbound, destination: "original", refuses },
    { name: "DNS agent", port: 15053, ...owner, destination: { address: "10.96.0.10", port: 53 } },
  ];
}
