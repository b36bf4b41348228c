import type { ChainDraft } from "../ruleset/builder.ts";
import type { Counters, Rule } from "../ruleset/ruleset.ts";
import { ruleText } from "../save/write.ts";
import type { Block } from "./block.ts";
import { addNames, chainsNamed, isWhole } from "./chains-named.ts";

/** Conditions that both rules show, as text. */
function shownText(rule: Rule, other: Rule): string {
  const { in: into, out, counters: _counters, hidden: _hidden, ...rest } = rule;
  const hides = (field: "in" | "out") => rule.hidden?.includes(field) || other.hidden?.includes(field);
  return ruleText({
    ...rest,
    ...(into && !hides("in") && { in: into }),
    ...(out && !hides("out") && { out }),
  });
}

const sameRule = (a: Rule, b: Rule): boolean => shownText(a, b) === shownText(b, a);

const sameChain = (a: ChainDraft, b: ChainDraft): boolean =>
  (a.policy === undefined || b.policy === undefined || a.policy === b.policy) &&
  a.rules.length === b.rules.length &&
  a.rules.every((rule, at) => sameRule(rule, b.rules[at]!));

const knowsChains = (whole: Block, part: Block): boolean => {
  if (!isWhole(whole)) return true;
  const names = chainsNamed(whole);
  for (const name of part.chains.keys()) if (!names.has(name)) return false;
  return true;
};

export const sameFlavour = (a: Block, b: Block): boolean =>
  a.flavour === undefined || b.flavour === undefined || a.flavour === b.flavour;

/** Whether two blocks of one table may be of one host: chains that both show have the same rules. */
export function compatible(a: Block, b: Block): boolean {
  if (!sameFlavour(a, b) || !knowsChains(a, b) || !knowsChains(b, a)) return false;
  for (const [name, chain] of b.chains) {
    const known = a.chains.get(name);
    if (known && !sameChain(known, chain)) return false;
  }
  return true;
}

/** Adds what `part` shows to `block`: its chains, and for chains of both what one shows and the other hides. */
export function mergeInto(block: Block, part: Block): void {
  block.flavour ??= part.flavour;
  addNames(block, part);
  // Counted by what changes: the block may be large, and parts of it come by the thousand.
  block.hidden += part.hidden;
  for (const [name, chain] of part.chains) {
    const known = block.chains.get(name);
    if (known === undefined) {
      block.chains.set(name, chain);
      continue;
    }
    known.policy ??= chain.policy;
    const counters = betterCounters(known.counters, chain.counters);
    if (counters) known.counters = counters;
    for (const [at, rule] of chain.rules.entries()) {
      const before = known.rules[at]!;
      const merged = mergeRule(before, rule);
      known.rules[at] = merged;
      block.hidden += hides(merged) - hides(before) - hides(rule);
    }
  }
}

const hides = (rule: Rule): number => (rule.hidden?.length ? 1 : 0);

function mergeRule(a: Rule, b: Rule): Rule {
  const shown = (a.hidden?.length ?? 0) > (b.hidden?.length ?? 0) ? b : a;
  const counters = betterCounters(a.counters, b.counters);
  return counters ? { ...shown, counters } : shown;
}

/** Exact ones win over rounded ones, the first over the second. */
function betterCounters(a: Counters | undefined, b: Counters | undefined): Counters | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.rounded && !b.rounded ? b : a;
}
