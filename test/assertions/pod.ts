import type { SocketSpec } from "../../src/host/spec.ts";
import { parse } from "../../src/index.ts";
import type { IstioSettings } from "../../src/mesh/istio/config.ts";
import { istioIptables } from "../../src/mesh/istio/iptables.ts";
import { createNetns, type Netns } from "../../src/netns/netns.ts";

const HOST = {
  interfaces: [
    { name: "lo", addresses: ["127.0.0.1/8"] },
    { name: "eth0", addresses: ["10.244.1.10/24"] },
  ],
  routes: [{ to: "default", via: "10.244.1.1", dev: "eth0" }],
};

/** A pod with the rules of these settings. */
export const sidecarPod = (
  settings: IstioSettings = { inboundPortsInclude: "*", outboundIPRangesInclude: "*" },
): Netns => createNetns({ ...HOST, rulesets: [istioIptables(settings).ipv4] });

/** A pod with the rules of a save text. */
export const podWith = (rules: string, sockets?: readonly SocketSpec[]): Netns =>
  createNetns({ ...HOST, rulesets: [parse(rules, { family: "ipv4" }).ruleset], ...(sockets && { sockets }) });
