import { HOOKS, type Hook, type SetBits } from "../../predicate/effect.ts";
import { ENTRY_FIELDS, NUMBER_FIELDS } from "../../predicate/field.ts";
import type { ChainRef } from "../../predicate/rule-ref.ts";
import type { PreparedRule } from "./prepared.ts";
import type { Run } from "./run.ts";
import type { RulePlace } from "./walk.ts";

/** The hook that the packet is at. */
export const hookOf = (run: Run): Hook => HOOKS[run.hook] as Hook;

/** Where a walk ends that a rule ends. */
export function placeOf(run: Run, { rule: { ref } }: PreparedRule): RulePlace {
  const { table, chain, rule } = ref;
  return { hook: hookOf(run), table, chain, rule };
}

/** Drops the packet at a rule; `reason`, where that is not what its target is for. */
export function drop(run: Run, rule: PreparedRule, reason?: string): void {
  run.fate = { kind: "dropped", ...placeOf(run, rule), ...(reason !== undefined && { reason }) };
}

/** Ends the walk at a rule whose target cannot be carried out. */
export function openTarget(run: Run, { rule: { ref } }: PreparedRule, extension: string, message: string): void {
  const { table, chain, rule } = ref;
  run.fate = { kind: "undetermined", because: [{ table, chain, rule, extension, message }] };
}

/** Ends the walk at a chain that cannot be walked. */
export function openChain(run: Run, { table, chain }: ChainRef, message: string): false {
  run.fate = { kind: "undetermined", because: [{ table, chain, rule: 0, field: "chain", message }] };
  return false;
}

/** Tells the observer of a number that a rule has changed. */
export function changed(
  run: Run,
  field: SetBits["field"],
  before: number,
  after: number,
  { rule }: PreparedRule,
): void {
  const { show = String } = field === "connmark" ? ENTRY_FIELDS[field] : NUMBER_FIELDS[field];
  if (run.observer !== null && before !== after)
    run.observer({ kind: "change", field, before: show(before), after: show(after), by: rule.target ?? "" });
}
