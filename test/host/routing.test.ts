import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readHost } from "../../src/host/host.ts";
import { routeInput, routeOutput } from "../../src/host/routing.ts";
import { createNetns, parse, send } from "../../src/index.ts";
import { addressText, readAddress } from "../../src/net/address.ts";

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/host/${name}.json`, import.meta.url), "utf8"));

/** What a Linux 6.18 printed of a namespace made for this, and what its `ip route get` answered there. */
const host = readHost({
  interfaces: fixture("ip-addr"),
  routes: fixture("ip-route"),
  rules: fixture("ip-rule"),
});

interface Get {
  readonly to: string;
  readonly from?: string;
  readonly mark?: string;
  readonly dev?: string;
  readonly src?: string;
  readonly local?: boolean;
  readonly error?: string;
}

describe("the JSON of ip addr, ip route and ip rule gives the kernel's routes", () => {
  test.each(
    (fixture("ip-route-get") as Get[]).map((row) => [`${row.to} ${row.from ?? ""} ${row.mark ?? ""}`, row] as const),
  )("ip route get %s", (_, { to, from, mark, dev, src, error }) => {
    const { family, words } = readAddress(to)!;
    const key = {
      destination: words,
      source: from === undefined ? null : readAddress(from)!.words,
      mark: Number(mark ?? 0) | 0,
      inDevice: "",
      outDevice: "",
    };
    const route = routeOutput(host, family, key, true);
    if (error !== undefined) expect(route).toEqual({ kind: "none", reason: "blackhole" });
    else {
      expect(route).toMatchObject({ kind: "out", device: dev });
      if (route.kind === "out") expect(addressText(family, route.source)).toBe(src);
    }
  });
});

describe("a host in the contract's form", () => {
  const pod = readHost({
    interfaces: [{ name: "eth0", addresses: ["10.0.0.2/24", "10.0.0.9/24", "fd00::2/64"] }],
    routes: [{ to: "default", via: "10.0.0.1", dev: "eth0" }],
    sysctl: { "net.ipv4.ip_forward": 1, "net.ipv4.conf.eth0.forwarding": 0 },
  });
  const input = (source: string, destination: string, of = pod) =>
    routeInput(of, readAddress(source)!.family, {
      source: readAddress(source)!.words,
      destination: readAddress(destination)!.words,
      mark: 0,
      inDevice: "eth0",
      outDevice: "",
    });

  test("has lo whether it is given or not", () => expect([...pod.devices.keys()]).toContain("lo"));

  test.each([
    ["8.8.8.8", "10.0.0.2", { kind: "local" }],
    ["8.8.8.8", "10.0.0.9", { kind: "local" }],
    ["8.8.8.8", "10.0.0.255", { kind: "local" }],
    ["8.8.8.8", "255.255.255.255", { kind: "local" }],
    ["10.0.0.9", "10.0.0.2", { kind: "none", reason: "martian source" }],
    ["127.0.0.1", "10.0.0.2", { kind: "none", reason: "martian source" }],
    ["8.8.8.8", "127.0.0.1", { kind: "none", reason: "martian destination" }],
    ["8.8.8.8", "9.9.9.9", { kind: "none", reason: "forwarding disabled" }],
    ["fd00::9", "fd00::2", { kind: "local" }],
  ])("%s -> %s", (source, destination, way) => expect(input(source, destination)).toMatchObject(way));

  test("reverse path filters: strict asks for the same device, loose for any route", () => {
    const filtered = (value: number, routes: { to: string; via: string; dev: string }[]) =>
      readHost({
        interfaces: [
          { name: "eth0", addresses: ["10.0.0.2/24"] },
          { name: "eth1", addresses: ["10.1.0.2/24"] },
        ],
        routes,
        sysctl: { "net.ipv4.conf.all.rp_filter": value },
      });
    const viaEth1 = [{ to: "8.0.0.0/8", via: "10.1.0.1", dev: "eth1" }];
    expect(input("8.8.8.8", "10.0.0.2", filtered(1, viaEth1))).toEqual({ kind: "none", reason: "reverse path filter" });
    expect(input("8.8.8.8", "10.0.0.2", filtered(2, viaEth1))).toEqual({ kind: "local" });
    expect(input("8.8.8.8", "10.0.0.2", filtered(2, []))).toEqual({ kind: "none", reason: "reverse path filter" });
    expect(input("8.8.8.8", "10.0.0.2", filtered(0, []))).toEqual({ kind: "local" });
  });

  test("a rule about addresses is of their family alone", () => {
    const ruled = readHost({
      interfaces: [{ name: "eth0", addresses: ["10.0.0.2/24", "fd00::2/64"] }],
      routes: [
        { to: "default", dev: "eth0" },
        { to: "default", type: "blackhole", table: "7" },
      ],
      rules: [{ from: "10.0.0.0/8", table: "7" }],
    });
    const out = (source: string, destination: string) => {
      const { family, words } = readAddress(destination)!;
      const key = { source: readAddress(source)!.words, destination: words, mark: 0, inDevice: "", outDevice: "" };
      return routeOutput(ruled, family, key, true);
    };
    expect(out("10.0.0.2", "8.8.8.8")).toEqual({ kind: "none", reason: "blackhole" });
    expect(out("fd00::2", "2001:db8::1")).toMatchObject({ kind: "out", device: "eth0" });
  });

  test.each([
    [
      { rules: [{ family: "ipv6" as const, to: "10.0.0.0/8", table: "7" }] },
      /rules\[0\]\.to: .*ipv6.*"10\.0\.0\.0\/8"/,
    ],
    [{ interfaces: [{ name: "eth0", addresses: ["10.0.0"] }] }, /interfaces\[0\]\.addresses\[0\]: .*"10\.0\.0"/],
    [{ interfaces: ["eth0"] }, /interfaces\[0\]/],
    [{ routes: [{ via: "10.0.0.1" }] }, /routes\[0\]\.to/],
    [{ routes: [{ to: "default", via: "gateway" }] }, /routes\[0\]\.via.*"gateway"/],
    [{ rules: [{ fwmark: "x", table: 1 }] }, /rules\[0\]\.fwmark/],
    [{ rules: [{ fwmark: 1 }] }, /rules\[0\]\.table/],
    [{ sysctl: { "net.ipv4.ip_forward": "yes" } }, /ip_forward.*"yes"/],
    [{ sockets: [{ proto: "tcp" as const, address: "any", port: 1 }] }, /sockets\[0\]\.address/],
  ])("%j is refused with its place", (spec, message) => expect(() => createNetns(spec)).toThrow(message));
});

test("ip -j: empty objects are what its filter left out, a next hop may be of the other family", () => {
  const read = readHost({
    interfaces: [{}, { ifname: "eth7", addr_info: [{ family: "inet", local: "10.7.0.1", prefixlen: 24 }] }],
    routes: [{ dst: "10.69.0.0/16", via: { family: "inet6", host: "fe80::9" }, dev: "eth7" }],
  });
  expect([...read.devices.keys()]).toContain("eth7");
  const destination = readAddress("10.69.1.1")!.words;
  const key = { source: null, destination, mark: 0, inDevice: "", outDevice: "" };
  expect(routeOutput(read, "ipv4", key, true)).toMatchObject({ kind: "out", device: "eth7" });
});

test("a host without interfaces keeps its routes and rules, whatever address a packet supposes", () => {
  const { ruleset } = parse("*mangle\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp -j MARK --set-mark 1\nCOMMIT\n");
  const netns = createNetns({
    rulesets: [ruleset],
    rules: [{ fwmark: 1, table: 100 }],
    routes: [
      { to: "default", type: "local", dev: "lo", table: 100 },
      { to: "8.0.0.0/8", via: "10.0.0.1", dev: "eth0" },
    ],
  });
  const fateOf = (packet: string) => send(netns, packet).walk.fate;
  expect(fateOf("tcp 10.1.0.2:1 -> 8.8.8.8:80")).toMatchObject({ kind: "delivered", in: "lo" });
  // The subnet of the address that was supposed, a route that was given, and none.
  expect(fateOf("udp 10.1.0.2:1 -> 10.1.0.9:80")).toMatchObject({ kind: "sent", out: "eth0" });
  expect(fateOf("udp 10.1.0.2:1 -> 8.8.8.8:80")).toMatchObject({ kind: "sent", out: "eth0" });
  expect(fateOf("udp 10.1.0.2:1 -> 1.1.1.1:80")).toMatchObject({ kind: "unroutable", reason: "no route" });
});
