/**
 * A pod, a peer and their node, with real neighbours and real answers: for connections that somebody accepts.
 * (semantics.md section 13: the node forwards between the two, and is the service address's only way to the pod.)
 */
import type { SocketSpec } from "../../src/index.ts";
import { type Agent, startAgent } from "./lab-agent.ts";
import { ip, pair, QUIET } from "./lab-layout.ts";
import { restoreTool } from "./lab-rules.ts";
import type { Family, Flavour, LabPacket } from "./lab-types.ts";

export type Place = "pod" | "peer" | "node";

export interface SidecarAddresses {
  readonly pod: string;
  readonly peer: string;
  readonly node: string;
  /** A service address whose only endpoint is the pod. */
  readonly vip: string;
  readonly loopback: string;
  /** The source that Envoy gives to what it sends on to the application. */
  readonly passthrough: string;
}

export const ADDRESSES: Readonly<Record<Family, SidecarAddresses>> = {
  4: {
    pod: "10.244.1.10",
    peer: "10.244.1.20",
    node: "10.244.1.1",
    vip: "10.96.0.50",
    loopback: "127.0.0.1",
    passthrough: "127.0.0.6",
  },
  6: {
    pod: "fd00:10:244:1::10",
    peer: "fd00:10:244:1::20",
    node: "fd00:10:244:1::1",
    vip: "fd00:96::50",
    loopback: "::1",
    passthrough: "::6",
  },
};

interface End {
  readonly address: string;
  readonly port: number;
}

/** Who accepted a connection, and what the accepted socket says about it. */
interface Accepted {
  readonly ns: Place;
  readonly port: number;
  readonly local: End;
  readonly peer: End;
  /** What SO_ORIGINAL_DST answers; the kernel also answers for connections that were not translated. */
  readonly originalDst: End | null;
}

export interface ConnectionResult {
  readonly accepted: Accepted | null;
  readonly error?: string;
  /** The address that answered an ICMP echo. */
  readonly echoed?: string;
  /** The client's own end. */
  readonly local?: End;
}

export interface SidecarLab {
  readonly flavour: Flavour;
  readonly agent: Agent;
  /** Loads rules into the pod, with nothing remembered of earlier connections. Tables that they do not name stay. */
  readonly load: (family: Family, rules: string) => Promise<void>;
  readonly connect: (from: Place, family: Family, connection: LabPacket) => Promise<ConnectionResult>;
  readonly close: () => Promise<void>;
}

/** The node's service address, and masquerading for what comes back from where it went; `first` stands before that. */
export const nodeRules = (family: Family, first: readonly string[] = []): string => {
  const { pod, vip } = ADDRESSES[family];
  const [net, target] = family === 4 ? ["10.244.1.0/24", `${pod}:80`] : ["fd00:10:244:1::/64", `[${pod}]:80`];
  const rules = [
    ...first,
    `-A PREROUTING -d ${vip} -p tcp -m tcp --dport 80 -j DNAT --to-destination ${target}`,
    `-A POSTROUTING -s ${net} -d ${net} -j MASQUERADE`,
  ];
  const chains = ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"].map((chain) => `:${chain} ACCEPT [0:0]`);
  return `${["*nat", ...chains, ...rules, "COMMIT"].join("\n")}\n`;
};

/** What the node's bridge carries between pod and peer is not the node's to translate. */
const BRIDGE: Readonly<Record<string, number>> = {
  "net.bridge.bridge-nf-call-iptables": 0,
  "net.bridge.bridge-nf-call-ip6tables": 0,
};

/** The node routes between its neighbours without telling them of a shorter way. */
const ROUTER: Readonly<Record<string, number>> = {
  "net.ipv4.ip_forward": 1,
  "net.ipv6.conf.all.forwarding": 1,
  "net.ipv4.conf.all.send_redirects": 0,
  "net.ipv4.conf.default.send_redirects": 0,
};

