import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, parseAll } from "../../../src/iptables/dump/parse.ts";
import { matches } from "../../../src/iptables/matches/table.ts";
import type { Rule, Ruleset, Table } from "../../../src/iptables/ruleset/ruleset.ts";
import { BUILT_IN, TABLES } from "../../../src/iptables/ruleset/ruleset.ts";
import { toSave } from "../../../src/iptables/save/write.ts";
import { targets } from "../../../src/iptables/targets/table.ts";
import { ParseError } from "../../../src/text/problem.ts";
import { dump } from "./load.ts";

const RUNS = Number(process.env.NFWALK_RUNS ?? 1500);

const count = fc.oneof(fc.nat(1_000_000), fc.bigInt(2n ** 53n, 2n ** 64n - 1n));
const counters = fc.record({ packets: count, bytes: count });
const name = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "hasOwnProperty", "#x", "a-b"),
  fc.stringMatching(/^[a-z_#:.][A-Za-z0-9_.-]{0,20}$/),
);
const address = fc.tuple(fc.nat(0xffffffff), fc.nat(31)).map(([value, missing]) => {
  const length = 32 - missing;
  const mask = (-1 << missing) | 0;
  const word = value & mask;
  return { prefix: { family: "ipv4", address: [0, 0, 0, word], mask: [0, 0, 0, mask] }, length } as const;
});
const condition = fc
  .tuple(address, fc.boolean())
  .map(([{ prefix }, negated]) => ({ prefix, negated }) as NonNullable<Rule["source"]>);
const device = fc.record({ pattern: fc.stringMatching(/^[a-z][a-z0-9.]{0,10}\+?$/), negated: fc.boolean() });
const free = fc.string({ maxLength: 40 }).map((text) => text.replaceAll(/[\0\r]/g, "?"));

const match = fc.oneof(
  free.map((text) => ({ kind: "comment", text }) as unknown as Rule["matches"][number]),
  fc
    .record({ value: fc.nat(0xffff), mask: fc.nat(0xffff), negated: fc.boolean() })
    .map((one) => ({ kind: "mark", ...one }) as Rule["matches"][number]),
  fc
    .constantFrom(" --some 1", ' --text "a \\" b" ! --flag', "")
    .map((save) => ({ kind: "unknown", name: "nosuch", save }) as const),
  free.filter((text) => text.trim() !== "").map((list) => ({ kind: "unknown", name: "", list }) as const),
);

const rule = (chains: readonly string[]): fc.Arbitrary<Rule> =>
  fc.record(
    {
      source: condition,
      destination: condition,
      in: device,
      out: device,
      protocol: fc.record({ number: fc.integer({ min: 1, max: 255 }), negated: fc.boolean() }),
      fragment: fc.boolean(),
      matches: fc.array(match, { maxLength: 3 }),
      target: fc.oneof(
        fc.constant(null),
        fc.constantFrom({ kind: "ACCEPT" } as const, { kind: "RETURN" } as const),
        fc.constantFrom(...chains).map((chain) => ({ kind: "jump", chain }) as const),
        fc.constant({ kind: "unknown", name: "HMARK", save: " --hmark-mod 2" } as const),
      ),
      counters,
      hidden: fc.constantFrom<NonNullable<Rule["hidden"]>>(["in", "out"], ["out"]),
    },
    { requiredKeys: ["matches", "target", "counters"] },
  );

const table = (of: Table["name"]): fc.Arbitrary<Table> =>
  fc.uniqueArray(name, { minLength: 1, maxLength: 4 }).chain((users) =>
    fc
      .tuple(
        fc.constantFrom<"ACCEPT" | "DROP">("ACCEPT", "DROP"),
        counters,
        fc.array(fc.array(rule(users), { maxLength: 4 }), {
          minLength: BUILT_IN[of].length + users.length,
          maxLength: BUILT_IN[of].length + users.length,
        }),
      )
      .map(([policy, counted, all]) => ({
        name: of,
        chains: [...BUILT_IN[of], ...users].map((chain, at) =>
          at < BUILT_IN[of].length
            ? { name: chain, policy, counters: counted, rules: all[at]! }
            : { name: chain, policy: null, rules: all[at]! },
        ),
      })),
  );

const ruleset: fc.Arbitrary<Ruleset> = fc
  .uniqueArray(fc.constantFrom(...TABLES), { minLength: 1 })
  .chain((names) => fc.tuple(...names.map(table)))
  .map((tables) => ({ family: "ipv4", flavour: "legacy", tables }));

test("the extensions that the generator uses are modelled", () => {
  expect(Object.keys(matches)).toEqual(expect.arrayContaining(["comment", "mark"]));
  expect(Object.keys(targets)).not.toContain("HMARK");
});

test("parse ∘ print is the identity, and print a fixed point", () => {
  fc.assert(
    fc.property(ruleset, (given) => {
      const text = toSave(given, { counters: true });
      const read = parse(text, { family: "ipv4" }).ruleset;
      expect(read).toEqual(given);
      expect(toSave(read, { counters: true })).toBe(text);
    }),
    { numRuns: Math.ceil(RUNS / 10), seed: 1 },
  );
});

/** Small damage of the kinds that pasting and editing do. */
const damage = fc.array(
  fc.tuple(
    fc.nat(),
    fc.nat(12),
    fc.oneof(
      fc.constantFrom(
        "\n",
        " ",
        '"',
        "!",
        "-",
        "#",
        "\t",
        "\r",
        "Chain ",
        "-A ",
        "*nat\n",
        ":",
        "[",
        "COMMIT\n",
        "```\n",
        "--",
        "$ iptables ",
        "__proto__",
        ",",
        "/33",
        "::",
        "%s",
      ),
      fc.string({ maxLength: 5 }),
    ),
  ),
  { minLength: 1, maxLength: 6 },
);

function damaged(text: string, changes: readonly (readonly [number, number, string])[]): string {
  let result = text;
  for (const [where, length, put] of changes) {
    const at = where % (result.length + 1);
    result = result.slice(0, at) + put + result.slice(at + length);
  }
  return result;
}

const SHARED = new URL("../../../../shared/dumps/", import.meta.url);
const own = ["two-copies.L.txt", "lone-chain.Lv.txt", "hidden.L.txt", "tables.S.txt", "commands.sh.txt", "page.md"].map(
  dump,
);
const published = existsSync(SHARED)
  ? readdirSync(SHARED).map((file) => readFileSync(new URL(file, SHARED), "utf8").slice(0, 6000))
  : [];

test("parse throws nothing but ParseError, whatever the text", () => {
  const texts = fc.constantFrom(...own, ...published);
  fc.assert(
    fc.property(texts, damage, (text, changes) => {
      try {
        for (const { diagnostics } of parseAll(damaged(text, changes)))
          for (const one of diagnostics) expect(one.line > 0 && one.column > 0 && one.message !== "").toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
        expect((error as ParseError).diagnostics[0]!.severity).toBe("error");
      }
    }),
    { numRuns: RUNS, seed: 2 },
  );
});
