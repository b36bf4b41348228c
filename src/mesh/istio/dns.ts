import type { Family } from "../../net/address.ts";
import { append, type Draft } from "./draft.ts";
import type { IstioConfig, SettingName } from "./settings.ts";
import { pieces } from "./shapes.ts";

/** DNS capture needs to know whose queries: those to the known resolvers, or all. */
export const dnsInForce = (config: IstioConfig): boolean =>
  config.redirectDNS && (config.captureAllDNS || config.dnsServersV4.length + config.dnsServersV6.length > 0);

/**
 * Queries go to the agent at 15053, and the two legs (application to agent, agent to resolver) get conntrack zones of
 * their own: both may use the same addresses and ports, and would else be taken for one connection.
 *
 * Source of the behaviour: istio/istio issue 33469 and capture/run.go, SetupDNSRedir.
 */
export function dnsRules(config: IstioConfig, family: Family): Draft[] {
  const servers: SettingName = family === "ipv4" ? "dnsServersV4" : "dnsServersV6";
  const asked = config.captureAllDNS
    ? [{ to: "", from: "", because: ["redirectDNS", "captureAllDNS"] as SettingName[] }]
    : config[servers].map((server) => {
        const host = `${server}/${family === "ipv4" ? 32 : 128}`;
        return { to: ` -d ${host}`, from: ` -s ${host}`, because: ["redirectDNS", servers] as SettingName[] };
      });
  const toAgent = (proto: "tcp" | "udp", option: string) =>
    asked.map(({ to, because }) =>
      append("nat ISTIO_OUTPUT_DNS", `-p ${proto} --dport 53${to} -j REDIRECT ${option} 15053`, ...because),
    );
  const jumps = asked.length === 0 ? [] : [append("nat ISTIO_OUTPUT", "-j ISTIO_OUTPUT_DNS", "redirectDNS")];
  const inbound = asked.length === 0 ? [] : [append("raw PREROUTING", "-j ISTIO_INBOUND", "redirectDNS")];
  return [
    append("raw OUTPUT", "-j ISTIO_OUTPUT_DNS", "redirectDNS"),
    ...jumps,
    ...toAgent("tcp", "--to-ports"),
    ...toAgent("udp", "--to-port"),
    ...pieces(config.proxyUID).flatMap((uid) => agentZones(`--uid-owner ${uid}`, "proxyUID")),
    ...pieces(config.proxyGID).flatMap((gid) => agentZones(`--gid-owner ${gid}`, "proxyGID")),
    ...inbound,
    ...asked.flatMap(({ to, from, because }) => [
      append("raw ISTIO_OUTPUT_DNS", `-p udp --dport 53${to} -j CT --zone 2`, ...because),
      append("raw ISTIO_INBOUND", `-p udp --sport 53${from} -j CT --zone 1`, ...because),
    ]),
  ];
}

/** The agent's queries to resolvers are zone 1, its answers to the application zone 2. */
const agentZones = (owner: string, setting: SettingName): Draft[] => [
  append("raw ISTIO_OUTPUT_DNS", `-p udp --dport 53 -m owner ${owner} -j CT --zone 1`, "redirectDNS", setting),
  append("raw ISTIO_OUTPUT_DNS", `-p udp --sport 15053 -m owner ${owner} -j CT --zone 2`, "redirectDNS", setting),
];
