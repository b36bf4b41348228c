import { needsConntrack, ruleMeaning, targetAction } from "../iptables/ruleset/meaning.ts";
import type { Chain, HiddenField, Rule, Ruleset, Table, TableName } from "../iptables/ruleset/ruleset.ts";
import type { Family } from "../net/address.ts";
import { type Action, HOOKS, type Hook } from "../predicate/action.ts";
import { compile } from "../predicate/compile.ts";
import type { Predicate } from "../predicate/predicate.ts";
import type { Place, Test } from "../predicate/test.ts";
import type { PolicyStep, RuleStep } from "./step.ts";

/** A rule with everything resolved that does not depend on a packet. */
export interface PreparedRule extends Place {
  readonly table: TableName;
  readonly data: Rule;
  readonly meaning: Predicate;
  readonly test: Test;
  readonly action: Action;
  /** The chain of a jump or goto. */
  next: PreparedChain | null;
  /** The step it makes at each hook, by the hook's index: made once, shared by all walks. */
  readonly steps: readonly RuleStep[];
}

export interface PreparedChain {
  readonly table: TableName;
  readonly name: string;
  readonly rules: readonly PreparedRule[];
  readonly policy: "ACCEPT" | "DROP" | null;
  readonly policySteps: readonly PolicyStep[];
  /** The dump does not show it. */
  readonly missing: boolean;
}

/** What happens at a hook, in the order of priorities. */
export type Stage =
  | { readonly kind: "table"; readonly table: TableName; readonly chain: PreparedChain }
  | { readonly kind: "conntrack" }
  /** The nat chains of all rulesets: the first that maps the connection wins (H6). */
  | { readonly kind: "nat"; readonly chains: readonly PreparedChain[] };

/** One family's rules, ready to be walked. */
export interface Prepared {
  /** By the hook's index. */
  readonly stages: readonly (readonly Stage[])[];
  readonly conntrack: boolean;
}

const targetName = (rule: Rule): string | null => {
  const { target } = rule;
  if (target === null) return null;
  if (target.kind === "jump" || target.kind === "goto") return target.chain;
  return target.kind === "unknown" ? target.name : target.kind;
};

/** Devices that iptables refuses in a rule of a built-in chain, so that a dump cannot be hiding them there (R9). */
const REFUSED_DEVICE: ReadonlyMap<string, HiddenField> = new Map([
  ["PREROUTING", "out"],
  ["INPUT", "out"],
  ["OUTPUT", "in"],
  ["POSTROUTING", "in"],
]);

function prepareRule(
  data: Rule,
  { name: chain, policy }: Chain,
  table: TableName,
  number: number,
  family: Family,
): PreparedRule {
  const refused = policy === null ? undefined : REFUSED_DEVICE.get(chain);
  const rule = data.hidden === undefined ? data : { ...data, hidden: data.hidden.filter((field) => field !== refused) };
  const place: Place = { table, chain, rule: number };
  const meaning = ruleMeaning(rule, family);
  const target = targetName(rule);
  return {
    table,
    chain,
    rule: number,
    data: rule,
    meaning,
    test: compile(meaning, place),
    action: targetAction(rule.target, family),
    next: null,
    steps: HOOKS.map((hook) => ({ hook, table, chain, rule: number, target })),
  };
}

function prepareChain(chain: Chain, table: TableName, family: Family): PreparedChain {
  const policy = chain.policy;
  return {
    table,
    name: chain.name,
    rules: chain.rules.map((rule, at) => prepareRule(rule, chain, table, at + 1, family)),
    policy,
    policySteps: policy === null ? [] : HOOKS.map((hook) => ({ hook, table, chain: chain.name, policy })),
    missing: chain.missing ?? false,
  };
}

