import { describe, expect, test } from "vitest";
import { outcomes, simulate } from "../../src/index.ts";
import { run, type Timed, tryOut, world } from "./world.ts";

const udp = (sport: number, more = "", from = "10.0.0.9"): string =>
  `udp ${from}:${sport} -> 10.0.0.2:53 in=eth0 ${more}`;
/** The hits of the first rule of filter INPUT, as zeros and ones. */
const pattern = (rule: string, packets: readonly Timed[]): string =>
  run(world(`filter -A INPUT ${rule}`), packets)
    .hits.map((hits) => (hits.includes("filter INPUT 1") ? "1" : "0"))
    .join("");
const many = (count: number): string[] => Array.from({ length: count }, (_, at) => udp(4000 + at));

describe("9. Stateful matches", () => {
  test.each([
    ["--every 3 --packet 0", "100100100"],
    ["--every 3 --packet 1", "010010010"],
    ["--every 3 --packet 2", "001001001"],
    ["--every 1 --packet 0", "111111111"],
  ])("S1 nth %s matches %s", (options, expected) => {
    expect(pattern(`-m statistic --mode nth ${options}`, many(9))).toBe(expected);
  });

  test("S1 inverted, and counted by evaluations: packets that do not get there do not count", () => {
    expect(pattern("-m statistic --mode nth ! --every 3 --packet 0", many(6))).toBe("011011");
    const rule = "-p udp --dport 53 -m statistic --mode nth --every 2 --packet 1";
    expect(pattern(rule, [udp(1), udp(2).replace(":53", ":54"), udp(3), udp(4)])).toBe("0010");
  });

  test("S1 the packet's number must be below the period", () => {
    expect(() => world("filter -A INPUT -m statistic --mode nth --every 3 --packet 3")).toThrow(/--packet/);
  });

  test.each(["legacy", "nft"] as const)("S2 rules that are loaded anew count from the beginning, %s", (flavour) => {
    const rules = "filter -A INPUT -m statistic --mode nth --every 2 --packet 0";
    const before = run(world(rules, { flavour }), [udp(1)]);
    expect(before.hits).toEqual([["filter INPUT 1"]]);
    expect(run(before.netns, [udp(2)]).hits).toEqual([[]]);
    expect(run(world(rules, { flavour }), [udp(2)]).hits).toEqual([["filter INPUT 1"]]);
  });

  test("S3 random: each evaluation by itself; 0 never, 1 always", () => {
    const netns = (probability: string) =>
      world(`filter -A INPUT -m statistic --mode random --probability ${probability} -j DROP`);
    const found = outcomes(netns("0.25"), udp(1)).map(({ walk, probability }) => [walk.fate.kind, probability]);
    expect(found).toHaveLength(2);
    const chance = Object.fromEntries(found) as Record<string, number>;
    expect(chance["dropped"]).toBeCloseTo(0.25, 6);
    expect(chance["delivered"]).toBeCloseTo(0.75, 6);
    expect(outcomes(netns("0"), udp(1)).map(({ walk }) => walk.fate.kind)).toEqual(["delivered"]);
    expect(outcomes(netns("1"), udp(1)).map(({ walk }) => walk.fate.kind)).toEqual(["dropped"]);
    const draws = [0.1, 0.9, 0.2, 0.3];
    const { walks } = simulate(
      netns("0.25"),
      [1, 2, 3, 4].map((sport) => udp(sport)),
      { random: () => draws.shift()! },
    );
    expect(walks.map(({ fate }) => fate.kind)).toEqual(["dropped", "delivered", "dropped", "delivered"]);
  });

  test.each([
    ["--limit 1/sec --limit-burst 3", [0, 0, 0, 0, 1, 1, 2], "1110101"],
    ["--limit 1/sec", [0, 0, 0, 0, 0, 0, 3, 3, 3, 3], "1111101110"],
    ["--limit 2/min --limit-burst 1", [0, 29, 30, 31, 61], "10101"],
  ])("S4 limit %s at the seconds %j: %s", (options, times, expected) => {
    expect(
      pattern(
        `-m limit ${options}`,
        times.map((time, at) => [time, udp(4000 + at)] as const),
      ),
    ).toBe(expected);
  });

  test("S4 limit cannot be inverted", () => {
    expect(() => world("filter -A INPUT -m limit ! --limit 5/sec")).toThrow(/--limit/);
  });

  test.each([
    ["--hashlimit-upto 1/sec --hashlimit-burst 2 --hashlimit-mode srcip", "11011"],
    ["--hashlimit-above 1/sec --hashlimit-burst 2 --hashlimit-mode srcip", "00100"],
    ["--hashlimit-upto 1/sec --hashlimit-burst 2", "11000"],
  ])("S5 hashlimit %s, three packets of one source and two of another: %s", (options, expected) => {
    const packets = [udp(1), udp(2), udp(3), udp(4, "", "10.0.0.8"), udp(5, "", "10.0.0.8")];
    expect(pattern(`-m hashlimit ${options} --hashlimit-name h`, packets)).toBe(expected);
  });

  test("S5 afterwards by rate", () => {
    const rule = "-m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 1 --hashlimit-mode srcip --hashlimit-name h";
    expect(
      pattern(rule, [
        [0, udp(1)],
        [0, udp(2)],
        [1, udp(3)],
        [1, udp(4)],
        [3, udp(5)],
      ]),
    ).toBe("10101");
  });

  test("S6 recent: --set always holds; --rcheck and --update need an entry; --remove holds if there was one", () => {
    expect(pattern("-m recent --set --name r", many(2))).toBe("11");
    expect(pattern("-m recent --rcheck --name r", many(2))).toBe("00");
    expect(pattern("-m recent ! --rcheck --name r", many(2))).toBe("11");
    expect(pattern("-m recent --update --name r", many(2))).toBe("00");
    const rules = `filter -A INPUT -p udp --dport 53 -m recent --set --name r
      filter -A INPUT -p udp --dport 54 -m recent --remove --name r
      filter -A INPUT -p udp --dport 55 -m recent --rcheck --name r`;
    const to = (port: number) => udp(4000).replace(":53", `:${port}`);
    expect(tryOut(rules, [54, 53, 55, 54, 54, 55].map(to)).hits).toEqual([
      [],
      ["filter INPUT 1"],
      ["filter INPUT 3"],
      ["filter INPUT 2"],
      [],
      [],
    ]);
  });

  test.each(["rcheck", "update"])("S6 --set, then --%s --hitcount 4: from the fourth packet on", (operation) => {
    const rules = `filter -A INPUT -m recent --set --name r
      filter -A INPUT -m recent --${operation} --hitcount 4 --name r -j DROP`;
    expect(tryOut(rules, many(6)).walks.map(({ fate }) => fate.kind)).toEqual([
      ...Array(3).fill("delivered"),
      ...Array(3).fill("dropped"),
    ]);
  });

  test("S6 --seconds looks at the last stamp's age", () => {
    const rules = `filter -A INPUT -m recent --rcheck --seconds 5 --name r -j DROP
      filter -A INPUT -m recent --set --name r`;
    expect(
      tryOut(rules, [
        [0, udp(1)],
        [4, udp(2)],
        [10, udp(3)],
      ]).walks.map(({ fate }) => fate.kind),
    ).toEqual(["delivered", "dropped", "delivered"]);
  });

  test("S7 quota holds while the bytes stay within it", () => {
    expect(
      pattern(
        "-m quota --quota 100",
        ["length=60", "length=40", "length=28"].map((one, at) => udp(at + 1, one)),
      ),
    ).toBe("110");
    expect(
      pattern(
        "-m quota ! --quota 100",
        ["length=60", "length=41", "length=28"].map((one, at) => udp(at + 1, one)),
      ),
    ).toBe("011");
  });
});
