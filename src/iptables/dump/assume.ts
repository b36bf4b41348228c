import { ParseError, type Problem } from "../../text/problem.ts";
import type { Chain, HiddenField, Rule, Ruleset, Table } from "../ruleset/ruleset.ts";
import { isTableName } from "../ruleset/ruleset.ts";
import { type Filling, fillRule } from "./fill.ts";
import { assumeIstio } from "./istio.ts";

/** A ruleset with hidden fields filled, and what was done. The diagnostics have no place of their own: line 1. */
export interface Assumed {
  readonly ruleset: Ruleset;
  readonly diagnostics: readonly Problem[];
}

/** One assumption made by hand, read. */
interface ByHand {
  readonly table: string | undefined;
  readonly chain: string;
  /** Rule numbers from 1; undefined for all rules of the chain. */
  readonly rules: readonly number[] | undefined;
  readonly filling: Filling;
  readonly text: string;
}

const SYNTAX = '"[TABLE] CHAIN [RULES] in=NAME out=NAME" (NAME may be any, RULES as 1,2,5-6), "rest=hidden" or "istio"';

const refuse = (message: string, hint?: string): never => {
  const problem: Problem = { severity: "error", code: "bad-assumption", message, line: 1, column: 1 };
  throw new ParseError([hint === undefined ? problem : { ...problem, hint }]);
};

const info = (code: string, message: string): Problem => ({ severity: "info", code, message, line: 1, column: 1 });

/**
 * Fills interface conditions that a listing without `-v` hides.
 *
 * - `nat ISTIO_OUTPUT 1,2,3 out=lo`: rules by number; the table may be left out, `any` is no condition, `!lo` negates.
 * - `istio`: recognises the rules of an Istio sidecar and fills what istio-iptables writes.
 * - `rest=hidden`: what no assumption names stays hidden; without it, an assumption by hand also says that the rest has
 *   no condition, and a diagnostic tells how many rules that is.
 *
 * Throws a ParseError for an assumption that cannot be read or does not fit the ruleset.
 *
 * @example
 * assume(ruleset, ["ISTIO_OUTPUT 1,2,3,5,6 out=lo"])
 */
export function assume(ruleset: Ruleset, assumptions: readonly string[]): Assumed {
  const diagnostics: Problem[] = [];
  let result = ruleset;
  let byHand = false;
  let keepRest = false;
  for (const text of assumptions) {
    const words = text.trim().split(/\s+/);
    if (words.join(" ") === "rest=hidden") keepRest = true;
    else if (words.join(" ") === "istio") {
      const done = assumeIstio(result);
      if (typeof done === "string") return refuse(`istio: expected the rules of an Istio sidecar, ${done}`);
      result = done.ruleset;
      diagnostics.push(info("assumed", done.message));
    } else {
      result = fillByHand(result, readByHand(words, text));
      diagnostics.push(info("assumed", `assumed by hand: ${text.trim()}`));
      byHand = true;
    }
  }
  if (!byHand || keepRest) return { ruleset: result, diagnostics };
  const { ruleset: filled, count } = fillRest(result);
  if (count > 0)
    diagnostics.push(
      info(
        "assumed-rest",
        `the interfaces that ${count} ${count === 1 ? "rule hides" : "rules hide"} and no assumption names are taken as no condition ("rest=hidden" keeps them open)`,
      ),
    );
  return { ruleset: filled, diagnostics };
}

function readByHand(words: readonly string[], text: string): ByHand {
  const filling: { -readonly [F in HiddenField]?: Filling[F] } = {};
  const names: string[] = [];
  for (const word of words) {
    const found = /^(in|out)=(!?)([^\s!]+)$/.exec(word);
    if (found) {
      const [, field, bang, pattern] = found as unknown as [string, HiddenField, string, string];
      filling[field] = pattern === "any" ? null : { pattern, negated: bang === "!" };
    } else if (Object.keys(filling).length > 0) refuse(`assumption: expected ${SYNTAX}, got "${text}"`);
    else names.push(word);
  }
  const last = names.at(-1);
  const rules = names.length > 1 && last !== undefined && /^[\d,-]+$/.test(last) ? readNumbers(last, text) : undefined;
  if (rules) names.pop();
  const [table, chain] = names.length === 2 ? names : [undefined, names[0]];
  if (names.length > 2 || chain === undefined || Object.keys(filling).length === 0 || (table && !isTableName(table)))
    refuse(`assumption: expected ${SYNTAX}, got "${text}"`);
  return { table, chain: chain!, rules, filling, text };
}

function readNumbers(list: string, text: string): readonly number[] {
  return list.split(",").flatMap((item) => {
    const found = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(item);
    const low = Number(found?.[1] ?? 0);
    const high = Number(found?.[2] ?? low);
    if (low < 1 || high < low || high - low > 100_000)
      refuse(`assumption: expected rule numbers from 1, got "${item}" in "${text}"`);
    return Array.from({ length: high - low + 1 }, (_, at) => low + at);
  });
}

function fillByHand(ruleset: Ruleset, { table, chain, rules, filling, text }: ByHand): Ruleset {
  const holders = ruleset.tables.filter(
    (one) => (table === undefined || one.name === table) && one.chains.some((other) => other.name === chain),
  );
  if (holders.length === 0)
    refuse(`assumption "${text}": there is no chain ${chain}${table ? ` in table ${table}` : ""}`);
  if (holders.length > 1)
    refuse(
      `assumption "${text}": chain ${chain} is in ${holders.map((one) => one.name).join(" and ")}; name the table`,
    );
  const count = holders[0]!.chains.find((one) => one.name === chain)!.rules.length;
  const beyond = rules?.find((number) => number > count);
  if (beyond !== undefined)
    refuse(`assumption "${text}": chain ${chain} has ${count} rules, there is no rule ${beyond}`);
  return mapRules(ruleset, (rule, at, where) => {
    if (where.table !== holders[0] || where.chain.name !== chain || (rules && !rules.includes(at + 1))) return rule;
    for (const field of Object.keys(filling) as HiddenField[])
      if (!rule.hidden?.includes(field) && !sameDevice(rule[field], filling[field]))
        refuse(
          `assumption "${text}": rule ${at + 1} of ${chain} does not hide ${field === "in" ? "-i" : "-o"}, the text shows it`,
        );
    return fillRule(rule, filling);
  });
}

const sameDevice = (a: Rule["in"], b: Filling["in"]): boolean => a?.pattern === b?.pattern && a?.negated === b?.negated;

function fillRest(ruleset: Ruleset): { readonly ruleset: Ruleset; readonly count: number } {
  let count = 0;
  const filled = mapRules(ruleset, (rule) => {
    if (!rule.hidden?.length) return rule;
    count++;
    return fillRule(rule, { in: null, out: null });
  });
  return { ruleset: filled, count };
}

/** The ruleset with each rule replaced. */
function mapRules(
  ruleset: Ruleset,
  change: (rule: Rule, at: number, where: { readonly table: Table; readonly chain: Chain }) => Rule,
): Ruleset {
  const tables = ruleset.tables.map((table) => ({
    ...table,
    chains: table.chains.map((chain) => ({
      ...chain,
      rules: chain.rules.map((rule, at) => change(rule, at, { table, chain })),
    })),
  }));
  return { ...ruleset, tables };
}
