import type { Family } from "../../net/address.ts";
import { append, type Draft, insert } from "./draft.ts";
import { loopbackOf, outboundRules } from "./outbound.ts";
import type { IstioConfig } from "./settings.ts";
import { pieces } from "./shapes.ts";

/**
 * The rules of a sidecar, in the order in which istio-iptables writes them.
 *
 * Source of the behaviour: istio/istio, tools/istio-iptables/pkg/capture/run.go, as of the releases that have
 * ISTIO_OUTPUT_DNS and ISTIO_DROP (1.25 and later).
 */
export const captureRules = (config: IstioConfig, family: Family): readonly Draft[] => [
  ...leftAlone(config),
  // Each goes to the front, so the last interface ends up first.
  ...pieces(config.rerouteVirtualInterfaces).map((name) =>
    insert("nat PREROUTING", 1, `-i ${name} -j RETURN`, "rerouteVirtualInterfaces"),
  ),
  ...invalidDropped(config),
  append("nat ISTIO_INBOUND", `-p tcp --dport ${config.inboundTunnelPort} -j RETURN`, "inboundTunnelPort"),
  append("nat ISTIO_REDIRECT", `-p tcp -j REDIRECT --to-ports ${config.proxyPort}`, "proxyPort"),
  append("nat ISTIO_IN_REDIRECT", `-p tcp -j REDIRECT --to-ports ${config.inboundCapturePort}`, "inboundCapturePort"),
  ...inboundRules(config, family),
  ...outboundRules(config, family),
  ...(config.inboundInterceptionMode === "TPROXY" ? tproxyMarks(config, family) : []),
];

function leftAlone(config: IstioConfig): Draft[] {
  const names = pieces(config.excludeInterfaces);
  const tables = config.inboundInterceptionMode === "TPROXY" ? ["nat", "mangle"] : ["nat"];
  return tables.flatMap((table) =>
    names.flatMap((name) => [
      append(`${table} PREROUTING`, `-i ${name} -j RETURN`, "excludeInterfaces"),
      append(`${table} OUTPUT`, `-o ${name} -j RETURN`, "excludeInterfaces"),
    ]),
  );
}

const invalidDropped = (config: IstioConfig): Draft[] =>
  config.dropInvalid
    ? [
        append("mangle PREROUTING", "-m conntrack --ctstate INVALID -j ISTIO_DROP", "dropInvalid"),
        append("mangle ISTIO_DROP", "-j DROP", "dropInvalid"),
      ]
    : [];

const KNOWN = "-m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT";

/** PREROUTING and ISTIO_INBOUND: in nat for REDIRECT, in mangle for TPROXY. */
function inboundRules(config: IstioConfig, family: Family): Draft[] {
  const { inboundPortsInclude: ports, inboundTProxyMark: mark, inboundCapturePort: port } = config;
  if (ports === "") return [];
  const tproxy = config.inboundInterceptionMode === "TPROXY";
  const chain = tproxy ? "mangle ISTIO_INBOUND" : "nat ISTIO_INBOUND";
  const jump = append(`${tproxy ? "mangle" : "nat"} PREROUTING`, "-p tcp -j ISTIO_INBOUND", "inboundPortsInclude");
  const captured = (match: string) =>
    (tproxy ? [`${match} ${KNOWN}`, `${match} -j ISTIO_TPROXY`] : [`${match} -j ISTIO_IN_REDIRECT`]).map((rule) =>
      append(chain, rule, "inboundPortsInclude"),
    );
  const machinery = tproxy
    ? [
        append("mangle ISTIO_DIVERT", `-j MARK --set-mark ${mark}`, "inboundInterceptionMode", "inboundTProxyMark"),
        append("mangle ISTIO_DIVERT", "-j ACCEPT", "inboundInterceptionMode"),
        append(
          "mangle ISTIO_TPROXY",
          `! -d ${loopbackOf(config, family)} -p tcp -j TPROXY --tproxy-mark ${mark}/0xffffffff --on-port ${port}`,
          "inboundInterceptionMode",
          "inboundTProxyMark",
          "inboundCapturePort",
          ...(family === "ipv4" ? (["hostIPv4LoopbackCidr"] as const) : []),
        ),
      ]
    : [];
  if (ports !== "*") return [...machinery, jump, ...pieces(ports).flatMap((one) => captured(`-p tcp --dport ${one}`))];
  const spared = pieces(config.inboundPortsExclude).map((one) =>
    append(chain, `-p tcp --dport ${one} -j RETURN`, "inboundPortsExclude"),
  );
  return [...machinery, jump, ...spared, ...captured("-p tcp")];
}

/** What Envoy sends from its own pod under TPROXY, so that it is not captured again: it is told by this mark. */
const ENVOY_OUTBOUND_MARK = "1338";

/** The marks by which TPROXY knows what the proxy has seen; they stand in mangle, around ISTIO_INBOUND. */
function tproxyMarks(config: IstioConfig, family: Family): Draft[] {
  const { inboundTProxyMark: mark } = config;
  const mode = "inboundInterceptionMode";
  const marked = (owner: string, by: "proxyUID" | "proxyGID") =>
    append(
      "mangle OUTPUT",
      `! -d ${loopbackOf(config, family)} -p tcp -o lo -m owner ${owner} -j MARK --set-mark ${ENVOY_OUTBOUND_MARK}`,
      mode,
      by,
    );
  const passthrough = family === "ipv4" ? "127.0.0.6/32" : "::6/128";
  return [
    append("mangle PREROUTING", `-p tcp -m mark --mark ${mark} -j CONNMARK --save-mark`, mode, "inboundTProxyMark"),
    append("mangle OUTPUT", `-p tcp -o lo -m mark --mark ${mark} -j RETURN`, mode, "inboundTProxyMark"),
    ...pieces(config.proxyUID).map((uid) => marked(`--uid-owner ${uid}`, "proxyUID")),
    ...pieces(config.proxyGID).map((gid) => marked(`--gid-owner ${gid}`, "proxyGID")),
    append("mangle OUTPUT", `-p tcp -m connmark --mark ${mark} -j CONNMARK --restore-mark`, mode, "inboundTProxyMark"),
    insert("mangle ISTIO_INBOUND", 1, `-p tcp -m mark --mark ${mark} -j RETURN`, mode, "inboundTProxyMark"),
    insert("mangle ISTIO_INBOUND", 2, `-p tcp -s ${passthrough} -i lo -j RETURN`, mode),
    insert("mangle ISTIO_INBOUND", 3, `-p tcp -i lo -m mark ! --mark ${ENVOY_OUTBOUND_MARK} -j RETURN`, mode),
  ];
}
