import { parse } from "../../iptables/dump/parse.ts";
import type { Ruleset } from "../../iptables/ruleset/ruleset.ts";
import { addressText, addToAddress, readPrefix } from "../../net/address.ts";
import { familyOf } from "../../net/endpoint.ts";
import { createNetns } from "../../netns/netns.ts";
import type { NetnsSpec } from "../../netns/spec.ts";
import type { Actor } from "../actors/actor.ts";
import { type KubeProxySettings, kubeProxyRules } from "../kube/rules.ts";
import { socketsOf } from "./pod.ts";
import type { Place } from "./world.ts";

/** What {@link kubeProxyNode} takes. */
export interface KubeProxyNodeSettings extends Omit<KubeProxySettings, "podCIDRs"> {
  /** Default: node. */
  readonly name?: string;
  /** Its own addresses with their subnets, `192.168.0.11/24`, on eth0. */
  readonly nodeIPs: readonly string[];
  /** The networks of its pods, one a family, behind the bridge cni0, which has the first address of each. */
  readonly podCIDR: string | readonly string[];
  /** The network of all pods, where it is larger than this node's. */
  readonly clusterCIDR?: string | readonly string[];
  /** Default gateways, one a family. */
  readonly gateways?: readonly string[];
  /** Other nodes' pod networks, each with that node's address: `{ "10.244.2.0/24": "192.168.0.12" }`. */
  readonly nodes?: Readonly<Record<string, string>>;
  /** Rules beside those of kube-proxy. Of a family and flavour there is one ruleset: these replace the generated ones. */
  readonly rulesets?: readonly Ruleset[];
  readonly actors?: readonly Actor[];
  readonly netns?: NetnsSpec;
}

const listOf = (one: string | readonly string[]): readonly string[] => (typeof one === "string" ? [one] : one);

/** `10.244.1.1/24` of `10.244.1.0/24`. @throws TypeError for what is no prefix */
function firstAddress(cidr: string): string {
  const prefix = readPrefix(cidr);
  if (prefix === undefined)
    throw new TypeError(`podCIDR: expected a prefix such as 10.244.1.0/24, got ${JSON.stringify(cidr)}`);
  const first = addToAddress(prefix.family, prefix.address, 1);
  return `${addressText(prefix.family, first)}/${cidr.split("/")[1]}`;
}

/** A node that forwards between its pods and the outside, with kube-proxy's rules for its services. */
export function kubeProxyNode(settings: KubeProxyNodeSettings): Place {
  const { name = "node", nodeIPs, gateways = [], nodes = {}, actors = [] } = settings;
  const podCIDRs = listOf(settings.podCIDR);
  const clusterCIDRs = settings.clusterCIDR === undefined ? podCIDRs : listOf(settings.clusterCIDR);
  const families = [...new Set([...nodeIPs, ...podCIDRs].map(familyOf))];
  const rulesets =
    settings.rulesets ??
    families.map(
      (family) => parse(kubeProxyRules({ ...settings, podCIDRs: clusterCIDRs }, family), { family }).ruleset,
    );
  const netns = createNetns({
    rulesets,
    interfaces: [
      { name: "lo", addresses: ["127.0.0.1/8", "::1/128"] },
      { name: "eth0", addresses: nodeIPs },
      { name: "cni0", addresses: podCIDRs.map(firstAddress) },
    ],
    routes: [
      ...gateways.map((via) => ({ to: "default", via, dev: "eth0", family: familyOf(via) })),
      ...Object.entries(nodes).map(([to, via]) => ({ to, via, dev: "eth0" })),
    ],
    sysctl: { "net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1 },
    sockets: socketsOf(actors),
    ...settings.netns,
  });
  return { name, netns, actors };
}