/** The chains of one table by name, their jumps resolved; a jump to nowhere leads to a missing chain. */
function prepareTable(table: Table, family: Family): ReadonlyMap<string, PreparedChain> {
  const chains = new Map(table.chains.map((chain) => [chain.name, prepareChain(chain, table.name, family)]));
  for (const chain of [...chains.values()])
    for (const rule of chain.rules) {
      if (rule.action.kind !== "jump" && rule.action.kind !== "goto") continue;
      const name = rule.action.chain;
      let next = chains.get(name);
      if (next === undefined) {
        next = prepareChain({ name, policy: null, rules: [], missing: true }, table.name, family);
        chains.set(name, next);
      }
      rule.next = next;
    }
  return chains;
}

const preparedTables = new WeakMap<Ruleset, ReadonlyMap<TableName, ReadonlyMap<string, PreparedChain>>>();

/** The prepared chains of a ruleset, made once for each ruleset object (they are immutable). */
function tablesOf(ruleset: Ruleset): ReadonlyMap<TableName, ReadonlyMap<string, PreparedChain>> {
  const known = preparedTables.get(ruleset);
  if (known) return known;
  const made = new Map(ruleset.tables.map((table) => [table.name, prepareTable(table, ruleset.family)]));
  preparedTables.set(ruleset, made);
  return made;
}

/** Priorities of the tables at a hook; nft's security table stands behind nat (H1, H2). */
function priority(table: TableName, hook: Hook, nft: boolean): number {
  switch (table) {
    case "raw":
      return -300;
    case "mangle":
      return -150;
    case "nat":
      return hook === "PREROUTING" || hook === "OUTPUT" ? -100 : 100;
    case "filter":
      return 0;
    case "security":
      return nft ? 150 : 50;
  }
}

const CONNTRACK_PRIORITY = -200;

/**
 * Orders everything that the rulesets of one family do at each hook.
 *
 * @param conntrack whether conntrack is attached; undefined: as the rules imply (H5)
 */
export function prepare(rulesets: readonly Ruleset[], family: Family, conntrack: boolean | undefined): Prepared {
  const own = rulesets.filter((ruleset) => ruleset.family === family);
  const attached = conntrack ?? own.some(wantsConntrack);
  const stages = HOOKS.map((hook) => {
    const found: { readonly priority: number; readonly stage: Stage }[] = [];
    const nat: PreparedChain[] = [];
    if (attached && (hook === "PREROUTING" || hook === "OUTPUT"))
      found.push({ priority: CONNTRACK_PRIORITY, stage: { kind: "conntrack" } });
    // At equal priority the table that was registered later runs first (H6).
    for (const ruleset of [...own].reverse())
      for (const [table, chains] of tablesOf(ruleset)) {
        const chain = chains.get(hook);
        if (chain === undefined || chain.policy === null) continue;
        if (table === "nat") nat.push(chain);
        else
          found.push({
            priority: priority(table, hook, ruleset.flavour === "nft"),
            stage: { kind: "table", table, chain },
          });
      }
    // Without conntrack nat chains are never consulted (H5).
    if (nat.length > 0 && attached)
      found.push({ priority: priority("nat", hook, false), stage: { kind: "nat", chains: nat } });
    else if (attached && natElsewhere(own))
      found.push({ priority: priority("nat", hook, false), stage: { kind: "nat", chains: [] } });
    return found.sort((a, b) => a.priority - b.priority).map((one) => one.stage);
  });
  return { stages, conntrack: attached };
}

/** A nat table has all its hooks, also those whose chain the dump does not show: translations apply there too. */
const natElsewhere = (rulesets: readonly Ruleset[]): boolean =>
  rulesets.some((ruleset) => ruleset.tables.some((table) => table.name === "nat"));

const wantsConntrack = ({ tables, family }: Ruleset): boolean =>
  tables.some((table) =>
    table.chains.some(({ rules }) =>
      rules.some((rule) => needsConntrack(rule, family) || (table.name === "nat" && mayTranslate(rule, table))),
    ),
  );

/** In nat, what a target that is not known does, or a chain that is not shown, can hardly be but to translate. */
const mayTranslate = ({ target }: Rule, { chains }: Table): boolean =>
  target?.kind === "unknown" ||
  ((target?.kind === "jump" || target?.kind === "goto") &&
    !chains.some((one) => one.name === target.chain && !one.missing));
