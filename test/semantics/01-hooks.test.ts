import { describe, expect, test } from "vitest";
import { createNetns, type Flavour, parse, send, toSave, withCounters } from "../../src/index.ts";
import { ALL_TABLES, entries, HOST, ROUTER, rulesOf, run, tryOut, world } from "./world.ts";

const IN = "tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0";
const OUT = "tcp 10.0.0.2:4000 -> 8.8.8.8:80";
const THROUGH = "tcp 10.0.0.9:4000 -> 192.168.7.9:80 in=eth0";

/** Built-in chains in the order of their policies. */
const order = (packet: string, flavour: Flavour): string[] =>
  tryOut(ALL_TABLES, [packet], { ...ROUTER, conntrack: true, flavour }).all[0]!.map((step) =>
    step.replace(" policy", ""),
  );

describe("1. Hooks, tables, priorities", () => {
  test.each([
    [
      "incoming",
      IN,
      [
        "raw PREROUTING",
        "mangle PREROUTING",
        "nat PREROUTING",
        "mangle INPUT",
        "filter INPUT",
        "security INPUT",
        "nat INPUT",
      ],
    ],
    [
      "forwarded",
      THROUGH,
      [
        ...[
          "raw PREROUTING",
          "mangle PREROUTING",
          "nat PREROUTING",
          "mangle FORWARD",
          "filter FORWARD",
          "security FORWARD",
        ],
        ...["mangle POSTROUTING", "nat POSTROUTING"],
      ],
    ],
    [
      "outgoing",
      OUT,
      [
        ...["raw OUTPUT", "mangle OUTPUT", "nat OUTPUT", "filter OUTPUT", "security OUTPUT"],
        ...["mangle POSTROUTING", "nat POSTROUTING"],
      ],
    ],
  ])("H1 the tables of an %s packet, legacy", (_, packet, chains) => {
    expect(order(packet, "legacy")).toEqual(chains);
  });

  test("H1 conntrack stands between raw and mangle", () => {
    const rules = "raw -A PREROUTING -m conntrack --ctstate NEW\nmangle -A PREROUTING -m conntrack --ctstate NEW";
    expect(tryOut(rules, [IN]).hits[0]).toEqual(["mangle PREROUTING 1"]);
  });

  test("H2 nft has security behind nat, which INPUT alone notices", () => {
    expect(order(IN, "nft").slice(-2)).toEqual(["nat INPUT", "security INPUT"]);
    expect(order(OUT, "nft")).toEqual(order(OUT, "legacy"));
    expect(order(THROUGH, "nft")).toEqual(order(THROUGH, "legacy"));
    const rules =
      "nat -A INPUT -j SNAT --to-source 10.8.8.8\nsecurity -A INPUT -s 10.0.0.9\nsecurity -A INPUT -s 10.8.8.8";
    expect(tryOut(rules, [IN]).hits[0]).toEqual(["security INPUT 1", "nat INPUT 1"]);
    expect(tryOut(rules, [IN], { flavour: "nft" }).hits[0]).toEqual(["nat INPUT 1", "security INPUT 2"]);
  });

  test("H3 nat INPUT runs behind filter INPUT", () => {
    const rules = "nat -A INPUT -j SNAT --to-source 10.8.8.8\nfilter -A INPUT -s 10.0.0.9";
    expect(tryOut(rules, [IN]).hits[0]).toEqual(["filter INPUT 1", "nat INPUT 1"]);
  });

  test.each([
    ["security -A INPUT -j DROP", IN, 0],
    ["nat :INPUT DROP", IN, 0],
    ["mangle -A POSTROUTING -j DROP", OUT, 0],
    ["nat :POSTROUTING DROP", OUT, 0],
    ["filter", IN, 1],
    ["filter", OUT, 1],
  ])("H4 the entry is confirmed at the very end: with %s, %s leaves %i", (rules, packet, count) => {
    expect(entries(tryOut(rules, [packet], { conntrack: true }).netns)).toHaveLength(count);
  });

  test.each([
    ["filter -A FORWARD -m conntrack --ctstate NEW", true],
    ["filter -A FORWARD -m state --state NEW", true],
    ["filter -A FORWARD -m connmark --mark 1", true],
    ["filter -A FORWARD -m connlimit --connlimit-above 5", true],
    ["nat -A UNREACHED -p tcp -j REDIRECT", true],
    ["nat -A UNREACHED -j DNAT --to-destination 10.0.0.9", true],
    ["nat -A UNREACHED -j SNAT --to-source 10.0.0.9", true],
    ["nat -A UNREACHED -j MASQUERADE", true],
    ["mangle -A UNREACHED -j CONNMARK --set-mark 1", true],
    ["raw -A UNREACHED -j CT --zone 1", true],
    ["raw -A PREROUTING -j CT --notrack", false],
    ["raw -A PREROUTING -j NOTRACK", false],
    ["filter -A FORWARD -j REJECT", false],
    ["mangle -A FORWARD -p tcp -j TPROXY --on-port 1", false],
    ["nat -A PREROUTING -p udp -j ACCEPT", false],
    ["nat -A PREROUTING -j LOG", false],
    ["nat -A PREROUTING -j MARK --set-mark 1", false],
  ])("H5 %s attaches conntrack: %s", (rule, attached) => {
    const packet = IN.replace("tcp", "udp");
    const seen = tryOut(`${rule}\nnat :PREROUTING ACCEPT`, [packet]);
    const tracked = !/NOTRACK|notrack/.test(rule) && attached;
    expect(entries(seen.netns)).toHaveLength(tracked ? 1 : 0);
    expect(seen.all[0]!.some((step) => step.startsWith("nat "))).toBe(attached);
  });

  test("H5 while conntrack is off the translated chains are not evaluated; the override decides", () => {
    const rules = "nat -A PREROUTING -j LOG";
    expect(tryOut(rules, [IN]).hits).toEqual([[]]);
    expect(tryOut(rules, [IN], { conntrack: true }).hits).toEqual([["nat PREROUTING 1"]]);
    const redirect = "nat -A PREROUTING -p tcp -j REDIRECT --to-ports 1";
    expect(tryOut(redirect, [IN], { conntrack: false }).ends).toEqual(["delivered eth0 10.0.0.9:4000 -> 10.0.0.2:80"]);
  });

  test("H5 the families are attached each for itself", () => {
    const both = createNetns({
      ...HOST,
      rulesets: [
        rulesOf("nat -A PREROUTING -p tcp -j REDIRECT --to-ports 1"),
        rulesOf("nat -A PREROUTING -j LOG", { family: "ipv6" }),
      ],
    });
    const seen = run(both, [IN, { proto: "tcp", src: "fd00::9", dst: "fd00::2", dport: 80, in: "eth0" }]);
    expect(seen.hits).toEqual([["nat PREROUTING 1"], []]);
  });

  test.each([
    ["legacy, then nft", ["legacy", "nft"], 2],
    ["nft, then legacy", ["nft", "legacy"], 1],
  ] as const)("H6 both flavours loaded, %s: the later one runs first, and its mapping wins", (_, flavours, first) => {
    const port = { legacy: 1, nft: 2 };
    const rulesets = flavours.map((flavour) =>
      rulesOf(
        `nat -A PREROUTING -p tcp -j REDIRECT --to-ports ${port[flavour]}
         mangle -A PREROUTING -j MARK --set-xmark ${port[flavour]}/0x0
         filter -A INPUT -p tcp`,
        { flavour },
      ),
    );
    const seen = run(createNetns({ ...HOST, rulesets }), [IN]);
    expect(seen.walks[0]!.fate).toMatchObject({ kind: "delivered", dport: first, mark: 3 });
    // Both mangle and both filter rules counted, one nat rule.
    expect(seen.hits[0]!.filter((step) => step.startsWith("nat"))).toEqual(["nat PREROUTING 1"]);
    expect(seen.hits[0]!.filter((step) => step.startsWith("filter"))).toHaveLength(2);
  });

  test("H6 where the first flavour maps nothing the other is asked, and a DROP of either is final", () => {
    const nft = rulesOf("nat -A PREROUTING -p udp -j REDIRECT --to-ports 2", { flavour: "nft" });
    const legacy = rulesOf("nat -A PREROUTING -p tcp -j REDIRECT --to-ports 1\nfilter -A INPUT -j DROP");
    const seen = run(createNetns({ ...HOST, rulesets: [legacy, nft] }), [IN]);
    expect(seen.all[0]!.slice(0, 2)).toEqual(["nat PREROUTING policy", "nat PREROUTING 1"]);
    expect(seen.ends).toEqual(["dropped filter INPUT 1"]);
  });

  test("H8 reassembled packets are no fragments: -f matches none", () => {
    expect(tryOut("filter -A INPUT -f\nfilter -A INPUT ! -f", [IN], { conntrack: true }).hits[0]).toEqual([
      "filter INPUT 2",
    ]);
  });

  test.each([
    ["legacy", ":INPUT ACCEPT [0:0]", "[1:60]"],
    ["nft", ":INPUT ACCEPT [0:0]", "[1:60]"],
    ["legacy", ":INPUT ACCEPT", "[1:60]"],
    ["nft", ":INPUT ACCEPT", "[0:0]"],
  ] as const)("H9 policy counters of %s after a restore of %s", (flavour, line, counters) => {
    const text = `*filter\n${line}\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n`;
    const ruleset = { ...parse(text, { family: "ipv4" }).ruleset, flavour };
    const { netns } = run(createNetns({ ...HOST, rulesets: [ruleset] }), [IN]);
    expect(toSave(withCounters(ruleset, netns.counters), { counters: true })).toContain(`:INPUT ACCEPT ${counters}`);
  });

  test("H9 rule counters rise by one packet and its bytes", () => {
    const netns = world("filter -A INPUT -p tcp");
    const seen = run(netns, [IN, `${IN} length=100`]);
    expect(toSave(withCounters(netns.rulesets[0]!, seen.netns.counters), { counters: true })).toContain(
      "[2:160] -A INPUT -p tcp",
    );
  });

  test.each([
    ["an unknown target", "-A PREROUTING -p tcp -j FULLCONENAT"],
    ["a chain that is not shown", "-A PREROUTING -p tcp -j SHOWN_ELSEWHERE"],
  ])("H5 %s in nat may translate, so the walk is open", (_, rule) => {
    const dump = `*nat\n:PREROUTING ACCEPT [0:0]\n${rule}\nCOMMIT\n`;
    const netns = createNetns({ rulesets: [parse(dump, { family: "ipv4" }).ruleset] });
    expect(send(netns, "tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0").walk.fate.kind).toBe("undetermined");
  });
});
