// How much is looked at in texts of many parts: counted, not timed. Each case once took time with the square of its size.
import { expect, test } from "vitest";
import { type Block, newBlock } from "../../../src/iptables/dump/block.ts";
import { chainsNamed, isWhole } from "../../../src/iptables/dump/chains-named.ts";
import { linesOf } from "../../../src/iptables/dump/lines.ts";
import { compatible, mergeInto } from "../../../src/iptables/dump/merge.ts";
import { parse, parseAll } from "../../../src/iptables/dump/parse.ts";
import { putRule, settleFronts } from "../../../src/iptables/dump/put-rule.ts";
import { newState } from "../../../src/iptables/dump/state.ts";
import { chainDraft } from "../../../src/iptables/ruleset/builder.ts";
import { check } from "../../../src/iptables/ruleset/check.ts";
import type { Rule } from "../../../src/iptables/ruleset/ruleset.ts";
import { type Draft, noteLoaded } from "../../../src/iptables/save/cursor.ts";
import { useOf } from "../../../src/iptables/save/use.ts";
import { nameTable } from "../../../src/net/names.ts";
import { ParseError } from "../../../src/text/problem.ts";

const MANY = 1000;
const times = (count: number, text: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => text(at)).join("");

/** A block of one chain with one rule that goes to the next chain. */
function blockOf(name: string, next: string, line: number): Block {
  const block = newBlock("save", line, { family: "ipv4", table: "filter" });
  const chain = chainDraft(block.chains, name, line);
  chain.policy = null;
  chain.rules.push({ matches: [], target: { kind: "jump", chain: next } });
  return block;
}

test("a block that others are put into is looked through once", () => {
  const whole = blockOf("C0", "C1", 1);
  let walks = 0;
  for (const name of ["values", "keys", "entries", Symbol.iterator] as const) {
    const walk = whole.chains[name].bind(whole.chains);
    Object.defineProperty(whole.chains, name, {
      value: () => {
        walks++;
        return walk();
      },
    });
  }
  for (let at = 1; at < MANY; at++) {
    const part = blockOf(`C${at}`, `C${at + 1}`, at);
    expect(compatible(whole, part)).toBe(true);
    mergeInto(whole, part);
  }
  expect(walks).toBeLessThanOrEqual(2);
  expect(whole.chains.size).toBe(MANY);
  expect(chainsNamed(whole).size).toBe(MANY + 1);
  expect(isWhole(whole)).toBe(false);
});

test("hidden interfaces are counted right where blocks of listings are put together", () => {
  const listing = (text: string) => `Chain INPUT (policy ACCEPT)\n${text}\n`;
  const plain = listing("target prot opt source destination\nACCEPT all -- anywhere anywhere");
  const verbose = listing(
    "pkts bytes target prot opt in out source destination\n1 2 ACCEPT all -- eth0 any anywhere anywhere",
  );
  const hidden = (text: string): readonly string[] =>
    parse(text, { table: "filter" }).diagnostics.flatMap(({ code }) => (code === "hidden-interface" ? [code] : []));
  expect(hidden(`${plain}\n${plain}`)).toEqual(["hidden-interface"]);
  expect(hidden(`${plain}\n${verbose}`)).toEqual([]);
  expect(hidden(`${verbose}\n${plain}`)).toEqual([]);
});

test("each of a thousand dumps gets what is said about its own lines", () => {
  const all = parseAll(
    times(MANY, (at) => `*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p ${(at % 2) + 6} -j M${at}\nCOMMIT\n`),
  );
  expect(all).toHaveLength(MANY);
  for (const [at, { diagnostics }] of all.entries()) {
    const missing = diagnostics.filter(({ code }) => code === "missing-chain");
    expect(missing.map(({ line, message }) => [line, message.includes(`chain M${at} `)])).toEqual([[4 * at + 3, true]]);
  }
});

test("a circle of thousands of chains is said in a short line for each jump that closes it", () => {
  const { ruleset } = parse(
    `*filter\n:INPUT ACCEPT [0:0]\n${times(MANY, (at) => `:C${at} - [0:0]\n`)}-A INPUT -j C0\n${times(
      MANY,
      (at) => `${at + 1 < MANY ? `-A C${at} -j C${at + 1}\n` : ""}-A C${at} -j C0\n`,
    )}COMMIT\n`,
  );
  const loops = check(ruleset).filter(({ code }) => code === "jump-loop");
  expect(loops).toHaveLength(MANY);
  expect(Math.max(...loops.map(({ message }) => message.length))).toBeLessThan(300);
  expect(loops.map(({ message }) => message)).toContain("jumps in a circle: C0 -> C1 -> C2 -> C0");
  expect(loops[0]!.message).toContain(`C9 -> (${MANY - 20} more) -> C${MANY - 10} ->`);
});

test("lists of addresses make a rule of each pair, up to a number", () => {
  const list = (count: number) => times(count, (at) => `${at ? "," : ""}10.0.${at >> 8}.${at & 255}`);
  const rules = (sources: number, destinations: number): number =>
    parse(`*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s ${list(sources)} -d ${list(destinations)} -j ACCEPT\nCOMMIT\n`)
      .ruleset.tables[0]!.chains[0]!.rules.length;
  expect(rules(20, 30)).toBe(600);
  expect(() => rules(1000, 1000)).toThrow(ParseError);
});

