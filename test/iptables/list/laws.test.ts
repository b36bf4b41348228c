import fc from "fast-check";
import { expect, test } from "vitest";
import { type ListOptions, toList } from "../../../src/iptables/list/write.ts";
import type { AddressCondition, Rule, RuleMatch, Ruleset, RuleTarget } from "../../../src/iptables/ruleset/ruleset.ts";
import { ipv4Words, maskOfLength, prefixOf } from "../../../src/net/address.ts";
import { chainsOf, rowOf } from "./harness.ts";

const bool = fc.boolean();
const port = fc.integer({ min: 0, max: 65535 });
const device = fc.record({ pattern: fc.constantFrom("lo", "eth0", "eth+", "a23456789012345"), negated: bool });
const address: fc.Arbitrary<AddressCondition> = fc
  .record({ address: fc.integer(), length: fc.integer({ min: 1, max: 32 }), negated: bool })
  .map(({ address, length, negated }) => ({
    prefix: prefixOf("ipv4", ipv4Words(address), maskOfLength("ipv4", length)),
    negated,
  }));
const protocol = fc.record({ number: fc.integer({ min: 1, max: 255 }), negated: bool });
const mark = fc.record({ value: fc.nat(0xffff), mask: fc.constantFrom(0xffff, 0xffffffff), negated: bool });
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);

const match: fc.Arbitrary<RuleMatch> = fc.oneof(
  mark.map((one) => ({ kind: "mark" as const, ...one })),
  word.map((text) => ({ kind: "comment" as const, text: `${text} tcp dpt:22` })),
  // The blank, q and digits keep it from being the front of a modelled match's text.
  word.map((text) => ({ kind: "unknown" as const, name: "", list: ` q0${text} 1` })),
  word.map((text) => ({ kind: "unknown" as const, name: text, save: ` --${text} "a]" ! -x` })),
);

const target: fc.Arbitrary<RuleTarget | null> = fc.oneof(
  fc.constant(null),
  fc.constantFrom("ACCEPT", "DROP", "RETURN").map((kind) => ({ kind }) as RuleTarget),
  fc.record({ kind: fc.constantFrom("jump", "goto"), chain: fc.constantFrom("A_CHAIN", "__proto__", "MESH_INBOUND") }),
  fc
    .record({ low: port, random: bool })
    .map(({ low, random }): RuleTarget => ({ kind: "REDIRECT", ports: { low, high: low }, random })),
  word.map((text): RuleTarget => ({ kind: "unknown", name: "ULOG", list: ` ULOG ${text}` })),
);

const rule: fc.Arbitrary<Rule> = fc
  .record(
    {
      source: address,
      destination: address,
      in: device,
      out: device,
      protocol,
      fragment: bool,
      // Neighbours that nobody understands are one text in a listing.
      matches: fc
        .array(match, { maxLength: 4 })
        .map((all) => all.filter((one, at) => !(isListed(one) && isListed(all[at - 1])))),
      target,
      counters: fc.record({ packets: fc.nat(), bytes: fc.nat() }),
    },
    { requiredKeys: ["matches", "target", "counters"] },
  )
  // A target's text that nobody understands goes on from a match's.
  .filter(({ matches, target }) => !(target?.kind === "unknown" && isListed(matches.at(-1))));

const isListed = (one: RuleMatch | undefined): boolean => one?.kind === "unknown" && one.list !== undefined;

const USER = ["A_CHAIN", "__proto__", "MESH_INBOUND"];

const ruleset: fc.Arbitrary<Ruleset> = fc.array(rule, { maxLength: 5 }).map((rules) => ({
  family: "ipv4",
  flavour: "legacy",
  tables: [
    {
      name: "nat",
      chains: [
        { name: "OUTPUT", policy: "ACCEPT", counters: { packets: 1, bytes: 2 }, rules },
        ...USER.map((name) => ({ name, policy: null, rules: [] })),
      ],
    },
  ],
}));

const options = fc.record({ verbose: bool, numeric: bool, exact: bool, lineNumbers: bool });

const reread = (text: string): Ruleset => ({
  family: "ipv4",
  flavour: "legacy",
  tables: [{ name: "nat", chains: chainsOf(text) }],
});

test("law: what -L -n -v -x prints is read back as it was", () => {
  const full: ListOptions = { verbose: true, numeric: true, exact: true };
  fc.assert(
    fc.property(ruleset, (rules) => {
      expect(reread(toList(rules, full)).tables).toEqual(rules.tables);
    }),
  );
});

test("law: printing is a fixed point with every combination of options", () => {
  fc.assert(
    fc.property(ruleset, options, (rules, given) => {
      const once = toList(rules, given);
      expect(toList(reread(once), given)).toBe(once);
    }),
  );
});

test("law: a row that is trimmed and re-aligned is the same rule", () => {
  fc.assert(
    fc.property(rule, (one) => {
      // Runs of blanks inside a text are its own; only those between columns are changed.
      const line = toList(
        { ...reread(""), tables: [{ name: "nat", chains: [{ name: "X", policy: null, rules: [one] }] }] },
        { verbose: true, exact: true },
      ).split("\n")[2]!;
      const aligned = line.replace(/ {2,}/g, "  ").trim();
      const { rule: read } = rowOf(aligned);
      expect(read).toEqual(rowOf(line).rule);
    }),
  );
});

test("law: a mutated row is a rule, or none, and never throws", () => {
  const line =
    "    3   120 RETURN     tcp  --  any    lo      10.0.0.0/8          !localhost            tcp dpt:http owner UID match 1337 /* c */";
  const edit = fc.record({ at: fc.nat(line.length), cut: fc.nat(6), put: fc.string({ maxLength: 4 }) });
  fc.assert(
    fc.property(edit, edit, ({ at, cut, put }, second) => {
      const once = line.slice(0, at) + put + line.slice(at + cut);
      const twice = once.slice(0, second.at) + second.put + once.slice(second.at + second.cut);
      const { rule: read, said } = rowOf(twice);
      for (const one of said) expect(one.cited.length, one.message).toBeGreaterThanOrEqual(0);
      if (read) expect(Array.isArray(read.matches)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
