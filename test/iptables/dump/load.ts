import { readFileSync } from "node:fs";
import { type Parsed, type ParseOptions, parse } from "../../../src/iptables/dump/parse.ts";
import { type Chain, chainOf, type Ruleset, type TableName, tableOf } from "../../../src/iptables/ruleset/ruleset.ts";
import { toRules } from "../../../src/iptables/save/write.ts";
import { refusalOf } from "../../refusal.ts";

/** The text of a fixture. */
export const dump = (name: string): string =>
  readFileSync(new URL(`../../fixtures/dumps/${name}`, import.meta.url), "utf8");

export function chain(ruleset: Ruleset, table: TableName, name: string): Chain {
  const found = tableOf(ruleset, table);
  const one = found && chainOf(found, name);
  if (one === undefined) throw new Error(`no chain ${table} ${name}`);
  return one;
}

/** Rules of a table as `iptables -S` prints them, without chains. */
export const rules = (ruleset: Ruleset, table: TableName): readonly string[] =>
  toRules(ruleset, { table })
    .split("\n")
    .filter((line) => line.startsWith("-A "));

/** `code@line` of every diagnostic. */
export const codes = ({ diagnostics }: Parsed): readonly string[] =>
  diagnostics.map((one) => `${one.code}@${one.line}`);

/** The message with which a text is refused. */
export const refusal = (text: string, options?: ParseOptions): string => refusalOf(() => parse(text, options));
