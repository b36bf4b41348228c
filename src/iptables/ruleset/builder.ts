import { targetExtension } from "../targets/table.ts";
import {
  BUILT_IN,
  type Chain,
  type Counters,
  type Rule,
  type RuleTarget,
  type Table,
  type TableName,
} from "./ruleset.ts";

/** A chain while a text is read. */
export interface ChainDraft {
  readonly name: string;
  /** null for a user chain; undefined while the text has only named the chain, not declared it. */
  policy: Chain["policy"] | undefined;
  counters?: Counters;
  readonly rules: Rule[];
  /** For each rule, the line that it stands on. */
  readonly lines: number[];
  /** The line that first speaks of the chain. */
  readonly line: number;
}

/** Chains by name, in the order of the text. A Map, so that `__proto__` is a name as any other. */
export type ChainDrafts = Map<string, ChainDraft>;

/** The draft of a chain, made if need be. */
export function chainDraft(chains: ChainDrafts, name: string, line: number): ChainDraft {
  let chain = chains.get(name);
  if (chain === undefined) {
    chain = { name, policy: undefined, rules: [], lines: [], line };
    chains.set(name, chain);
  }
  return chain;
}

/** A chain that rules jump to and the text does not hold, with the first line that speaks of it. */
export interface MissingChain {
  readonly name: string;
  readonly line: number;
}

/** A finished table, and what had to be supposed for it. */
export interface BuiltTable {
  readonly table: Table;
  readonly missing: readonly MissingChain[];
  /** Chains that the text uses without declaring them; built-in ones got the policy ACCEPT. */
  readonly undeclared: readonly ChainDraft[];
}

/**
 * Makes a table of drafts: chains that only jumps mention are added as missing, and a jump whose name is both a chain
 * here and an extension goes to the chain.
 */
export function buildTable(name: TableName, drafts: ChainDrafts): BuiltTable {
  const missing = new Map<string, MissingChain>();
  const undeclared: ChainDraft[] = [];
  // Such names are refused today, but old iptables-restore took them (formats.md, 5.3).
  const clashes = [...drafts.keys()].some((chain) => targetExtension(chain) !== undefined);
  const chains: Chain[] = [];
  for (const draft of drafts.values()) {
    if (draft.policy === undefined) undeclared.push(draft);
    const policy = draft.policy === undefined ? (BUILT_IN[name].includes(draft.name) ? "ACCEPT" : null) : draft.policy;
    const rules = clashes ? draft.rules.map((rule) => retarget(rule, drafts)) : draft.rules;
    for (const [at, { target }] of rules.entries()) {
      if (target === null || (target.kind !== "jump" && target.kind !== "goto")) continue;
      if (!drafts.has(target.chain) && !missing.has(target.chain))
        missing.set(target.chain, { name: target.chain, line: draft.lines[at] ?? draft.line });
    }
    chains.push({ name: draft.name, policy, ...(draft.counters && { counters: draft.counters }), rules });
  }
  for (const chain of missing.values()) chains.push({ name: chain.name, policy: null, rules: [], missing: true });
  return { table: { name, chains }, missing: [...missing.values()], undeclared };
}

function retarget(rule: Rule, drafts: ChainDrafts): Rule {
  const name = rule.target && "name" in rule.target ? rule.target.name : rule.target?.kind;
  if (name === undefined || !drafts.has(name) || !isBare(rule.target!)) return rule;
  return { ...rule, target: { kind: "jump", chain: name } };
}

/** Whether a target was written without any option. */
const isBare = (target: RuleTarget): boolean =>
  target.kind === "unknown"
    ? !target.save && !target.list
    : targetExtension(target.kind)?.toSave(target as never) === "";
