import { describe, expect, test } from "vitest";
import { outcomes } from "../../src/index.ts";
import { entries, type Setting, tryOut, world } from "./world.ts";

describe("20. Second look: bridges", () => {
  const BRIDGE: Setting = {
    interfaces: [
      { name: "br0", addresses: ["10.0.0.1/24"], ports: ["pa", "pb"] },
      { name: "one", addresses: ["10.5.0.1/24"], ports: ["pc"] },
      { name: "wan", addresses: ["192.168.7.1/24"], ports: [] },
      { name: "unsaid", addresses: ["10.6.0.1/24"] },
    ],
    routes: [],
    sysctl: { "net.ipv4.ip_forward": 1 },
  };
  const OPTIONS = [
    "--physdev-in pa",
    "--physdev-is-in",
    "--physdev-is-bridged",
    "--physdev-out pb",
    "--physdev-is-out",
  ];
  const both = (chain: string) =>
    OPTIONS.flatMap((one) => [`mangle -A ${chain} -m physdev ${one}`, `mangle -A ${chain} -m physdev ! ${one}`]).join(
      "\n",
    );
  /** Rules that hold, in twos: `1` the option, `!` its negation, `-` neither. */
  const held = (hits: readonly string[], chain: string): string =>
    OPTIONS.map((_, at) => {
      const has = (rule: number): boolean => hits.includes(`mangle ${chain} ${rule}`);
      return has(2 * at + 1) ? "1" : has(2 * at + 2) ? "!" : "-";
    }).join("");
  const CHAINS = ["PREROUTING", "INPUT", "FORWARD", "POSTROUTING"];
  const look = (packet: string, setting: Setting = BRIDGE): Readonly<Record<string, string>> => {
    const [hits] = tryOut(CHAINS.map(both).join("\n"), [packet], setting).hits;
    return Object.fromEntries(
      CHAINS.map((chain) => [chain, held(hits!, chain)]).filter(([, text]) => text !== "-----"),
    );
  };

  test.each([
    [
      "come by a device that is no bridge",
      "udp 192.168.7.9:1 -> 10.0.0.9:2 in=wan",
      ["PREROUTING", "FORWARD", "POSTROUTING"],
    ],
    [
      "come by no port, as the packet says",
      "udp 10.6.0.9:1 -> 10.6.0.1:2 in=unsaid physIn=none",
      ["PREROUTING", "INPUT"],
    ],
    ["generated here", "udp 10.0.0.1:1 -> 10.0.0.9:2", ["POSTROUTING"]],
  ])("U2 %s: whatever is negated holds", (_, packet, chains) => {
    expect(look(packet)).toEqual(Object.fromEntries(chains.map((chain) => [chain, "!!!!!"])));
    const twice =
      "filter -A FORWARD -m physdev ! --physdev-in pa ! --physdev-is-bridged\nfilter -A FORWARD -m physdev ! --physdev-in pa --physdev-is-out";
    if (chains.includes("FORWARD")) expect(tryOut(twice, [packet], BRIDGE).hits[0]).toEqual(["filter FORWARD 1"]);
  });

  test("U2 with bridge-nf-call-iptables off, too, though it came by a port", () => {
    const off = { ...BRIDGE, sysctl: { ...BRIDGE.sysctl, "net.bridge.bridge-nf-call-iptables": 0 } };
    expect(look("udp 10.0.0.9:1 -> 10.0.0.1:2 in=br0 physIn=pa", off)).toEqual({
      PREROUTING: "!!!!!",
      INPUT: "!!!!!",
    });
  });

  test("U2 nobody said by which port, or whether by one: open where it matters", () => {
    const rules =
      "filter -A INPUT -m physdev --physdev-is-in -j DROP\nfilter -A INPUT -m physdev --physdev-in pa -j DROP";
    const ends = (packet: string) => tryOut(rules, [packet], BRIDGE).walks.map(({ fate }) => fate.kind);
    expect(ends("udp 10.6.0.9:1 -> 10.6.0.1:2 in=unsaid")).toEqual(["undetermined"]);
    expect(ends("udp 10.6.0.9:1 -> 10.6.0.1:2 in=unsaid physIn=x")).toEqual(["dropped"]);
    expect(ends("udp 10.5.0.9:1 -> 10.5.0.1:2 in=one")).toEqual(["dropped"]);
    expect(ends("udp 10.5.0.9:1 -> 10.5.0.1:2 in=pc")).toEqual(["dropped"]);
    expect(ends("tcp 10.6.0.9:1 -> 10.0.0.1:2 in=wan")).toEqual(["delivered"]);
    const open = "filter -A INPUT -p tcp -m physdev --physdev-is-in -j DROP";
    expect(tryOut(open, ["udp 10.6.0.9:1 -> 10.6.0.1:2 in=unsaid"], BRIDGE).walks[0]!.fate.kind).toBe("delivered");
  });

  test("U2 what ip -d -j addr prints says which devices are ports", () => {
    const printed = (kind: object) => [
      { ifname: "br0", addr_info: [{ local: "10.0.0.1", prefixlen: 24 }] },
      { ifname: "pa", master: "br0", addr_info: [], ...kind },
    ];
    const end = (kind: object) =>
      tryOut("filter -A INPUT -m physdev --physdev-in pa -j DROP", ["udp 10.0.0.9:1 -> 10.0.0.1:2 in=br0"], {
        interfaces: printed(kind),
        routes: [],
      }).walks[0]!.fate.kind;
    expect(end({ linkinfo: { info_slave_kind: "bridge" } })).toBe("dropped");
    expect(end({ linkinfo: { info_slave_kind: "bond" } })).toBe("delivered");
    expect(end({})).toBe("undetermined");
  });

  test("U4 a switched frame: its ports, its devices, its TTL, its entry", () => {
    const frame = "udp 10.0.0.9:1 -> 10.0.0.8:2 in=pa physOut=pb";
    expect(look(frame)).toEqual({ PREROUTING: "11!-!", FORWARD: "11111", POSTROUTING: "11111" });
    const rules = `mangle -A PREROUTING -i br0
      mangle -A FORWARD -i br0 -o br0 -m ttl --ttl-eq 64
      mangle -A POSTROUTING -j devices
      mangle -A devices -i br0
      mangle -A devices ! -i + -o br0
      mangle -A devices ! -i br0 -o br0
      nat -A PREROUTING -m conntrack --ctstate NEW
      nat -A POSTROUTING -o br0 -j MASQUERADE`;
    const seen = tryOut(rules, [frame], BRIDGE);
    const nat = [
      "nat PREROUTING 1",
      "mangle FORWARD 1",
      "mangle POSTROUTING 1",
      "mangle devices 3",
      "nat POSTROUTING 1",
    ];
    expect(seen.hits[0]).toEqual(["mangle PREROUTING 1", ...nat]);
    expect(seen.walks[0]!.fate).toMatchObject({ kind: "sent", out: "br0", physOut: "pb", src: "10.0.0.1" });
    expect(entries(seen.netns)).toEqual(["10.0.0.9:1 -> 10.0.0.8:2 | 10.0.0.8:2 -> 10.0.0.1:1"]);
  });

  test.each([
    ["to this host", "10.0.0.1", { PREROUTING: "11!-!", INPUT: "11!-!" }],
    ["to another device", "192.168.7.9", { PREROUTING: "11!-!", FORWARD: "11!-!", POSTROUTING: "11!-!" }],
  ])("U4 a switched frame that DNAT leads %s", (_, to, holds) => {
    const rules = `nat -A PREROUTING -j DNAT --to-destination ${to}\n${CHAINS.map(both).join("\n")}`;
    const [hits] = tryOut(rules, ["udp 10.0.0.9:1 -> 10.0.0.8:2 in=pa physOut=pb"], BRIDGE).hits;
    const found = CHAINS.map((chain) => [chain, held(hits!, chain)]).filter(([, text]) => text !== "-----");
    expect(Object.fromEntries(found)).toEqual(holds);
  });

  test("U4 DNAT back into the bridge: still switched, by a port that nobody knows, if the host forwards", () => {
    const rules = `nat -A PREROUTING -j DNAT --to-destination 10.0.0.7
      filter -A FORWARD -i br0 -o br0 -m physdev --physdev-is-bridged --physdev-is-out -j ACCEPT
      filter :FORWARD DROP`;
    const frame = "udp 10.0.0.9:1 -> 10.0.0.8:2 in=pa physOut=pb";
    const seen = tryOut(rules, [frame], BRIDGE);
    expect(seen.walks[0]!.fate).toEqual({
      kind: "sent",
      out: "br0",
      forwarded: true,
      mark: 0,
      src: "10.0.0.9",
      sport: 1,
      dst: "10.0.0.7",
      dport: 2,
    });
    const named = rules.replace("--physdev-is-out", "--physdev-out pb");
    expect(outcomes(world(named, BRIDGE), frame).map(({ walk }) => walk.fate.kind)).toEqual(["dropped", "sent"]);
    expect(tryOut(rules, [frame], { ...BRIDGE, sysctl: {} }).ends).toEqual([
      "unroutable PREROUTING forwarding disabled",
    ]);
  });

  test("U5 come by a port, for this host or forwarded: no port by which it leaves", () => {
    expect(look("udp 10.0.0.9:1 -> 10.0.0.1:2 in=br0 physIn=pa")).toEqual({ PREROUTING: "11!-!", INPUT: "11!-!" });
    const forwarded = { PREROUTING: "11!-!", FORWARD: "11!-!", POSTROUTING: "11!-!" };
    expect(look("udp 10.0.0.9:1 -> 192.168.7.9:2 in=br0 physIn=pa")).toEqual(forwarded);
    expect(look("udp 10.0.0.9:1 -> 10.0.0.8:2 in=br0 physIn=pa")).toEqual(forwarded);
  });
});
