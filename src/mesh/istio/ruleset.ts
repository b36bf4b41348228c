import {
  BUILT_IN,
  type Chain,
  type Rule,
  type RuleMatch,
  type Ruleset,
  type Table,
  type TableName,
} from "../../iptables/ruleset/ruleset.ts";
import { readCommand } from "../../iptables/save/read-rule.ts";
import type { Reading } from "../../iptables/save/reading.ts";
import { ParseError } from "../../text/problem.ts";
import { splitRestoreLine } from "../../text/words.ts";
import { type Draft, newChains, placeRules, tablesOf } from "./draft.ts";

/** The rules as they stand when all commands have run in empty tables, with every built-in chain of those tables. */
export const rulesetOf = (drafts: readonly Draft[], reading: Reading): Ruleset => ({
  family: reading.family,
  flavour: "legacy",
  tables: tablesOf(drafts).map((table) => tableOf(table, drafts, reading)),
});

function tableOf(name: TableName, drafts: readonly Draft[], reading: Reading): Table {
  const rules = new Map<string, Rule[]>();
  for (const chain of [...BUILT_IN[name], ...newChains(name, drafts)]) rules.set(chain, []);
  for (const { draft } of placeRules(drafts.filter((one) => one.table === name)))
    rules.get(draft.chain)!.push(readDraft(draft, reading));
  const chains = [...rules].map(
    ([chain, own]): Chain => ({ name: chain, policy: BUILT_IN[name].includes(chain) ? "ACCEPT" : null, rules: own }),
  );
  return { name, chains };
}

const OWNER = /-m owner((?: !)? --(uid|gid)-owner +(\S+))/g;

/** Owners that a rule names and that `names` does not know. */
export const unknownOwners = (rule: string, { names }: Reading): string[] =>
  [...rule.matchAll(OWNER)].flatMap(([, , kind, name = ""]) =>
    /^\d/.test(name) || (kind === "uid" ? names.user(name) : names.group(name)) !== undefined ? [] : [name],
  );

/** A name that no extension has, for matches that are to be kept as they stand. */
const KEPT = "owner-by-unknown-name";

/**
 * Reads a command with the reader of save text, so that what a rule means stands in one place only.
 *
 * That reader refuses owners that the host does not know, as iptables would. The host of these rules is not this one:
 * such a match is kept unread, and a walk that comes to it is undetermined.
 */
function readDraft({ chain, rule, because }: Draft, reading: Reading): Rule {
  const unknown = unknownOwners(rule, reading);
  const kept = rule.replace(OWNER, (whole, options: string, _kind, name: string) =>
    unknown.includes(name) ? `-m ${KEPT}${options}` : whole,
  );
  const text = `-A ${chain} ${kept}`;
  const [read] = readable(because, () =>
    readCommand({ words: splitRestoreLine(text), number: 1, text }, 0, reading),
  ).rules;
  const renamed = (match: RuleMatch): RuleMatch =>
    match.kind === "unknown" && match.name === KEPT ? { ...match, name: "owner" } : match;
  return { ...read!, matches: read!.matches.map(renamed) };
}

/** What the reader refuses comes from a setting that Istio hands on unread, such as a service name that nobody knows. */
function readable<T>(because: Draft["because"], read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const refusal = error.diagnostics[0]!.message;
    throw new RangeError(`${because.join(", ") || "the rules"}: iptables refuses what follows from it: ${refusal}`);
  }
}
