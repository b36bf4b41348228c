import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNetns, ParseError, parse, readWorld, send } from "../../src/index.ts";

/** JSON as people damage it: what fits, with one value replaced, left out or renamed, wherever it stands. */
function damaged<T>(whole: T): fc.Arbitrary<unknown> {
  const paths: (readonly string[])[] = [];
  const walk = (value: unknown, path: readonly string[]): void => {
    if (path.length > 0) paths.push(path);
    if (typeof value === "object" && value !== null)
      for (const key of Object.keys(value)) walk((value as Record<string, unknown>)[key], [...path, key]);
  };
  walk(whole, []);
  const change = fc.oneof(
    fc.jsonValue().map((value) => (holder: Record<string, unknown>, key: string) => {
      holder[key] = value;
    }),
    fc.constant((holder: Record<string, unknown>, key: string) => {
      delete holder[key];
    }),
    fc.string().map((name) => (holder: Record<string, unknown>, key: string) => {
      if (Array.isArray(holder)) return;
      Object.defineProperty(holder, name, { value: holder[key], enumerable: true, configurable: true, writable: true });
    }),
  );
  return fc.tuple(fc.constantFrom(...paths), change).map(([path, apply]) => {
    const copy = structuredClone(whole);
    const holder = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], copy);
    apply(holder as Record<string, unknown>, path.at(-1)!);
    return copy;
  });
}

/** Taken, or refused in one line that starts with a path. */
function told(work: () => unknown, start: RegExp): void {
  try {
    work();
  } catch (error) {
    if (error instanceof ParseError) return;
    const { message } = error as Error;
    expect(message).toMatch(start);
    expect(message.length).toBeLessThan(1500);
    expect(message).not.toMatch(/\n|undefined|\[object|Cannot /);
  }
}

const NETNS = {
  interfaces: [
    { name: "eth0", addresses: ["10.0.0.2/24", "fd00::2/64"] },
    { ifname: "eth1", addr_info: [{ family: "inet", local: "10.1.0.2", prefixlen: 24 }], mtu: 1500 },
  ],
  routes: [
    { to: "default", via: "10.0.0.1", dev: "eth0", type: "unicast", table: 7, metric: 5, src: "10.0.0.2" },
    { dst: "10.9.0.0/16", gateway: "10.1.0.1", dev: "eth1", flags: [], prefsrc: "10.1.0.2", metric: 10 },
    { dst: "default", nexthops: [{ gateway: "10.1.0.1", dev: "eth1", weight: 1 }] },
  ],
  rules: [
    { priority: 100, fwmark: "0x539/0xfff", table: "133", from: "10.0.0.0/8", iif: "eth0", not: true },
    { priority: 90, src: "10.1.0.6", srclen: 24, table: "200", fwmark: "0x1", suppress_prefixlength: 0 },
  ],
  sysctl: { "net.ipv4.ip_forward": 1, "net.ipv4.conf.eth0.rp_filter": "2" },
  sockets: [{ proto: "tcp", address: "::", port: 80, dual: true, remote: { address: "fd00::9", port: 5 } }],
  names: { users: { a: 1 }, groups: {}, hosts: { web: ["10.0.0.9"] }, services: { http: 80 } },
  conntrack: true,
};

describe("whatever is in the JSON, it is taken or refused with its place", () => {
  test("a namespace", () => {
    createNetns(NETNS as never);
    fc.assert(
      fc.property(damaged(NETNS), (spec) => told(() => createNetns(spec as never), /^netns[.:[]/)),
      { numRuns: 1500 },
    );
  });

  test("a packet", () => {
    const packet = {
      ...{
        proto: "tcp",
        src: "10.0.0.9",
        sport: 1,
        dst: "10.0.0.2",
        dport: 80,
        in: "eth0",
        uid: 5,
        groups: [1],
        mark: 7,
      },
      ...{ flags: ["SYN"], seq: 1, tos: 0, ttl: 64, length: 60, quoted: { proto: "udp", dst: "10.0.0.2", dport: 9 } },
    };
    const netns = createNetns();
    send(netns, packet);
    fc.assert(
      fc.property(damaged(packet), (one) => told(() => send(netns, one as never), /^packet[.:[]/)),
      { numRuns: 1500 },
    );
  });

  test("a world", () => {
    const world = {
      places: [
        {
          ...{
            name: "a",
            addresses: ["10.244.1.20/24"],
            gateways: "10.244.1.1",
            dump: "x",
            gateway: "n",
            device: "eth0",
          },
          actors: [
            { kind: "sidecar", upstreams: { "10.96.7.7:80": ["10.244.1.30:80"] }, mode: "TPROXY", uid: 1, bind: "::6" },
            { kind: "application", name: "web", ports: [80], proto: "tcp" },
          ],
          netns: { sockets: [] },
        },
        { name: "b", addresses: "10.244.1.30/24", istio: { proxyPort: "15001", redirectDNS: true } },
        { name: "c", addresses: "10.244.1.31/24", istio: ["-p", "15001", "-b", "*"], actors: [{ kind: "ztunnel" }] },
        {
          ...{ kind: "node", name: "n", nodeIPs: ["192.168.0.11/24"], podCIDR: "10.244.1.0/24", masqueradeAll: true },
          ...{ services: { "10.96.7.7:80": ["10.244.1.30:80"] }, nodePorts: { "30080": "10.96.7.7:80" } },
          nodes: { "10.244.2.0/24": "192.168.0.12" },
        },
      ],
    };
    const load = () => [parse("*nat\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n").ruleset];
    readWorld(world, load);
    fc.assert(
      fc.property(damaged(world), (one) => told(() => readWorld(one, load), /^(?:world|places)[.:[]/)),
      { numRuns: 1500 },
    );
  });
});
