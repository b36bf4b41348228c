/** Laws of reading and printing: what is printed reads back as it was, and printing again changes nothing. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Chain, parse, type Rule, type Ruleset, toRules, toSave } from "../../src/index.ts";
import type { Given, Range } from "../../src/iptables/extension/value.ts";
import { toList } from "../../src/iptables/list/write.ts";
import type { RuleMatch } from "../../src/iptables/ruleset/ruleset.ts";
import type { Family } from "../../src/net/address.ts";
import { families, saveText } from "./arbitraries.ts";
import { runs, TIMEOUT } from "./runs.ts";

const rulesets = families.chain((family) => saveText(family).map((text) => read(text, family)));

const read = (text: string, family: Family): Ruleset => parse(text, { family }).ruleset;

const mapChains = (ruleset: Ruleset, change: (chain: Chain) => Chain): Ruleset => ({
  ...ruleset,
  tables: ruleset.tables.map((table) => ({ ...table, chains: table.chains.map(change) })),
});

/** What is left where a form says nothing about counters. */
const uncounted = (ruleset: Ruleset): Ruleset =>
  mapChains(ruleset, ({ counters: _, ...chain }) => ({
    ...chain,
    rules: chain.rules.map(({ counters: __, ...rule }): Rule => rule),
  }));

test(
  "iptables-save: parse ∘ print is the identity, and print a fixed point",
  () => {
    fc.assert(
      fc.property(rulesets, (ruleset) => {
        const printed = toSave(ruleset, { counters: true });
        const again = read(printed, ruleset.family);
        expect(again).toEqual(ruleset);
        expect(toSave(again, { counters: true })).toBe(printed);
      }),
      { numRuns: runs(300, 5000) },
    );
  },
  TIMEOUT,
);

describe("iptables -S", () => {
  test.each([true, false])(
    "with counters %s: the identity, and a fixed point",
    (counters) => {
      fc.assert(
        fc.property(rulesets, (ruleset) => {
          const printed = toRules(ruleset, { counters });
          const again = read(printed, ruleset.family);
          expect(again).toEqual(counters ? ruleset : uncounted(ruleset));
          expect(toRules(again, { counters })).toBe(printed);
        }),
        { numRuns: runs(150, 5000) },
      );
    },
    TIMEOUT,
  );
});

/** What `-L -v -n -x` does not print: the name of a hashlimit table, that a quota is negated, ports that are all ports. */
function isLost(match: RuleMatch): boolean {
  if (match.kind === "sctp" || match.kind === "dccp") return isAll(match.sport) || isAll(match.dport);
  return match.kind === "hashlimit" || (match.kind === "quota" && match.negated);
}

const isAll = (ports: Given<Range> | undefined): boolean =>
  ports !== undefined && !ports.negated && ports.value.low === 0 && ports.value.high === 65535;

/** Neighbours of one kind stand in a listing as if they were one. */
const isShown = ({ matches }: Rule): boolean =>
  !matches.some((match, at) => isLost(match) || matches[at - 1]?.kind === match.kind);

describe("iptables -L -v -n -x", () => {
  const table = (ruleset: Ruleset): Ruleset => ({ ...ruleset, tables: ruleset.tables.slice(0, 1) });
  const listed = fc.record({ ruleset: rulesets.map(table), lineNumbers: fc.boolean() });
  const print = (ruleset: Ruleset, lineNumbers = false): string =>
    toList(ruleset, { verbose: true, numeric: true, exact: true, lineNumbers });
  const reread = (text: string, { family, tables }: Ruleset): Ruleset =>
    parse(text, { family, table: tables[0]!.name }).ruleset;

  test(
    "parse ∘ print is the identity where a listing loses nothing",
    () => {
      const lossless = (ruleset: Ruleset): Ruleset =>
        mapChains(ruleset, (chain) => ({ ...chain, rules: chain.rules.filter(isShown) }));
      fc.assert(
        fc.property(listed, ({ ruleset, lineNumbers }) => {
          const rest = lossless(ruleset);
          expect(reread(print(rest, lineNumbers), rest)).toEqual(rest);
        }),
        { numRuns: runs(300, 5000) },
      );
    },
    TIMEOUT,
  );

  test(
    "print ∘ parse ∘ print is print, whatever is lost",
    () => {
      fc.assert(
        fc.property(listed, ({ ruleset, lineNumbers }) => {
          const printed = print(ruleset, lineNumbers);
          expect(print(reread(printed, ruleset), lineNumbers)).toBe(printed);
        }),
        { numRuns: runs(300, 5000) },
      );
    },
    TIMEOUT,
  );
});
