import type { PreparedRule } from "../netns/prepare.ts";
import { HOOKS } from "../predicate/action.ts";
import { hex } from "../text/number.ts";
import type { Run } from "./run.ts";
import type { RulePlace } from "./walk.ts";

/** Where a walk ends that a rule ends. */
export const placeOf = (run: Run, { table, chain, rule }: PreparedRule): RulePlace => ({
  hook: HOOKS[run.hook]!,
  table,
  chain,
  rule,
});

/** Ends the walk at a rule whose target nobody can carry out. */
export function openTarget(run: Run, { table, chain, rule }: PreparedRule, extension: string, message: string): "end" {
  run.fate = { kind: "undetermined", because: [{ table, chain, rule, extension, message }] };
  return "end";
}

/** Tells the observer of a number that a target has changed. */
export function changed(run: Run, field: string, before: number, after: number, by: string): void {
  if (run.observer !== null && before !== after)
    run.observer({ kind: "change", field, before: hex(before), after: hex(after), by });
}
