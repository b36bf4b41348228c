import type { Effect } from "../predicate/effect.ts";
import { apply } from "./effects/apply.ts";
import { drop, openChain } from "./run/fates.ts";
import type { PreparedBase, PreparedChain, PreparedRule, Segment } from "./run/prepared.ts";
import type { Run } from "./run/run.ts";

/**
 * More jumps than rules that the kernel loads make in one table, one after another or one inside the other: what comes
 * here is a loop, which the kernel refuses (formats.md, 5.3). A goto counts as inside: where it came from is not left.
 */
const MOST_JUMPS = 100_000;
const MOST_DEPTH = 5_000;

/** Where a jump comes back to. */
interface Return {
  readonly chain: PreparedChain;
  readonly at: number;
  readonly depth: number;
  readonly caller: number | null;
}

/**
 * Takes a packet through the chains that a base chain leads to, as ipt_do_table does: this is the only place that walks
 * rules. False: its fate is set.
 *
 * The stack holds where jumps came from; a goto leaves nothing there (T2). RETURN with an empty stack, and the end of the
 * base chain, is the policy (T1).
 */
export function walkChain(run: Run, { base, chain: first, step }: PreparedBase): boolean {
  const { frame, hook, observer, steps } = run;
  const stack: Return[] = [];
  let chain = first;
  let at = 0;
  let jumps = 0;
  let depth = 0;
  let caller: number | null = null;
  for (;;) {
    if (chain.missing) {
      const { ref } = chain;
      return openChain(run, ref, `chain ${ref.chain} of table ${ref.table} is not in the dump`);
    }
    const { rules } = chain;
    let leaving = true;
    while (at < rules.length) {
      const rule = rules[at++] as PreparedRule;
      const matched = rule.test(frame);
      if (observer !== null) observer({ kind: "rule", rule, matched, frame });
      if (!matched) continue;
      if (rule.rest === null) {
        steps.push(rule.step(hook, caller));
        if (rule.effects.length > 0 && !applyAll(run, rule, rule.effects)) return false;
      } else if (!walkRest(run, rule, rule.rest, caller)) {
        if (run.fate !== null) return false;
        continue;
      }
      const { control } = rule;
      if (observer !== null) observer({ kind: "control", rule, control });
      if (control === "continue") continue;
      if (control === "return") break;
      if (control === "accept") return true;
      if (control === "drop") {
        drop(run, rule);
        return false;
      }
      const next = rule.next as PreparedChain;
      if (control === "jump") stack.push({ chain, at, depth, caller });
      if (++jumps > MOST_JUMPS || ++depth > MOST_DEPTH) return loop(run, next);
      observer?.({ kind: "enter", chain: next.ref.chain, how: control });
      chain = next;
      at = 0;
      caller = steps.length - 1;
      leaving = false;
      break;
    }
    if (!leaving) continue;
    const back = stack.pop();
    if (back !== undefined) {
      observer?.({ kind: "leave", to: back.chain.ref.chain });
      ({ chain, at, depth, caller } = back);
      continue;
    }
    if (chain !== first) observer?.({ kind: "leave", to: undefined });
    observer?.({ kind: "policy", step });
    steps.push(step);
    if (base.policy !== "DROP") return true;
    const { table, chain: name, hook: where } = step;
    run.fate = { kind: "dropped", hook: where, table, chain: name, policy: "DROP" };
    return false;
  }
}

/** Does the effects of a rule, left to right. False: one of them has set the fate. */
function applyAll(run: Run, rule: PreparedRule, effects: readonly Effect[]): boolean {
  for (const effect of effects) {
    apply(run, effect, rule);
    if (run.fate !== null) {
      run.observer?.({ kind: "control", rule, control: "end" });
      return false;
    }
  }
  return true;
}

/**
 * A body in which conditions and effects alternate: effects before a condition that fails stay, and the rule has not
 * matched. False: that is so, or an effect has set the fate.
 */
function walkRest(run: Run, rule: PreparedRule, rest: readonly Segment[], caller: number | null): boolean {
  let { effects } = rule;
  for (const segment of rest) {
    if (!applyAll(run, rule, effects)) return false;
    if (!segment.test(run.frame)) {
      run.observer?.({ kind: "unmatched", rule, frame: run.frame });
      return false;
    }
    ({ effects } = segment);
  }
  run.steps.push(rule.step(run.hook, caller));
  return applyAll(run, rule, effects);
}

function loop(run: Run, { ref }: PreparedChain): false {
  const { table, chain } = ref;
  return openChain(
    run,
    ref,
    `the jumps of table ${table} form a loop through chain ${chain}; the kernel refuses such rules`,
  );
}
