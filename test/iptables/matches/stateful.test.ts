import { describe, expect, test } from "vitest";
import type { Family } from "../../../src/net/address.ts";
import type { Frame } from "../../../src/predicate/frame.ts";
import { contextOf, readSave, records } from "./harness.ts";

/** A packet as far as matches with a memory look at it. */
const packet = (from: number, length = 100): Frame =>
  ({
    ...{ v6: false, s0: 0, s1: 0, s2: 0, s3: from, d0: 0, d1: 0, d2: 0, d3: 9, proto: 17, sport: 1, dport: 2 },
    ...{ length, ttl: 64, outDevice: "", socket: 0 },
  }) as Frame;

/** Rules that share one memory where their predicates say so; each packet is shown to all of them in turn. */
function play(rules: readonly (readonly [kind: string, text: string])[]) {
  const family: Family = "ipv4";
  const memory = new Map<string, unknown>();
  const tests = rules.map(([kind, text], at) => {
    const predicate = records[kind]!.meaning(readSave(kind, text, contextOf(family)), family);
    if (predicate.kind !== "stateful") throw new Error(`${kind} is ${predicate.kind}`);
    const key = predicate.shared ?? `rule ${at}`;
    return (frame: Frame, now: number): string => {
      const { state, holds } = predicate.step(memory.get(key), frame, now);
      memory.set(key, structuredClone(state));
      return holds === predicate.negated ? "0" : "1";
    };
  });
  return (frame: Frame, now: number): string => tests.map((one) => one(frame, now)).join("");
}

describe("recent", () => {
  test("counts this packet's own --set: the fourth is the first to match (S6)", () => {
    const see = play([
      ["recent", "--set --name a"],
      ["recent", "--update --hitcount 4 --name a"],
    ]);
    expect([1, 2, 3, 4].map((now) => see(packet(1), now))).toEqual(["10", "10", "10", "11"]);
    expect(see(packet(2), 5)).toBe("10");
  });

  test("forgets what is older than --seconds, and removes once", () => {
    const see = play([
      ["recent", "--rcheck --seconds 10 --name b"],
      ["recent", "! --rcheck --name b"],
      ["recent", "--remove --name b"],
      ["recent", "--set --name b"],
    ]);
    expect([0, 5, 16].map((now) => see(packet(1), now))).toEqual(["0101", "1011", "0011"]);
  });

  test("a mask makes one of a network, and hit counts go beyond 256", () => {
    const see = play([
      ["recent", "--set --name c --mask 255.255.255.0"],
      ["recent", "--rcheck --hitcount 300 --name c --mask 255.255.255.0"],
    ]);
    const seen = Array.from({ length: 301 }, (_, at) => see(packet(0x0a000000 + (at % 250)), at));
    expect(seen.indexOf("11")).toBe(299);
  });
});

test("quota: a packet too long ends it for short ones too", () => {
  const see = play([
    ["quota", "--quota 250"],
    ["quota", "! --quota 250"],
  ]);
  expect([100, 100, 60, 50].map((length) => see(packet(1, length), 0))).toEqual(["10", "10", "01", "01"]);
});

test("hashlimit: a burst for each key, then the rate; above is the complement (S5)", () => {
  const see = play([
    ["hashlimit", "--hashlimit-upto 1/sec --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name u"],
    ["hashlimit", "--hashlimit-above 1/sec --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name v"],
  ]);
  expect([1, 1, 1, 2].map((from) => see(packet(from), 0))).toEqual(["10", "10", "01", "10"]);
  expect(see(packet(1), 0.5)).toBe("01");
});

test.each([
  ["length", "--length 4:3", " --length 4:3"],
  [
    "hashlimit",
    "--hashlimit 60/min --hashlimit-name x",
    " --hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-name x --hashlimit-htable-expire 60000",
  ],
  ["hashlimit", "! --hashlimit-above 4kb/s --hashlimit-name x", " --hashlimit-upto 4kb/s --hashlimit-name x"],
  ["connlimit", "! --connlimit-above 2 --connlimit-daddr", " --connlimit-upto 2 --connlimit-mask 32 --connlimit-daddr"],
  ["recent", "--rcheck", " --rcheck --name DEFAULT --mask 255.255.255.255 --rsource"],
  ["dscp", "! --dscp-class af21", " ! --dscp 0x12"],
  ["tos", "--tos minimize-cost", " --tos 0x02/0x3f"],
])("%s %s is saved as%s", (kind, typed, saved) => {
  expect(records[kind]!.toSave(readSave(kind, typed, contextOf("ipv4")))).toBe(saved);
});

test("recent: more hits than a list keeps are refused", () => {
  expect(() => readSave("recent", "--rcheck --hitcount 65536", contextOf("ipv4"))).toThrow("expected");
});