const MAC: Readonly<Record<Place, string>> = {
  pod: "02:00:00:00:01:10",
  peer: "02:00:00:00:01:20",
  node: "02:00:00:00:01:01",
};

/** Nobody says anything about groups and neighbours: rules without a protocol would count it. */
const HUSH: string = `table inet hush {
  chain out { type filter hook output priority -500; meta l4proto igmp drop; icmpv6 type { ${[
    "nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, nd-redirect",
    "mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report",
  ].join(", ")} } drop; }
}
`;

/** So everybody knows the neighbours from the start. */
async function introduce(agent: Agent, place: Place): Promise<void> {
  const device = place === "node" ? "cni0" : "eth0";
  const others = (["pod", "peer", "node"] as const).filter((other) => other !== place);
  const known = ([4, 6] as const).flatMap((family) =>
    others.map((other) => `neigh replace ${ADDRESSES[family][other]} lladdr ${MAC[other]} dev ${device} nud permanent`),
  );
  await ip(agent, place, known.join("\n"));
  await agent.run(place, ["nft", "-f", "-"], HUSH);
}

async function attach(agent: Agent, place: "pod" | "peer"): Promise<void> {
  const port = `to-${place}`;
  await pair(agent, place, "eth0", "node", port, MAC[place]);
  await ip(agent, "node", `link set ${port} master cni0\nlink set ${port} up`);
  const [four, six] = [ADDRESSES[4], ADDRESSES[6]];
  const lines = [
    "link set lo up",
    "link set eth0 up",
    `addr add ${four[place]}/24 dev eth0`,
    `addr add ${six[place]}/64 dev eth0 nodad`,
    `addr add ${six.passthrough}/128 dev lo nodad`,
    `route add default via ${four.node} dev eth0`,
    `-6 route add default via ${six.node} dev eth0`,
  ];
  await ip(agent, place, lines.join("\n"));
}

async function buildSidecar(agent: Agent, flavour: Flavour): Promise<void> {
  for (const name of ["pod", "peer", "node"]) {
    await agent.call("namespace", { name });
    await agent.call("sysctl", { ns: name, values: QUIET });
    // The watch's NFLOG group is unused here; what is wanted of it is the conntrack table.
    await ip(agent, name, "link set lo up");
    await agent.call("watch", { ns: name, group: 1 });
  }
  await agent.call("sysctl", { ns: "node", values: ROUTER });
  await agent.call("sysctl", { ns: "node", values: BRIDGE });
  const bridge = `link add cni0 address ${MAC.node} type bridge mcast_snooping 0`;
  const node = `${bridge}\nlink set cni0 up\naddr add ${ADDRESSES[4].node}/24 dev cni0`;
  await ip(agent, "node", `${node}\naddr add ${ADDRESSES[6].node}/64 dev cni0 nodad`);
  await attach(agent, "pod");
  await attach(agent, "peer");
  for (const place of ["pod", "peer", "node"] as const) await introduce(agent, place);
  for (const family of [4, 6] as const) await agent.run("node", restoreTool(family, flavour), nodeRules(family));
}

/** Builds pod, peer and node; `sockets` say who listens where, on both families. */
export async function createSidecarLab(options: {
  readonly flavour: Flavour;
  readonly sockets: readonly (SocketSpec & { readonly ns: Place })[];
}): Promise<SidecarLab> {
  const { flavour, sockets } = options;
  const agent = startAgent(0);
  try {
    await buildSidecar(agent, flavour);
    for (const { ns, ...socket } of sockets) await agent.call("listen", { ns, sockets: [socket] });
  } catch (error) {
    await agent.close();
    throw error;
  }
  return {
    flavour,
    agent,
    load: async (family, rules) => {
      await agent.run("pod", restoreTool(family, flavour), rules);
      for (const ns of ["pod", "peer", "node"]) await agent.call("flush", { ns });
    },
    connect: (ns, family, connection) => agent.call<ConnectionResult>("connect", { ns, family, connection, wait: 2 }),
    close: agent.close,
  };
}
