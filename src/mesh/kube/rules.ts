import type { Family } from "../../net/address.ts";
import { type End, endText, familyOf, readEnd } from "../../net/endpoint.ts";

/** What of a node's services its rules depend on. */
export interface KubeProxySettings {
  /** Service addresses and the endpoints behind them: `{ "10.96.0.50:80": ["10.244.1.10:80"] }`; `/udp` behind a UDP one. */
  readonly services: Readonly<Record<string, readonly string[]>>;
  /** Ports of the node that lead to a service: `{ "30080": "10.96.0.50:80" }`. */
  readonly nodePorts?: Readonly<Record<string, string>>;
  /** The pods' networks, one a family: what comes from elsewhere to a service is masqueraded (`--cluster-cidr`). */
  readonly podCIDRs: readonly string[];
  /** Masquerades whatever goes to a service (`--masquerade-all`). Default: false. */
  readonly masqueradeAll?: boolean;
  /** The bit that marks what is to be masqueraded. Default: 0x4000. */
  readonly masqueradeMark?: number;
}

interface Service {
  readonly name: string;
  readonly to: End;
  readonly proto: string;
  readonly endpoints: readonly End[];
}

/** @throws TypeError for a service or an endpoint that cannot be read */
function servicesOf({ services }: KubeProxySettings, family: Family): Service[] {
  const all = Object.entries(services).map(([key, endpoints], at) => {
    const [address = "", proto = "tcp"] = key.split("/");
    const to = readEnd(address, "services");
    return { name: `${at + 1}`, to, proto, endpoints: endpoints.map((one) => readEnd(one, `services: ${key}`)) };
  });
  return all.filter(({ to }) => familyOf(to.address) === family);
}

const prefix = (address: string): string => `${address}/${familyOf(address) === "ipv6" ? 128 : 32}`;

/**
 * The rules that kube-proxy writes in iptables mode, as restore text; chains are numbered in place of its hashes, and
 * MASQUERADE keeps source ports where it can (no `--random-fully`), so that walks are not left to chance.
 *
 * ```text
 *  PREROUTING, OUTPUT ─▶ KUBE-SERVICES ─┬▶ KUBE-SVC-n (a service) ─┬▶ KUBE-MARK-MASQ (not from a pod)
 *                                       │                          └▶ KUBE-SEP-n-m (an endpoint, by chance) ─▶ DNAT
 *                                       └▶ KUBE-NODEPORTS ─▶ KUBE-MARK-MASQ, KUBE-SVC-n
 *  POSTROUTING ─▶ KUBE-POSTROUTING ─▶ MASQUERADE what is marked
 * ```
 *
 * Source of the behaviour: kubernetes/kubernetes, pkg/proxy/iptables/proxier.go, syncProxyRules.
 */
export function kubeProxyRules(settings: KubeProxySettings, family: Family): string {
  const { nodePorts = {}, masqueradeMark = 0x4000, masqueradeAll = false } = settings;
  const services = servicesOf(settings, family);
  const podCIDR = settings.podCIDRs.find((one) => familyOf(one) === family);
  const mark = `0x${masqueradeMark.toString(16)}`;
  const served = services.filter(({ endpoints }) => endpoints.length > 0);
  const matchOf = ({ to, proto }: Service) => `-d ${prefix(to.address)} -p ${proto} -m ${proto} --dport ${to.port}`;

  const serviceRules = (service: Service): string[] => {
    const chain = `KUBE-SVC-${service.name}`;
    const outside = masqueradeAll ? "" : podCIDR === undefined ? undefined : `! -s ${podCIDR} `;
    const count = service.endpoints.length;
    return [
      ...(outside === undefined ? [] : [`-A ${chain} ${outside}${matchOf(service)} -j KUBE-MARK-MASQ`]),
      ...service.endpoints.map((_, at) => {
        // Each of those that are left has the same chance.
        const chance = (1 / (count - at)).toFixed(10);
        const draw = at === count - 1 ? "" : `-m statistic --mode random --probability ${chance} `;
        return `-A ${chain} ${draw}-j KUBE-SEP-${service.name}-${at + 1}`;
      }),
      ...service.endpoints.flatMap((endpoint, at) => [
        `-A KUBE-SEP-${service.name}-${at + 1} -s ${prefix(endpoint.address)} -j KUBE-MARK-MASQ`,
        `-A KUBE-SEP-${service.name}-${at + 1} -p ${service.proto} -m ${service.proto} -j DNAT --to-destination ${endText(endpoint)}`,
      ]),
    ];
  };
  const ports = Object.entries(nodePorts).flatMap(([port, key]) => {
    const [address = "", proto = "tcp"] = key.split("/");
    const service = served.find((one) => endText(one.to) === address && one.proto === proto);
    const from = `-A KUBE-NODEPORTS -p ${proto} -m ${proto} --dport ${port}`;
    return service === undefined ? [] : [`${from} -j KUBE-MARK-MASQ`, `${from} -j KUBE-SVC-${service.name}`];
  });
  const chains = served.flatMap(({ name, endpoints }) => [
    `KUBE-SVC-${name}`,
    ...endpoints.map((_, at) => `KUBE-SEP-${name}-${at + 1}`),
  ]);
  const declare = (names: readonly string[]) => names.map((name) => `:${name} - [0:0]`);

  const nat = [
    "*nat",
    ...declare(["KUBE-SERVICES", "KUBE-POSTROUTING", "KUBE-NODEPORTS", "KUBE-MARK-MASQ", ...chains]),
    "-A PREROUTING -j KUBE-SERVICES",
    "-A OUTPUT -j KUBE-SERVICES",
    "-A POSTROUTING -j KUBE-POSTROUTING",
    `-A KUBE-MARK-MASQ -j MARK --set-xmark ${mark}/${mark}`,
    `-A KUBE-POSTROUTING -m mark ! --mark ${mark}/${mark} -j RETURN`,
    `-A KUBE-POSTROUTING -j MARK --set-xmark ${mark}/0x0`,
    "-A KUBE-POSTROUTING -j MASQUERADE",
    ...served.map((service) => `-A KUBE-SERVICES ${matchOf(service)} -j KUBE-SVC-${service.name}`),
    "-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS",
    ...ports,
    ...served.flatMap(serviceRules),
    "COMMIT",
  ];
  const filter = [
    "*filter",
    ...declare(["KUBE-FORWARD", "KUBE-SERVICES"]),
    "-A FORWARD -j KUBE-FORWARD",
    "-A FORWARD -m conntrack --ctstate NEW -j KUBE-SERVICES",
    "-A OUTPUT -m conntrack --ctstate NEW -j KUBE-SERVICES",
    "-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP",
    `-A KUBE-FORWARD -m mark --mark ${mark}/${mark} -j ACCEPT`,
    "-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    ...services
      .filter(({ endpoints }) => endpoints.length === 0)
      .map(
        (service) =>
          `-A KUBE-SERVICES ${matchOf(service)} -j REJECT --reject-with ${family === "ipv6" ? "icmp6-port-unreachable" : "icmp-port-unreachable"}`,
      ),
    "COMMIT",
  ];
  return [...nat, ...filter, ""].join("\n");
}
