import { type Family, readAddress } from "../../net/address.ts";
import { append, type Draft, insert } from "./draft.ts";
import { netipText } from "./netip.ts";
import { releaseBefore } from "./release.ts";
import type { IstioConfig, SettingName } from "./settings.ts";

/** Mark of what ztunnel sends, and the connection mark that answers get back: 1337 and 0x111 in twelve bits. */
const ZTUNNEL = "0x539/0xfff";
const ANSWERS = "0x111/0xfff";

/** Ambient's rules: in the pod, or on its node for health probes. */
export const ambientRules = (config: IstioConfig, family: Family): readonly Draft[] =>
  config.kind === "host" ? nodeRules(config, family) : podRules(config, family);

/** The address of the node's health probes; the agent holds it parsed and prints it anew. */
function probeOf(config: IstioConfig, family: Family): { address: string; setting: SettingName } {
  const setting = family === "ipv4" ? "hostProbeSNATAddress" : "hostProbeV6SNATAddress";
  return { address: netipText(readAddress(config[setting])!), setting };
}

/**
 * A node's own processes (kubelet) get a source address by which pods know their health probes; pods are members of an
 * ipset.
 *
 * Source of the behaviour: istio/istio, cni/pkg/iptables/iptables.go, AppendHostRules.
 */
function nodeRules(config: IstioConfig, family: Family): Draft[] {
  const { address, setting } = probeOf(config, family);
  const set = `istio-inpod-probes-${family === "ipv4" ? "v4" : "v6"}`;
  const rule = `-m owner --socket-exists -p tcp -m set --match-set ${set} dst -j SNAT --to-source ${address}`;
  // In front of what other agents of the node wrote, since 1.27 (istio/istio pull request 56414).
  const jump = releaseBefore(config, 27)
    ? append("nat POSTROUTING", "-j ISTIO_POSTRT", "kind", "release")
    : insert("nat POSTROUTING", 1, "-j ISTIO_POSTRT", "kind");
  return [jump, append("nat ISTIO_POSTRT", rule, "kind", setting)];
}

/**
 * The pod's own rules: everything that does not carry ztunnel's mark goes to ztunnel, in both directions.
 *
 * Source of the behaviour: istio/istio, cni/pkg/iptables/iptables.go, AppendInpodRules.
 */
function podRules(config: IstioConfig, family: Family): Draft[] {
  const loopback = family === "ipv4" ? "127.0.0.1/32" : "::1/128";
  const { address, setting } = probeOf(config, family);
  const dns = config.dnsProxy === "unset" ? config.redirectDNS : config.dnsProxy === "enabled";
  const byDns: SettingName = config.dnsProxy === "unset" ? "redirectDNS" : "dnsProxy";
  const inbound = !config.ingressMode;
  // Connections that ztunnel brings to an ingress need it too, which 1.29 found (istio/istio pull request 58577).
  const noted = inbound || !releaseBefore(config, 29);
  const unless = (condition: boolean, ...drafts: Draft[]) => (condition ? [] : drafts);
  return [
    append("mangle PREROUTING", "-j ISTIO_PRERT"),
    append("mangle OUTPUT", "-j ISTIO_OUTPUT"),
    append("nat OUTPUT", "-j ISTIO_OUTPUT"),
    ...unless(!dns, append("raw PREROUTING", "-j ISTIO_PRERT", byDns), append("raw OUTPUT", "-j ISTIO_OUTPUT", byDns)),
    append("nat PREROUTING", "-j ISTIO_PRERT"),
    ...config.virtualInterfaces.flatMap((name) => [
      append("nat ISTIO_PRERT", `-i ${name} -p tcp -j REDIRECT --to-ports 15001`, "virtualInterfaces"),
      append("nat ISTIO_PRERT", `-i ${name} -p tcp -j RETURN`, "virtualInterfaces"),
    ]),
    ...unless(!noted, append("mangle ISTIO_PRERT", `-m mark --mark ${ZTUNNEL} -j CONNMARK --set-xmark ${ANSWERS}`)),
    ...unless(!inbound, append("nat ISTIO_PRERT", `-s ${address} -p tcp -m tcp -j ACCEPT`, setting, "ingressMode")),
    append("nat ISTIO_OUTPUT", `-d ${address} -p tcp -m tcp -j ACCEPT`, setting),
    ...unless(
      !inbound,
      append(
        "nat ISTIO_PRERT",
        `! -d ${loopback} -p tcp ! --dport 15008 -m mark ! --mark ${ZTUNNEL} -j REDIRECT --to-ports 15006`,
        "ingressMode",
      ),
    ),
    append(
      "mangle ISTIO_OUTPUT",
      `-m connmark --mark ${ANSWERS} -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff`,
    ),
    ...unless(!dns, ...ambientDns(loopback, byDns)),
    append("nat ISTIO_OUTPUT", `-p tcp -m mark --mark ${ANSWERS} -j ACCEPT`),
    append("nat ISTIO_OUTPUT", `! -d ${loopback} -o lo -j ACCEPT`),
    append("nat ISTIO_OUTPUT", `! -d ${loopback} -p tcp -m mark ! --mark ${ZTUNNEL} -j REDIRECT --to-ports 15001`),
  ];
}

/** Queries of the application go to ztunnel at 15053; ztunnel's own, told by its mark, and their answers are zone 1. */
const ambientDns = (loopback: string, setting: SettingName): Draft[] => [
  append(
    "nat ISTIO_OUTPUT",
    `! -o lo -p udp -m mark ! --mark ${ZTUNNEL} -m udp --dport 53 -j REDIRECT --to-port 15053`,
    setting,
  ),
  append(
    "nat ISTIO_OUTPUT",
    `! -d ${loopback} -p tcp --dport 53 -m mark ! --mark ${ZTUNNEL} -j REDIRECT --to-ports 15053`,
    setting,
  ),
  append("raw ISTIO_OUTPUT", `-p udp -m mark --mark ${ZTUNNEL} -m udp --dport 53 -j CT --zone 1`, setting),
  append("raw ISTIO_PRERT", `-p udp -m mark ! --mark ${ZTUNNEL} -m udp --sport 53 -j CT --zone 1`, setting),
];
