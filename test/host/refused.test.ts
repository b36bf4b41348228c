import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createNetns, parse } from "../../src/index.ts";

const filter = parse("*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n");
const eth0 = { name: "eth0", addresses: ["10.0.0.2/24"] };
const socket = { proto: "tcp", address: "0.0.0.0", port: 80 };
/** As no type checker has seen it. */
const create = (spec: unknown) => createNetns(spec as never);

describe("what does not fit is refused with its place, what is allowed, and what was given", () => {
  test.each<readonly [unknown, string]>([
    [null, "netns: expected an object, got null"],
    ["nat.txt", 'netns: expected an object, got "nat.txt"'],
    [{ socket: [] }, 'did you mean "sockets"?'],
    [{ Sysctl: {} }, "netns.Sysctl: expected one of rulesets, interfaces, routes, rules, sysctl"],
    [{ interfaces: {} }, "netns.interfaces: expected a list, got {}"],
    [{ interfaces: [eth0, eth0] }, 'netns.interfaces[1].name: expected each device once, got "eth0"'],
    [{ interfaces: [{ name: "eth0", adresses: [] }] }, 'got "adresses"; did you mean "addresses"?'],
    [{ interfaces: [{ name: "eth0", addresses: [5] }] }, "netns.interfaces[0].addresses[0]: expected an address"],
    [
      { sockets: [socket, socket, { ...socket, port: 99999 }] },
      "netns.sockets[2].port: expected a whole number from 0 to 65535, got 99999",
    ],
    [
      { sockets: [{ ...socket, port: "80" }] },
      'netns.sockets[0].port: expected a whole number from 0 to 65535, got "80"',
    ],
    [
      { sockets: [{ proto: "tcp", address: "::" }] },
      "netns.sockets[0].port: expected a whole number from 0 to 65535, got nothing",
    ],
    [
      { sockets: [{ ...socket, proto: "tpc" }] },
      'expected one of tcp, udp, sctp, dccp, got "tpc"; did you mean "tcp"?',
    ],
    [
      { sockets: [{ ...socket, proto: "constructor" }] },
      "netns.sockets[0].proto: expected one of tcp, udp, sctp, dccp",
    ],
    [
      { sockets: [{ ...socket, address: "10.0.0.1/24" }] },
      "netns.sockets[0].address: expected an IPv4 or IPv6 address",
    ],
    [
      { sockets: [{ ...socket, remote: { address: "::1", port: 1 } }] },
      "sockets[0].remote.address: expected an ipv4 address",
    ],
    [
      { sockets: [{ ...socket, uid: -1 }] },
      "netns.sockets[0].uid: expected a whole number from 0 to 4294967295, got -1",
    ],
    [
      { routes: [{ to: "default", via: "10.0.0.1", device: "eth0" }] },
      "netns.routes[0].device: expected one of to, via, dev",
    ],
    [{ routes: [{ to: "default", dev: "eth0", type: "unicst" }] }, 'did you mean "unicast"?'],
    [{ routes: [{ to: "default", dev: "eth0", metric: "low" }] }, "netns.routes[0].metric: expected a whole number"],
    [
      { routes: [{ to: "10.9.0.0/40", dev: "eth0" }] },
      'netns.routes[0].to: expected a prefix or "default", got "10.9.0.0/40"',
    ],
    [
      { interfaces: [eth0], routes: [{ to: "default", dev: "eht0" }] },
      'netns.routes[0].dev: expected one of lo, eth0, got "eht0"; did you mean "eth0"?',
    ],
    [{ interfaces: [eth0], routes: [{ to: "default" }] }, "netns.routes[0].dev: expected a device, got nothing"],
    [{ interfaces: [eth0], routes: [{ to: "default", via: "10.9.0.1" }] }, "since no interface's subnet holds via"],
    [{ rules: [{ fwmrk: 1, table: 1 }] }, "netns.rules[0].fwmrk: expected one of"],
    [
      {
        rules: [
          { family: "ipv6", table: 1 },
          { fwmark: "x", table: 1 },
        ],
      },
      "netns.rules[1].fwmark: expected value or value/mask",
    ],
    [{ sysctl: { "net.ipv4.ip_forwad": 1 } }, 'netns.sysctl["net.ipv4.ip_forwad"]: expected a setting that counts'],
    [{ sysctl: { "net.ipv4.ip_forwad": 1 } }, 'did you mean "net.ipv4.ip_forward"?'],
    [{ sysctl: { "net.ipv4.conf.eth0.route_localnets": 1 } }, 'did you mean "net.ipv4.conf.eth0.route_localnet"?'],
    [{ sysctl: { "forwarding!": 1 } }, "names are those of sysctl"],
    [{ sysctl: { "net.ipv4.ip_forward": "" } }, 'netns.sysctl["net.ipv4.ip_forward"]: expected a whole number, got ""'],
    [{ sysctl: { "net.ipv4.ip_forward": true } }, "expected a whole number, got true"],
    [{ sysctl: { "net.ipv4.conf.all.src_valid_mark": 1 } }, "expected 0, since nothing else is modelled, got 1"],
    [{ interfaces: [eth0], sysctl: { "net.ipv4.conf.eht0.rp_filter": 1 } }, 'did you mean "eth0"?'],
    [
      { names: { user: {} } },
      'netns.names.user: expected one of users, groups, hosts, services, got "user"; did you mean "users"?',
    ],
    [{ names: { users: { "istio-proxy": "1337" } } }, 'netns.names.users["istio-proxy"]: expected a whole number'],
    [{ names: { hosts: { web: ["10.0.0.300"] } } }, 'netns.names.hosts.web[0]: expected an address, got "10.0.0.300"'],
    [{ conntrack: "yes" }, 'netns.conntrack: expected true or false, got "yes"'],
    [{ rulesets: filter.ruleset }, "netns.rulesets: expected a list, got {"],
    [{ rulesets: [filter] }, "netns.rulesets[0]: expected a ruleset, got what parse returns; give its member ruleset"],
    [
      { rulesets: ["*nat"] },
      'netns.rulesets[0]: expected a ruleset, got "*nat"; parse(text).ruleset makes one of a text',
    ],
    [
      { rulesets: [{ ...filter.ruleset, flavour: "nftables" }] },
      "netns.rulesets[0].flavour: expected one of legacy, nft",
    ],
    [
      { rulesets: [{ ...filter.ruleset, tables: [{ name: "nut", chains: [] }] }] },
      "netns.rulesets[0].tables[0].name: expected one of",
    ],
    [
      { rulesets: [filter.ruleset, filter.ruleset] },
      "netns.rulesets[1]: expected one ruleset of a family and flavour, got a second of legacy ipv4 (the first is netns.rulesets[0])",
    ],
  ])("%j", (spec, message) => {
    expect(() => create(spec)).toThrow(TypeError);
    expect(() => create(spec)).toThrow(message);
  });
});

