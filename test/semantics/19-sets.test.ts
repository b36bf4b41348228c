import { describe, expect, test } from "vitest";
import { createNetns, type Netns, outcomes, parse, send, setsText } from "../../src/index.ts";
import { specOf } from "../kernel/lab-walk.ts";
import { INTERFACES, ROUTES } from "../recorded/cases.ts";
import { countersOf } from "../recorded/replay.ts";
import { CASES } from "./sets-cases.ts";
import { heldLines, hitsText, rulesText, setsOf } from "./sets-texts.ts";
import { run, tryOut, world } from "./world.ts";

/** Walks a case that was put to the kernel, and expects what was seen there. */
function seenAsWalked(name: string): void {
  const one = CASES[name]!;
  const { ruleset } = parse(rulesText(one), { family: one.family === 6 ? "ipv6" : "ipv4" });
  let netns: Netns = createNetns({
    rulesets: [ruleset],
    interfaces: INTERFACES,
    routes: ROUTES,
    sysctl: { "net.ipv4.ip_forward": 1 },
    sockets: [],
    sets: setsOf(one),
  });
  const hits = one.packets.map((packet) => {
    const { walk, netns: after } = send(netns, specOf(packet, one.family ?? 4));
    netns = after;
    return hitsText(countersOf(walk));
  });
  expect(hits).toEqual(one.hits);
  if (one.held !== undefined) expect(heldLines(setsText(netns.sets!))).toEqual(one.held);
}

const udp = (sport: number, from = "10.0.0.9"): string => `udp ${from}:${sport} -> 10.0.0.2:53 in=eth0`;

describe("19. Sets", () => {
  test("S8 a rule that gives fewer sides than the set has dimensions does not match; too many are ignored", () =>
    seenAsWalked("dimensions"));

  test("S9 sets of the other family have nothing; ports and lists are of both", () => seenAsWalked("family"));

  test("S10 a side is the header as it is now: behind a translation the new one", () => seenAsWalked("headers"));

  test("S11 the longest network decides; nomatch is an exception; --return-nomatch finds exceptions alone", () =>
    seenAsWalked("nets"));

  test("S11 networks in company", () => seenAsWalked("pairs"));

  test("S12 ports: protocol and port, type and code of ICMP on both sides, 0 of others; a bitmap has TCP and UDP", () =>
    seenAsWalked("ports"));

  test("S13 hash:net,iface: src is the in device, dst the out device", () => seenAsWalked("devices"));

  test("S14 counters rise with each look-up that finds, the packet itself included in what is compared", () =>
    seenAsWalked("counters"));

  test("S14 counters of a list and of its members", () => seenAsWalked("subcounters"));

  test("S15 SET --add-set is seen by the next rule; --exist makes anew; a full set takes nothing", () =>
    seenAsWalked("adding"));

  test("S15 a set that lets any element go for a new one leaves it open", () => {
    const sets = "create s hash:ip maxelem 1 forceadd\nadd s 10.0.0.1";
    const { fate } = run(world("filter -A INPUT -j SET --add-set s src", { sets }), [udp(1)]).walks[0]!;
    expect(fate).toMatchObject({ kind: "undetermined", because: [{ extension: "SET", message: /chance/ }] });
  });

  test("S16 what is added to or deleted from networks has the greatest length that the set has", () =>
    seenAsWalked("lengths"));

  test("S17 --map-set gives the packet the mark of the element that is found", () => seenAsWalked("mapping"));

  test("S17 a mark from a set routes again like any other", () => {
    const sets = "create s hash:ip skbinfo\nadd s 8.8.8.8 skbmark 0x1";
    const { ends } = tryOut("mangle -A OUTPUT -j SET --map-set s dst --map-mark", ["udp -> 8.8.8.8:53 uid=0 gid=0"], {
      sets,
      rules: [{ priority: 100, fwmark: "0x1", table: 100 }],
      routes: [
        { to: "default", via: "10.0.0.1", dev: "eth0" },
        { to: "default", via: "192.168.7.9", dev: "eth1", table: 100 },
      ],
    });
    expect(ends).toEqual(["sent eth1 10.0.0.2:40000 -> 8.8.8.8:53 mark 1"]);
  });

  test("S18 a list asks its members one after another, and the first that takes an element has it", () =>
    seenAsWalked("lists"));

  test("S19 bitmap:ip,mac: an address without hardware address takes that of the first frame", () =>
    seenAsWalked("hardware"));

  test("S19 whose hardware address a set has nobody knows: packets here have none", () => {
    const sets = "create s hash:ip,mac\nadd s 10.0.0.9,02:00:00:00:00:01";
    const netns = world("filter -A INPUT -m set --match-set s src,src -j DROP", { sets });
    expect(
      outcomes(netns, udp(1))
        .map(({ walk }) => walk.fate.kind)
        .sort(),
    ).toEqual(["delivered", "dropped"]);
    expect(run(netns, [udp(1)]).walks[0]!.fate).toMatchObject({ because: [{ message: /hardware address/ }] });
    expect(run(netns, [udp(1, "10.0.0.8"), "udp -> 127.0.0.1:53 uid=0 gid=0"]).ends).toEqual([
      "delivered eth0 10.0.0.8:1 -> 10.0.0.2:53",
      "delivered lo 127.0.0.1:40000 -> 127.0.0.1:53",
    ]);
  });

  test("S20 netmask and bitmask: addresses are masked when they are added and when they are looked up", () =>
    seenAsWalked("masks"));

  test("S21 an element is gone when its time is over, and may be added again", () => {
    const rules = `filter -A INPUT -m set --match-set s src
      filter -A INPUT -j SET --add-set s src --timeout 5`;
    const sets = "create s hash:ip timeout 600\nadd s 10.0.0.8 timeout 3";
    const at = (time: number, from?: string) => [time, udp(1, from)] as const;
    const { hits } = tryOut(rules, [at(0), at(5), at(6), at(6), at(2, "10.0.0.8"), at(8, "10.0.0.8")], { sets });
    expect(hits.map((one) => one.includes("filter INPUT 1"))).toEqual([false, true, false, true, true, false]);
  });
});

describe("what nobody said of sets", () => {
  const rule = "filter -A INPUT -m set --match-set s src -j DROP";
  const because = (sets?: string) =>
    send(world(rule, sets === undefined ? {} : { sets }), udp(1)).walk.fate as { because?: readonly object[] };

  test("no sets: the walk depends on what the set holds", () => {
    expect(because()).toMatchObject({
      kind: "undetermined",
      because: [{ chain: "INPUT", rule: 1, field: "sets", message: /what set s holds is not said/ }],
    });
  });

  test("other sets: iptables would not have loaded the rule", () => {
    expect(because("create t hash:ip").because).toMatchObject([{ message: /iptables would not have loaded/ }]);
  });

  test("an inverted match asks whether the packet is in the set", () => {
    const found = outcomes(world(rule.replace("--match", "! --match")), udp(1));
    const ends = found.map(({ walk, assumptions }) => [
      assumptions[0]!.condition,
      assumptions[0]!.holds,
      walk.fate.kind,
    ]);
    expect(ends).toEqual([
      ["--match-set s src", false, "dropped"],
      ["--match-set s src", true, "delivered"],
    ]);
  });
});
