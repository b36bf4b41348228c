import { describe, expect, test } from "vitest";
import type { Entry } from "../../../src/conntrack/entry.ts";
import { ConntrackTable } from "../../../src/conntrack/table.ts";
import { frameTuple, invert } from "../../../src/conntrack/tuple.ts";
import type { Frame } from "../../../src/predicate/frame.ts";
import { sharedName } from "../../../src/predicate/memory.ts";
import type { Remembered } from "../../../src/predicate/predicate.ts";
import type { Flavour } from "../../../src/predicate/rule-ref.ts";
import { stepOf } from "../../../src/walk/leaves/memory.ts";
import type { Run } from "../../../src/walk/run/run.ts";
import { contextOf, readSave, records } from "./harness.ts";

/** A packet as far as matches with a memory look at it. */
const packet = (from: number, more: Partial<Frame> = {}): Frame =>
  ({
    ...{ v6: false, s0: 0, s1: 0, s2: 0, s3: from, d0: 0, d1: 0, d2: 0, d3: 9, proto: 17, sport: 1, dport: 2 },
    ...{ length: 100, ttl: 64, outDevice: "", socket: 0 },
    ...more,
  }) as Frame;

type Rule = readonly [kind: string, text: string];

/** The one condition of a rule, which remembers. */
function rememberedBy([kind, text]: Rule, { v6, flavour }: { v6: boolean; flavour: Flavour }): Remembered {
  const family = v6 ? "ipv6" : "ipv4";
  const [only, ...rest] = records[kind]!.meaning(readSave(kind, text, contextOf(family)), family, flavour);
  if (only?.test.kind !== "memory" || rest.length > 0) throw new Error(`-m ${kind} does not only remember`);
  return only.test;
}

/** What a step asks of the walk that it is part of; no packet here has an entry of its own. */
type Asked = Pick<Run, "now" | "read" | "write" | "conntrack" | "entry" | "template" | "zone">;

/**
 * Rules with one memory where their names say so, each else with its own. Every packet is shown to all of them in turn:
 * 1 for each that matches, 0 for the others.
 */
function play(rules: readonly Rule[], { flavour = "legacy" as Flavour, conntrack = ConntrackTable.empty } = {}) {
  const slots = new Map<string, unknown>();
  return (frame: Frame, now: number): string => {
    const run: Asked = {
      ...{ now, conntrack, entry: null, template: null, zone: null },
      read: (slot) => slots.get(slot),
      // Whatever is kept has to be plain data.
      write: (slot, state) => void slots.set(slot, structuredClone(state)),
    };
    return rules
      .map((rule, at) => {
        const { memory, negated } = rememberedBy(rule, { v6: frame.v6, flavour });
        if (memory.memory === "set") throw new Error("sets are kept elsewhere");
        const slot = sharedName(memory, frame.v6) ?? `rule ${at}`;
        return stepOf(memory)(run as unknown as Run, slot, frame) === negated ? "0" : "1";
      })
      .join("");
  };
}

describe("-m recent", () => {
  test("-m recent counts the --set of this packet too: --hitcount 4 is first reached by the fourth packet (S6)", () => {
    const see = play([
      ["recent", "--set --name a"],
      ["recent", "--update --hitcount 4 --name a"],
    ]);
    expect([1, 2, 3, 4].map((now) => see(packet(1), now))).toEqual(["10", "10", "10", "11"]);
    expect(see(packet(2), 5)).toBe("10");
  });

  test("-m recent: --rcheck forgets what is older than --seconds, and --remove finds an address once", () => {
    const see = play([
      ["recent", "--rcheck --seconds 10 --name b"],
      ["recent", "! --rcheck --name b"],
      ["recent", "--remove --name b"],
      ["recent", "--set --name b"],
    ]);
    expect([0, 5, 16].map((now) => see(packet(1), now))).toEqual(["0101", "1011", "0011"]);
  });

  test("-m recent: --mask makes one address of a network, and --hitcount goes beyond 256", () => {
    const see = play([
      ["recent", "--set --name c --mask 255.255.255.0"],
      ["recent", "--rcheck --hitcount 300 --name c --mask 255.255.255.0"],
    ]);
    const seen = Array.from({ length: 301 }, (_, at) => see(packet(0x0a000000 + (at % 250)), at));
    expect(seen.indexOf("11")).toBe(299);
  });

  test("-m recent: --rttl finds an address only with the TTL that it was put on the list with", () => {
    const see = play([
      ["recent", "--rcheck --rttl --name d"],
      ["recent", "--set --name d"],
    ]);
    const seen = [64, 64, 63].map((ttl, now) => see(packet(1, { ttl }), now));
    expect(seen).toEqual(["01", "11", "01"]);
  });

  test("-m recent: ! --update stamps an address when the rule matches, so when the address was not seen of late", () => {
    const see = play([
      ["recent", "! --update --seconds 10 --name e"],
      ["recent", "--rcheck --seconds 10 --name e"],
      ["recent", "! --set --name e"],
    ]);
    // The last rule never matches, and stamps every packet all the same.
    expect([0, 5, 30].map((now) => see(packet(1), now))).toEqual(["100", "010", "110"]);
  });
});

