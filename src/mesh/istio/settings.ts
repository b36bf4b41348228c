import { SHAPES, type Shape, type ShapeName } from "./shapes.ts";

/**
 * Every setting that shapes the rules, filled in. The names are the fields of Istio's own `Config`, `AmbientConfig` and
 * `PodLevelOverrides`, in camelCase; `suite`, `kind` and `release` are ours.
 */
export interface IstioConfig {
  readonly suite: "capture" | "cni";
  readonly kind: "inpod" | "host";
  readonly release: string;
  readonly proxyPort: string;
  readonly inboundCapturePort: string;
  readonly inboundTunnelPort: string;
  readonly proxyUID: string;
  readonly proxyGID: string;
  readonly inboundInterceptionMode: string;
  readonly inboundTProxyMark: string;
  readonly inboundTProxyRouteTable: string;
  readonly inboundPortsInclude: string;
  readonly inboundPortsExclude: string;
  readonly outboundPortsInclude: string;
  readonly outboundPortsExclude: string;
  readonly outboundIPRangesInclude: string;
  readonly outboundIPRangesExclude: string;
  readonly rerouteVirtualInterfaces: string;
  readonly excludeInterfaces: string;
  readonly ownerGroupsInclude: string;
  readonly ownerGroupsExclude: string;
  readonly hostIPv4LoopbackCidr: string;
  readonly redirectDNS: boolean;
  readonly captureAllDNS: boolean;
  readonly dnsServersV4: readonly string[];
  readonly dnsServersV6: readonly string[];
  readonly dropInvalid: boolean;
  readonly dualStack: boolean;
  readonly enableIPv6: boolean;
  readonly hostProbeSNATAddress: string;
  readonly hostProbeV6SNATAddress: string;
  readonly virtualInterfaces: readonly string[];
  readonly ingressMode: boolean;
  readonly dnsProxy: "unset" | "enabled" | "disabled";
}

export type SettingName = keyof IstioConfig;

/** What is known about one setting. */
export interface SettingSpec {
  readonly shape: Shape;
  readonly initial: string | boolean | readonly string[];
  /** What it does to the rules, in one sentence without a full stop. */
  readonly summary: string;
  /** The flag's long name, without dashes. */
  readonly flag: string;
  readonly short?: string;
  /** Environment variables that set it, as the init container has them. */
  readonly env?: readonly string[];
  /** The tool has no such flag: it takes this from the pod, or from its environment. */
  readonly ours?: true;
}

const spec = (
  shape: ShapeName,
  initial: SettingSpec["initial"],
  flags: string,
  summary: string,
  more: Partial<SettingSpec> = {},
): SettingSpec => {
  const [flag = "", short] = flags.split(" ");
  return { shape: SHAPES[shape], initial, flag, ...(short !== undefined && { short }), summary, ...more };
};

const OURS = { ours: true } as const;

