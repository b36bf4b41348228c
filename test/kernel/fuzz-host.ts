import type { RouteSpec, RuleSpec, SocketSpec } from "../../src/index.ts";
import type { Random } from "./fuzz-random.ts";
import type { Family } from "./lab-types.ts";

export interface DrawnHost {
  readonly sysctl: Readonly<Record<string, number>>;
  readonly sockets: readonly SocketSpec[];
  readonly ipRules: readonly RuleSpec[];
  readonly ipRoutes: readonly RouteSpec[];
}

/** Settings of the kernel; all of them every time, `ip_forward` first since writing it sets the devices' own. */
function sysctls(random: Random): Record<string, number> {
  const forward = random.chance(0.6) ? 1 : 0;
  const filter = (probability: number): number => (random.chance(probability) ? random.int(1, 2) : 0);
  const device = (probability: number): number => (random.chance(probability) ? 1 - forward : forward);
  return {
    "net.ipv4.ip_forward": forward,
    "net.ipv6.conf.all.forwarding": random.chance(0.6) ? 1 : 0,
    "net.ipv4.conf.eth0.forwarding": device(0.1),
    "net.ipv4.conf.eth1.forwarding": device(0.1),
    "net.ipv4.conf.all.route_localnet": random.chance(0.2) ? 1 : 0,
    "net.ipv4.conf.eth0.route_localnet": random.chance(0.1) ? 1 : 0,
    "net.ipv4.conf.all.rp_filter": filter(0.08),
    "net.ipv4.conf.eth1.rp_filter": filter(0.08),
    "net.netfilter.nf_conntrack_tcp_loose": random.chance(0.85) ? 1 : 0,
  };
}

interface Policy {
  readonly ipRules: readonly RuleSpec[];
  readonly ipRoutes: readonly RouteSpec[];
}

const NONE: Policy = { ipRules: [], ipRoutes: [] };

/** Addresses of one family in the words of policy routing. */
const ENDS = {
  4: { via: "192.168.77.2", from: "192.168.77.40", net: "10.96.0.0/12", one: "8.8.8.8/32", src: "192.168.77.40" },
  6: { via: "fd00:77::2", from: "fd00:77::1", net: "fd00:96::/64", one: "2001:db8::8/128", src: "fd00:77::1" },
} as const;

function policies(random: Random, family: Family): Policy {
  const { via, from, net, one, src } = ENDS[family];
  const overEth1: RouteSpec = { to: "default", via, dev: "eth1", table: "100" };
  const local: RouteSpec = { type: "local", to: family === 4 ? "0.0.0.0/0" : "::/0", dev: "lo", table: "133" };
  return random.weighted<() => Policy>([
    [7, () => NONE],
    [3, () => ({ ipRules: [{ priority: 100, fwmark: "0x1", table: "100" }], ipRoutes: [overEth1] })],
    [3, () => ({ ipRules: [{ priority: 100, fwmark: "1337", table: "133" }], ipRoutes: [local] })],
    [1, () => ({ ipRules: [{ priority: 90, from, table: "100" }], ipRoutes: [overEth1] })],
    [1, () => ({ ipRules: [{ priority: 80, iif: "eth0", table: "100" }], ipRoutes: [overEth1] })],
    [
      1,
      () => ({
        ipRules: [{ priority: 80, fwmark: "0x1/0x1", table: "100" }],
        ipRoutes: [{ type: "throw", to: one, table: "100" }, overEth1],
      }),
    ],
    [1, () => ({ ipRules: [], ipRoutes: [{ to: net, via, dev: "eth1" }] })],
    [1, () => ({ ipRules: [], ipRoutes: [{ to: net, via, dev: "eth1", src }] })],
    [1, () => ({ ipRules: [], ipRoutes: [{ to: one, type: random.pick(["blackhole", "unreachable", "prohibit"]) }] })],
  ])();
}

/** Listeners of both families on the ports that TPROXY and REDIRECT use. */
function listeners(random: Random): readonly SocketSpec[] {
  const proxy = (proto: "tcp" | "udp"): readonly SocketSpec[] =>
    ["0.0.0.0", "::"].map((address) => ({ proto, address, port: 15006, uid: 1337, gid: 1337, transparent: true }));
  const app: SocketSpec = {
    proto: "tcp",
    address: random.pick(["10.244.1.5", "0.0.0.0", "127.0.0.1"]),
    port: 8080,
    uid: 1000,
    gid: 1000,
  };
  return random.weighted([
    [5, []],
    [4, proxy("tcp")],
    [1, proxy("udp")],
    [1, [app]],
  ]);
}

export const host = (random: Random, family: Family): DrawnHost => ({
  sysctl: sysctls(random),
  sockets: listeners(random),
  ...policies(random, family),
});