test("-m quota ends with the first packet that is too long for it, for shorter ones too", () => {
  const see = play([
    ["quota", "--quota 250"],
    ["quota", "! --quota 250"],
  ]);
  expect([100, 100, 60, 50].map((length) => see(packet(1, { length }), 0))).toEqual(["10", "10", "01", "01"]);
});

describe("-m hashlimit", () => {
  test("-m hashlimit lets a burst of each key through, then the rate; --hashlimit-above is the complement (S5)", () => {
    const see = play([
      ["hashlimit", "--hashlimit-upto 1/sec --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name u"],
      ["hashlimit", "--hashlimit-above 1/sec --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name v"],
    ]);
    expect([1, 1, 1, 2].map((from) => see(packet(from), 0))).toEqual(["10", "10", "01", "10"]);
    expect(see(packet(1), 0.5)).toBe("01");
    expect(see(packet(1), 1)).toBe("10");
  });

  test("-m hashlimit takes one key for all packets without --hashlimit-mode, and one for each port with dstport", () => {
    const see = play([
      ["hashlimit", "--hashlimit-upto 1/sec --hashlimit-burst 1 --hashlimit-name all"],
      ["hashlimit", "--hashlimit-upto 1/sec --hashlimit-burst 1 --hashlimit-mode dstport --hashlimit-name ports"],
    ]);
    expect([80, 81, 80].map((dport) => see(packet(1, { dport }), 0))).toEqual(["11", "01", "00"]);
  });

  test("-m hashlimit: rules with one name fill and empty the same buckets", () => {
    const same = "--hashlimit-upto 1/sec --hashlimit-burst 3 --hashlimit-mode srcip --hashlimit-name one";
    const see = play([
      ["hashlimit", same],
      ["hashlimit", same],
    ]);
    expect([see(packet(1), 0), see(packet(1), 0)]).toEqual(["11", "10"]);
  });

  test("-m hashlimit counts bytes in pieces of 16 where the rate is one of bytes", () => {
    const see = play([["hashlimit", "--hashlimit-upto 160b/s --hashlimit-mode srcip --hashlimit-name bytes"]]);
    // 10 and a bit pieces are earned in a second: a packet of 100 bytes has 7.
    expect([0, 0, 1].map((now) => see(packet(1), now))).toEqual(["1", "0", "1"]);
  });
});

describe("-m limit", () => {
  test.each<Flavour>(["legacy", "nft"])(
    "-m limit of %s iptables lets a burst of packets through, then one for each period",
    (flavour) => {
      const see = play([["limit", "--limit 2/sec --limit-burst 3"]], { flavour });
      expect([0, 0, 0, 0, 0.4, 0.5, 0.6, 1].map((now) => see(packet(1), now)).join("")).toBe("11100101");
    },
  );

  test("each rule with -m limit has a bucket of its own", () => {
    const see = play([
      ["limit", "--limit 1/sec --limit-burst 1"],
      ["limit", "--limit 1/sec --limit-burst 2"],
    ]);
    expect([0, 0, 0].map((now) => see(packet(1), now))).toEqual(["11", "01", "00"]);
  });
});

test("-m statistic --mode nth counts what comes to the rule from 0, and matches where the rest is --packet", () => {
  const see = play([
    ["statistic", "--mode nth --every 3 --packet 0"],
    ["statistic", "--mode nth --every 3 --packet 2"],
    ["statistic", "--mode nth ! --every 3 --packet 2"],
  ]);
  expect([0, 1, 2, 3, 4, 5].map((now) => see(packet(1), now))).toEqual(["101", "001", "010", "101", "001", "010"]);
});