describe("what fits is taken", () => {
  test("the JSON of ip carries members of its own, which are no slips", () => {
    const fixture = (name: string) =>
      JSON.parse(readFileSync(new URL(`../fixtures/host/${name}.json`, import.meta.url), "utf8"));
    const made = { interfaces: fixture("ip-addr"), routes: fixture("ip-route"), rules: fixture("ip-rule") };
    expect(JSON.stringify(made)).toMatch(/"operstate".*"protocol".*"fwmask"/);
    expect(createNetns(made).host.devices.size).toBeGreaterThan(1);
  });

  test.each([
    { "net.ipv6.conf.eth0.forwarding": 1, "net.ipv6.conf.all.forwarding": "1" },
    { "net.ipv4.conf.eth0.forwarding": 1, "net.ipv4.conf.default.rp_filter": 2 },
    { "net.ipv4.conf.all.accept_local": 0, "net.netfilter.nf_conntrack_tcp_loose": 0 },
  ])("%j", (sysctl) => expect(createNetns({ interfaces: [eth0], sysctl }).host.sysctl).toBeDefined());

  test("a route to a device that is left out, if it is no slip of one that is there", () => {
    const routes = ["eth1", "veth0", "cni0"].map((dev, at) => ({ to: `10.${at}.0.0/16`, dev }));
    const sysctl = { "net.ipv4.conf.eth1.rp_filter": 1 };
    expect(createNetns({ interfaces: [eth0], routes, sysctl }).host.ipv4.tables.get("254")!.length).toBe(4);
  });

  test("a dot in a device's name is a slash in its settings", () => {
    const interfaces = [{ name: "eth0.100", addresses: [] }];
    const { sysctl } = createNetns({ interfaces, sysctl: { "net.ipv4.conf.eth0/100.rp_filter": 1 } }).host;
    expect(sysctl.reversePathFilter("eth0.100")).toBe(1);
  });

  test("a next hop tells the device of its route", () => {
    const { host } = createNetns({ interfaces: [eth0], routes: [{ to: "default", via: "10.0.0.1" }] });
    expect(host.ipv4.tables.get("254")!.find((route) => route.length === 0)).toMatchObject({ dev: "eth0" });
  });

  test("a policy rule that says not: false is not turned round", () => {
    const { host } = createNetns({
      rules: [
        { fwmark: 1, table: 7, not: false },
        { fwmark: 2, table: 7, not: true },
      ],
    });
    expect(host.ipv4.rules.filter((rule) => rule.table === "7").map((rule) => rule.not)).toEqual([true, false]);
  });
});

test("settings that no packet's way depends on are taken, as sysctl -a prints them", () => {
  const sysctl = { "net.core.somaxconn": 4096, "net.ipv4.ip_forward": "1", "net.ipv4.tcp_syncookies": 1 };
  expect(createNetns({ sysctl }).host.sysctl.forwarding(false, "eth0")).toBe(true);
});
