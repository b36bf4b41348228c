import { BUILT_IN, TABLES, type TableName } from "../../iptables/ruleset/ruleset.ts";
import type { SettingName } from "./settings.ts";

/** One command of a rules file before it is text: which chain, what, and which settings asked for it. */
export interface Draft {
  readonly table: TableName;
  readonly chain: string;
  /** The rule's number for `-I`, or null for `-A`. */
  readonly at: number | null;
  /** The rule's words behind the chain. */
  readonly rule: string;
  readonly because: readonly SettingName[];
}

/** A rule at the end of its chain; `chain` is `TABLE CHAIN`. */
export const append = (chain: string, rule: string, ...because: SettingName[]): Draft =>
  draft(chain, null, rule, because);

/** A rule that becomes number `at` of its chain. */
export const insert = (chain: string, at: number, rule: string, ...because: SettingName[]): Draft =>
  draft(chain, at, rule, because);

function draft(where: string, at: number | null, rule: string, because: readonly SettingName[]): Draft {
  const [table, chain] = where.split(" ") as [TableName, string];
  return { table, chain, at, rule, because };
}

export const commandText = ({ chain, at, rule }: Draft): string =>
  at === null ? `-A ${chain} ${rule}` : `-I ${chain} ${at} ${rule}`;

const VERDICTS = ["ACCEPT", "RETURN", "DROP"];

/** The chain that a rule jumps to when its target has no options, which is how the tool finds jumps. */
function jumpOf(rule: string): string | undefined {
  const target = /(?:^| )-j (\S+)$/.exec(rule)?.[1];
  return target === undefined || VERDICTS.includes(target) ? undefined : target;
}

/**
 * Chains that must be made in a table: those with rules in the order of their first rule, then those that are only
 * jumped to.
 */
export function newChains(table: TableName, drafts: readonly Draft[]): readonly string[] {
  const here = drafts.filter((one) => one.table === table);
  const names = [...here.map((one) => one.chain), ...here.flatMap((one) => jumpOf(one.rule) ?? [])];
  return [...new Set(names)].filter((name) => !BUILT_IN[table].includes(name));
}

/** The tables in which there is something, in the alphabetical order in which the tool writes them. */
export const tablesOf = (drafts: readonly Draft[]): readonly TableName[] =>
  [...new Set(drafts.map((one) => one.table))].sort();

/** The input that `iptables-restore --noflush` gets. */
export const restoreText = (drafts: readonly Draft[]): string =>
  tablesOf(drafts)
    .flatMap((table) => [
      `*${table}`,
      ...newChains(table, drafts).map((name) => `-N ${name}`),
      ...drafts.filter((one) => one.table === table).map(commandText),
      "COMMIT",
      "",
    ])
    .join("\n")
    .replace(/\n\n/g, "\n");

/** A draft and the number that its rule has in its chain when all commands have run in empty tables. */
export interface Placed {
  readonly draft: Draft;
  readonly number: number;
}

/**
 * Runs the `-A` and `-I` commands, as {@link restoreText} orders them, and gives each rule its final number. Tables come
 * in the kernel's order, in each its own chains and then the new ones.
 */
export function placeRules(drafts: readonly Draft[]): readonly Placed[] {
  const chains = new Map<string, Draft[]>();
  const key = (table: TableName, chain: string) => `${table} ${chain}`;
  for (const table of TABLES)
    for (const chain of [...BUILT_IN[table], ...newChains(table, drafts)]) chains.set(key(table, chain), []);
  for (const one of drafts) {
    const rules = chains.get(key(one.table, one.chain))!;
    rules.splice(one.at === null ? rules.length : one.at - 1, 0, one);
  }
  return [...chains.values()].flatMap((rules) => rules.map((draft, at) => ({ draft, number: at + 1 })));
}