test.each([
  ["a pattern", `-m string --string "${"a ".repeat(500_000)}" --algo bm -j ACCEPT`, "a text of 1 to 128 bytes"],
  ["a hexadecimal pattern", `-m string --hex-string "|${"41".repeat(500_000)}|" --algo bm`, "a text of 1 to 128 bytes"],
  ["letters of options", `-${"n".repeat(500_000)}y`, "unknown option"],
])("a megabyte of %s is refused in a short line", (_, options, message) => {
  const read = () => parse(`*filter\n:INPUT ACCEPT [0:0]\n-A INPUT ${options}\nCOMMIT\n`);
  expect(read).toThrow(message);
});

test("a prefix of a megabyte is cut to what the kernel keeps", () => {
  const { ruleset } = parse(
    `*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j LOG --log-prefix "${"ä".repeat(500_000)}"\nCOMMIT\n`,
  );
  expect(ruleset.tables[0]!.chains[0]!.rules[0]!.target).toMatchObject({ kind: "LOG", prefix: "ä".repeat(14) });
});

test("a line that loads extensions by the thousand keeps each option with the last one that has it", () => {
  const { ruleset } = parse(
    `*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp ${times(MANY, (at) => `-m tcp --dport ! ${at + 1} -m comment --comment "${at}" `)}-j ACCEPT\nCOMMIT\n`,
  );
  const { matches } = ruleset.tables[0]!.chains[0]!.rules[0]!;
  expect(matches).toHaveLength(2 * MANY);
  expect(matches.at(-2)).toMatchObject({ kind: "tcp", dport: { value: { low: MANY, high: MANY }, negated: true } });
});

test("a quote over many lines is closed where it is, escapes and later quotes counted", () => {
  const body = `-A INPUT -m comment --comment "a\\\n\\"${"b\n".repeat(50)}c" -m comment --comment "d\ne" -j ACCEPT`;
  const { ruleset, diagnostics } = parse(`*filter\n:INPUT ACCEPT [0:0]\n${body}\nCOMMIT\n`);
  expect(ruleset.tables[0]!.chains[0]!.rules[0]!.matches).toEqual([
    { kind: "comment", text: `a\n"${"b\n".repeat(50)}c` },
    { kind: "comment", text: "d\ne" },
  ]);
  expect(diagnostics.map(({ code }) => code)).toContain("line-break");
});

test("options are asked of each extension once, however often it was loaded", () => {
  const draft: Draft = { verb: "append", seen: new Set(), uses: [], modelled: new Map() };
  for (let at = 0; at < MANY; at++)
    for (const name of ["tcp", "comment", "nothing"]) noteLoaded(draft, useOf("match", name));
  const last = useOf("match", "tcp");
  noteLoaded(draft, last);
  expect([...draft.modelled.values()].map(({ name }) => name)).toEqual(["comment", "tcp"]);
  expect([...draft.modelled.values()].at(-1)).toBe(last);
});

test("rules put in front, between and behind stand as iptables would have them, each with its line", () => {
  const protocols = (body: string): readonly (number | undefined)[] =>
    parse(`*filter\n:INPUT ACCEPT [0:0]\n${body}COMMIT\n`).ruleset.tables[0]!.chains[0]!.rules.map(
      ({ protocol }) => protocol?.number,
    );
  expect(
    protocols(
      "-I INPUT -p 1\n-A INPUT -p 2\n-I INPUT -p 3\n-I INPUT 2 -p 4\n-I INPUT -p 5\n-I INPUT 6 -p 6\n-A INPUT -p 7\n",
    ),
  ).toEqual([5, 3, 4, 1, 2, 6, 7]);
  expect(() => protocols("-I INPUT -p 1\n-I INPUT -p 2\n-I INPUT 4 -p 3\n")).toThrow("a rule number up to 3, got 4");
  const { diagnostics } = parse("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j A\n-I INPUT -j B\n-I INPUT -j C\nCOMMIT\n");
  expect(diagnostics.flatMap(({ code, line }) => (code === "missing-chain" ? [line] : []))).toEqual([3, 4, 5]);
});

test("a rule put in front moves none of those behind it", () => {
  const lines = linesOf("");
  const state = newState(lines, { names: nameTable() });
  const { chains } = newBlock("save", 1, { family: "ipv4" });
  const chain = chainDraft(chains, "INPUT", 1);
  const rule = (number: number): Rule => ({ protocol: { number, negated: false }, matches: [], target: null });
  let moves = 0;
  chain.rules.splice = (...given: [number, number?]) => {
    moves++;
    return Array.prototype.splice.apply(chain.rules, given as [number, number]);
  };
  for (let at = 0; at < MANY; at++) putRule(state, chain, rule(at), 0);
  expect(moves).toBe(0);
  settleFronts(state);
  expect(moves).toBe(1);
  expect(chain.rules.map(({ protocol }) => protocol!.number)).toEqual([
    ...Array.from({ length: MANY }, (_, at) => MANY - 1 - at),
  ]);
});