/** The one table of settings: flags, checks, defaults and explanations are read from it. */
export const SETTINGS: { readonly [K in SettingName]: SettingSpec } = {
  suite: spec("suite", "capture", "suite", "whether a sidecar's rules (capture) or ambient's (cni) are written", OURS),
  kind: spec("host", "inpod", "kind", "whether ambient's rules are for the pod or for its node", OURS),
  release: spec("release", "", "release", "the release of Istio whose rules are written", OURS),
  proxyPort: spec("port", "15001", "envoy-port p", "captured outbound connections go to this port"),
  inboundCapturePort: spec("port", "15006", "inbound-capture-port z", "captured inbound connections go to this port"),
  inboundTunnelPort: spec(
    "port",
    "15008",
    "inbound-tunnel-port e",
    "connections to this port reach the proxy directly",
  ),
  proxyUID: spec("users", "1337", "proxy-uid u", "what these users send is the proxy's own and is not captured"),
  proxyGID: spec("groups", "", "proxy-gid g", "what these groups send is the proxy's own and is not captured"),
  inboundInterceptionMode: spec(
    "mode",
    "",
    "istio-inbound-interception-mode m",
    "inbound connections are taken by REDIRECT in nat or by TPROXY in mangle",
  ),
  inboundTProxyMark: spec("mark", "1337", "istio-inbound-tproxy-mark t", "TPROXY puts this mark on inbound packets"),
  inboundTProxyRouteTable: spec(
    "mark",
    "133",
    "istio-inbound-tproxy-route-table r",
    "marked packets are routed by this table, to lo",
  ),
  inboundPortsInclude: spec(
    "portsOrAll",
    "",
    "istio-inbound-ports b",
    "inbound connections to these ports are captured",
  ),
  inboundPortsExclude: spec(
    "ports",
    "",
    "istio-local-exclude-ports d",
    "inbound connections to these ports are not captured, if all others are",
  ),
  outboundPortsInclude: spec("ports", "", "istio-outbound-ports q", "outbound connections to these ports are captured"),
  outboundPortsExclude: spec(
    "ports",
    "",
    "istio-local-outbound-ports-exclude o",
    "outbound packets to these ports are left alone",
  ),
  outboundIPRangesInclude: spec(
    "rangesOrAll",
    "",
    "istio-service-cidr i",
    "outbound connections to these ranges are captured",
  ),
  outboundIPRangesExclude: spec("ranges", "", "istio-service-exclude-cidr x", "packets to these ranges are left alone"),
  rerouteVirtualInterfaces: spec(
    "interfaces",
    "",
    "kube-virt-interfaces k",
    "what comes from these interfaces (virtual machines) is treated as outbound",
  ),
  excludeInterfaces: spec(
    "interfaces",
    "",
    "istio-exclude-interfaces c",
    "these interfaces are left alone in both directions",
  ),
  ownerGroupsInclude: spec("groupsOrAll", "*", "owner-groups-include", "only what these groups send is captured", {
    env: ["ISTIO_OUTBOUND_OWNER_GROUPS"],
    ours: true,
  }),
  ownerGroupsExclude: spec("groups", "", "owner-groups-exclude", "what these groups send is not captured", {
    env: ["ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE"],
    ours: true,
  }),
  hostIPv4LoopbackCidr: spec(
    "loopbackRange",
    "127.0.0.1/32",
    "host-ipv4-loopback-cidr",
    "IPv4 destinations in this range are the application's own loopback",
    { env: ["ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR"], ours: true },
  ),
  redirectDNS: spec("flag", false, "redirect-dns", "DNS queries go to the agent at 15053", {
    env: ["ISTIO_META_DNS_CAPTURE"],
  }),
  captureAllDNS: spec("flag", false, "capture-all-dns", "DNS queries to any address are taken, not only to resolvers"),
  dnsServersV4: spec("servers4", [], "dns-servers-v4", "the IPv4 resolvers of /etc/resolv.conf", OURS),
  dnsServersV6: spec("servers6", [], "dns-servers-v6", "the IPv6 resolvers of /etc/resolv.conf", OURS),
  dropInvalid: spec("flag", false, "drop-invalid", "packets that conntrack calls INVALID are dropped", {
    env: ["INVALID_DROP"],
  }),
  dualStack: spec("flag", false, "dual-stack", "the pod's IPv6 addresses count beside its IPv4 ones", {
    env: ["ISTIO_DUAL_STACK", "ISTIO_AGENT_DUAL_STACK"],
  }),
  enableIPv6: spec(
    "flag",
    false,
    "enable-ipv6",
    "the same rules are written for IPv6; the tool looks at the pod's address",
    OURS,
  ),
  hostProbeSNATAddress: spec(
    "address4",
    "169.254.7.127",
    "host-probe-snat-address",
    "the node's health probes come from this IPv4 address and are let through",
    OURS,
  ),
  hostProbeV6SNATAddress: spec(
    "address6",
    "fd16:9254:7127:1337:ffff:ffff:ffff:ffff",
    "host-probe-v6-snat-address",
    "the node's health probes come from this IPv6 address and are let through",
    OURS,
  ),
  virtualInterfaces: spec(
    "interfaceList",
    [],
    "virtual-interfaces",
    "what comes from these interfaces goes to 15001",
    OURS,
  ),
  ingressMode: spec(
    "flag",
    false,
    "ingress-mode",
    "inbound connections are not captured: the pod is an ingress itself",
    OURS,
  ),
  dnsProxy: spec("override", "unset", "dns-proxy", "the pod's own answer to redirectDNS", OURS),
};

export const SETTING_NAMES: readonly SettingName[] = Object.keys(SETTINGS) as SettingName[];
