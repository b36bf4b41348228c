import type { Agent } from "./lab-agent.ts";

/** NFLOG group of the ends of the hooks. Any number that no rule under test uses. */
const GROUP = 4242;

/**
 * Eyes and a gag, in an nft table of their own beside the rules under test.
 *
 * - `landing` and `leaving` copy what reaches the very end of INPUT and POSTROUTING (priority 1000: behind nat, before
 *   nothing but the confirmation) to an NFLOG group. No conntrack expression: that would switch conntrack on.
 * - `silence` drops, before any table, whatever the host says by itself. What the laboratory sends is told by its
 *   priority, which no match sees (agent_socket.py, PRIORITY = 4e46:1).
 */
const EYES: string = `table inet laboratory {
  chain silence { type filter hook output priority -500; meta priority != 4e46:1 drop; }
  chain landing { type filter hook input priority 1000; log group ${GROUP} queue-threshold 1; }
  chain leaving { type filter hook postrouting priority 1000; oifname != "lo" log group ${GROUP} queue-threshold 1; }
}
`;

/** No source validation, no duplicate address detection, nobody to solicit, any port for anyone. */
export const QUIET: Readonly<Record<string, number>> = {
  "net.ipv4.conf.all.rp_filter": 0,
  "net.ipv4.conf.default.rp_filter": 0,
  "net.ipv4.ip_unprivileged_port_start": 0,
  "net.ipv6.conf.all.accept_dad": 0,
  "net.ipv6.conf.default.accept_dad": 0,
  "net.ipv6.conf.default.accept_ra": 0,
  "net.ipv6.conf.default.router_solicitations": 0,
};

/** A neighbour that never speaks: no IPv6, no addresses. */
const MUTE: Readonly<Record<string, number>> = {
  "net.ipv6.conf.all.disable_ipv6": 1,
  "net.ipv6.conf.default.disable_ipv6": 1,
};

const MAC: Readonly<Record<string, string>> = { eth0: "02:00:00:00:00:10", eth1: "02:00:00:00:00:11" };

/** The host of kernel-cases/README.md. Without ARP a neighbour is always known, and packets leave at once. */
const HOST: string = `link set lo up
link set eth0 arp off up
link set eth1 arp off up
addr add 10.244.1.5/24 dev eth0
addr add fd00:10:244:1::5/64 dev eth0 nodad
addr add 192.168.77.1/24 dev eth1
addr add 192.168.77.40/24 dev eth1
addr add fd00:77::1/64 dev eth1 nodad
route add default via 10.244.1.1 dev eth0
-6 route add default via fd00:10:244:1::1 dev eth0
`;

/** Runs lines of `ip`. A line may begin with `-6`, which `ip -batch` does not take: those go to a second batch. */
export async function ip(agent: Agent, ns: string, lines: string): Promise<void> {
  const all = lines.split("\n").filter((line) => line !== "");
  const six = all.filter((line) => line.startsWith("-6 ")).map((line) => line.slice(3));
  const rest = all.filter((line) => !line.startsWith("-6 "));
  if (rest.length > 0) await agent.run(ns, ["ip", "-batch", "-"], `${rest.join("\n")}\n`);
  if (six.length > 0) await agent.run(ns, ["ip", "-6", "-batch", "-"], `${six.join("\n")}\n`);
}

/** Makes a veth pair: `device` in `ns`, the other end called `peer` in `other`. */
export function pair(
  agent: Agent,
  ns: string,
  device: string,
  other: string,
  peer: string,
  mac?: string,
): Promise<unknown> {
  const hardware = mac === undefined ? [] : ["address", mac];
  const far = ["peer", "name", peer, "netns", `NETNS:${other}`];
  return agent.run(ns, ["ip", "link", "add", device, ...hardware, "type", "veth", ...far]);
}

/** Builds the host `pod` and its mute neighbour `peer`, and opens the eyes. */
export async function buildHost(agent: Agent): Promise<void> {
  for (const name of ["pod", "peer"]) await agent.call("namespace", { name });
  await agent.call("sysctl", { ns: "pod", values: QUIET });
  await agent.call("sysctl", { ns: "peer", values: MUTE });
  for (const device of ["eth0", "eth1"]) {
    await pair(agent, "pod", device, "peer", device, MAC[device]);
    await ip(agent, "peer", `link set ${device} up`);
  }
  await ip(agent, "pod", HOST);
  await agent.run("pod", ["nft", "-f", "-"], EYES);
  for (const device of ["eth0", "eth1"])
    await agent.call("door", { ns: "peer", device, leads_to: device, mac: MAC[device] });
  await agent.call("watch", { ns: "pod", group: GROUP });
}

/** Whether this machine can run the laboratory at all; if not, why. */
export function unable(tools: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  return tools.length > 0 ? `needs ${tools.join(", ")}` : undefined;
}
