import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { parse } from "../../../src/iptables/dump/parse.ts";
import { printRow } from "../../../src/iptables/list/write-row.ts";
import { type Flavour, type Rule, type TableName, tableOf } from "../../../src/iptables/ruleset/ruleset.ts";
import type { Family } from "../../../src/net/address.ts";
import { DEBIAN, FORMATS, rowOf } from "./harness.ts";

const FILE = join(FORMATS, "formats.tsv");

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, char: string) => ({ t: "\t", n: "\n", 0: "\0" })[char] ?? char);

interface Row {
  readonly family: Family;
  readonly table: TableName;
  readonly form: string;
  readonly flavour: Flavour;
  readonly chain: string;
  readonly line: string;
  readonly verbose: boolean;
  readonly numeric: boolean;
}

/** Each rule in the four listings that the file has of it. */
function rows(): Row[] {
  if (!existsSync(FILE)) return [];
  const found: Row[] = [];
  for (const text of readFileSync(FILE, "utf8").split("\n").slice(1, -1)) {
    const cells = text.split("\t").map(unescaped);
    const [family, table, form, , , flavour, chain] = cells as [
      Family,
      TableName,
      string,
      string,
      string,
      Flavour,
      string,
    ];
    if (form.startsWith("<") || form.includes("\n")) continue;
    for (const [at, verbose, numeric] of [
      [11, true, false],
      [12, true, true],
      [13, false, false],
      [14, false, true],
    ] as const)
      found.push({ family, table, form, flavour, chain, line: cells[at]!, verbose, numeric });
  }
  return found;
}

const read = ({ family, line, verbose }: Row): Rule =>
  rowOf(line, { family, names: DEBIAN, chains: new Set(["userchain"]), columns: { lineNumbers: false, verbose } })
    .rule!;

/** The rule as its save text has it, in words that both forms share. */
function saved({ family, table, form, chain }: Row): Rule {
  const names = { groups: { tty: 5 } };
  const { ruleset } = parse(`*${table}\n:userchain - [0:0]\n${form}\nCOMMIT\n`, { family, names });
  return tableOf(ruleset, table)!.chains.find(({ name }) => name === chain)!.rules[0]!;
}

function comparable(rule: Rule, { verbose }: Row): unknown {
  const { counters: _, hidden: __, in: into, out, ...rest } = rule;
  return verbose ? { ...rest, in: into, out } : rest;
}

const hasUnknown = ({ matches, target }: Rule): boolean => [target, ...matches].some((one) => one?.kind === "unknown");

/** What the two forms cannot agree about, with the reason. */
const LOST: readonly (readonly [form: RegExp, why: string])[] = [
  [/^-A FORWARD -o lo$/, "-S of legacy drops `-i +`, which -L shows"],
  [/::\/(0|1|128)$/, "ip6tables without -n prints `anywhere`"],
  [/owner --uid-owner 1 -m owner ! --gid/, "two owner matches look like one that asks both"],
  [/-m hashlimit /, "-L has no name, and a rate over an interval is shown as another one"],
  [/-m quota !/, "-L does not show the negation"],
  [/a \*\/ b \/\* c/, "a comment that looks like two, with something between them"],
];

describe.skipIf(!existsSync(FILE))("formats.tsv (skipped where ../shared is absent)", () => {
  const all = rows();

  test("has its rows", () => expect(all.length).toBeGreaterThan(5000));

  test("every row is printed back byte for byte", () => {
    const wrong = all.filter((row) => printed(row, read(row)) !== row.line);
    expect(wrong.map((row) => [row.line, printed(row, read(row))])).toEqual([]);
  });

  test("every row of modelled extensions is the rule that -S shows", () => {
    let compared = 0;
    for (const row of all) {
      const rule = saved(row);
      if (hasUnknown(rule) || LOST.some(([form]) => form.test(row.form))) continue;
      expect(comparable(read(row), row), row.line).toEqual(comparable(rule, row));
      compared++;
    }
    expect(compared).toBeGreaterThan(3000);
  });

  test("every rule of modelled extensions is printed from its save text", () => {
    for (const row of all) {
      const rule = saved(row);
      if (!hasUnknown(rule) && !LOST[0]![0].test(row.form)) expect(printed(row, rule), row.form).toBe(row.line);
    }
  });

  test.each(LOST)("%s is lost", (form) => {
    const rows = all.filter((row) => form.test(row.form)).map((row) => ({ row, rule: saved(row) }));
    const differs = ({ row, rule }: (typeof rows)[number]) =>
      !isDeepStrictEqual(comparable(read(row), row), comparable(rule, row));
    expect(rows.some(({ rule }) => hasUnknown(rule)) || rows.some(differs)).toBe(true);
  });
});

function printed({ family, verbose, numeric, flavour }: Row, rule: Rule): string {
  const style = { family, names: DEBIAN, verbose, numeric, flavour, exact: false, lineNumbers: false };
  return printRow(rule, 1, style);
}
