import { isTableName } from "../iptables/ruleset/ruleset.ts";
import { refName } from "../predicate/rule-ref.ts";
import { decidingRules } from "../walk/decision.ts";
import type { Walk } from "../walk/run/walk.ts";

/**
 * Everything that a person may call the rule that decided: the rule whose target moved or ended the packet, the rule
 * that led into its chain, or the policy of the built-in chain that dropped it.
 */
export function decisionNames({ steps, fate }: Walk): readonly string[] {
  const found = decidingRules(steps, fate);
  if (found !== null) return found.via === null ? [refName(found.rule)] : [refName(found.rule), refName(found.via)];
  return fate.kind === "dropped" && fate.policy !== undefined ? [`${fate.table} ${fate.chain} policy`] : [];
}

/**
 * Checks the name of a rule: `TABLE CHAIN NUMBER`, or `TABLE CHAIN policy`. A slip in it would fail every positive
 * assertion and pass every negated one.
 *
 * @throws TypeError for anything else
 */
export function readRuleName(name: string): string {
  const [table = "", chain, at = "", ...more] = name.trim().split(/\s+/);
  if (!isTableName(table) || chain === undefined || !/^([1-9]\d*|policy)$/.test(at) || more.length > 0)
    throw new TypeError(
      `a rule is named as "nat ISTIO_OUTPUT 9" or "filter INPUT policy", not ${JSON.stringify(name)}`,
    );
  return `${table} ${chain} ${at}`;
}

/** Who decided, for people. */
export function decisionText(walk: Walk): string {
  const [rule, via] = decisionNames(walk);
  if (rule === undefined) return "no rule decided";
  return via === undefined ? `decided by ${rule}` : `decided by ${rule}, to which ${via} led`;
}