describe("-m connlimit", () => {
  const connection = (frame: Frame, expires: number): Entry => {
    const original = frameTuple(frame);
    return {
      ...{ original, reply: invert(original), mark: 0, status: 0, zoneOriginal: 0, zoneReply: 0 },
      ...{ masqueradeDevice: null, tcp: null, expires, born: 0 },
    };
  };
  const known = (expires: number, ...frames: readonly Frame[]): ConntrackTable => {
    const table = ConntrackTable.empty.fork();
    for (const frame of frames) table.put(connection(frame, expires));
    return table;
  };
  const [first, second, third] = [10, 11, 12].map((sport) => packet(1, { sport })) as [Frame, Frame, Frame];
  const rules: readonly Rule[] = [
    ["connlimit", "--connlimit-upto 2"],
    ["connlimit", "--connlimit-above 2"],
  ];

  test("-m connlimit counts the connections of an address, each once, and --connlimit-above is the complement of --connlimit-upto", () => {
    const see = play(rules, { conntrack: known(100, first, second, third) });
    const seen = [first, second, second, third, packet(2, { sport: 10 }), first].map((frame) => see(frame, 1));
    expect(seen).toEqual(["10", "10", "10", "01", "10", "01"]);
  });

  test("-m connlimit no longer counts connections that conntrack has forgotten", () => {
    const see = play(rules, { conntrack: known(5, first, second, third) });
    expect([first, second, third].map((frame) => see(frame, 1))).toEqual(["10", "10", "01"]);
    expect(see(third, 6)).toBe("10");
  });

  test("-m connlimit counts a whole network with --connlimit-mask, and destinations with --connlimit-daddr", () => {
    const frames = [packet(0x0a000001), packet(0x0a0000fe), packet(0x0a000101)] as const;
    const see = play(
      [
        ["connlimit", "--connlimit-above 1 --connlimit-mask 24"],
        ["connlimit", "--connlimit-above 2 --connlimit-daddr"],
      ],
      { conntrack: known(100, ...frames) },
    );
    expect(frames.map((frame) => see(frame, 1))).toEqual(["00", "10", "01"]);
  });
});

describe("what rules share by name", () => {
  const nameOf = (rule: Rule, v6 = false): string | null =>
    sharedName(rememberedBy(rule, { v6, flavour: "legacy" }).memory, v6);

  test("rules of -m recent with one name share one list, whatever else they say and in both families (S6)", () => {
    const name = nameOf(["recent", "--set --name x"]);
    expect(name).not.toBeNull();
    expect(nameOf(["recent", "! --rcheck --seconds 5 --rdest --name x"])).toBe(name);
    expect(nameOf(["recent", "--set --name x"], true)).toBe(name);
    expect(nameOf(["recent", "--set --name y"])).not.toBe(name);
  });

  test("rules of -m hashlimit with one name share one table, but not with rules of the other family (S5)", () => {
    const rule: Rule = ["hashlimit", "--hashlimit-upto 1/sec --hashlimit-name x"];
    expect(nameOf(rule)).not.toBeNull();
    expect(nameOf(["hashlimit", "--hashlimit-above 9/sec --hashlimit-mode dstip --hashlimit-name x"])).toBe(
      nameOf(rule),
    );
    expect(nameOf(rule, true)).not.toBe(nameOf(rule));
    expect(nameOf(["hashlimit", "--hashlimit-upto 1/sec --hashlimit-name y"])).not.toBe(nameOf(rule));
  });

  test("a list of -m recent and a table of -m hashlimit that have one name are two things", () => {
    const table = nameOf(["hashlimit", "--hashlimit-upto 1/sec --hashlimit-name x"]);
    expect(nameOf(["recent", "--set --name x"])).not.toBe(table);
  });

  test.each<Rule>([
    ["hashlimit", "--hashlimit-upto 1/sec --hashlimit-name ?"],
    ["limit", "--limit 1/sec"],
    ["quota", "--quota 5"],
    ["statistic", "--mode nth --every 2 --packet 0"],
    ["connlimit", "--connlimit-upto 1"],
  ])("a rule with -m %s %s shares nothing, and remembers for itself", (...rule) => {
    expect(nameOf(rule)).toBeNull();
  });
});
