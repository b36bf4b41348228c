import type { PreparedChain } from "../netns/prepare.ts";
import { HOOKS } from "../predicate/action.ts";
import { applyTarget } from "./apply-target.ts";
import type { Run } from "./run.ts";

/** How a table ended at a hook: the packet goes on, or its fate is set. */
export type Verdict = "accept" | "end";

/**
 * More jumps than rules that the kernel loads make in one table, one after another or one inside the other: what comes
 * here is a loop, which the kernel refuses (formats.md, 5.3). A goto counts as inside: where it came from is not left.
 */
const MOST_JUMPS = 100_000;
const MOST_DEPTH = 5_000;

/**
 * Walks one table at one hook from its built-in chain, as ipt_do_table does: this is the only place that walks rules.
 *
 * The stack holds where `-j` came from (in `places`, the rule and the depth); `-g` leaves nothing there (T2). RETURN with an empty stack, and the end of the
 * built-in chain, is the policy (T1).
 */
export function walkTable(run: Run, base: PreparedChain): Verdict {
  const { frame, hook, observer, steps } = run;
  const { chains, places } = run;
  chains.length = 0;
  let chain = base;
  let at = 0;
  let jumps = 0;
  let depth = 0;
  for (;;) {
    if (chain.missing) return openEnd(run, chain);
    const { rules } = chain;
    let leaving = true;
    while (at < rules.length) {
      const rule = rules[at++]!;
      const matched = rule.test(frame);
      if (observer !== null) observer({ kind: "rule", rule, matched, frame });
      if (!matched) continue;
      steps.push(rule.steps[hook]!);
      const { action } = rule;
      if (action.kind === "continue") continue;
      if (action.kind === "return") break;
      if (action.kind === "accept") return "accept";
      if (action.kind === "jump" || action.kind === "goto") {
        const next = rule.next!;
        if (action.kind === "jump") {
          chains.push(chain);
          places.push(at, depth);
        }
        if (++jumps > MOST_JUMPS || ++depth > MOST_DEPTH) return loop(run, next);
        observer?.({ kind: "enter", chain: next, how: action.kind });
        chain = next;
        at = 0;
        leaving = false;
        break;
      }
      const verdict = applyTarget(run, rule);
      if (verdict !== "continue") return verdict;
    }
    if (!leaving) continue;
    const caller = chains.pop();
    if (caller !== undefined) {
      observer?.({ kind: "leave", chain, to: caller.name });
      chain = caller;
      depth = places.pop()!;
      at = places.pop()!;
      continue;
    }
    return policy(run, base, chain);
  }
}

function policy(run: Run, base: PreparedChain, last: PreparedChain): Verdict {
  const { observer, hook } = run;
  if (last !== base) observer?.({ kind: "leave", chain: last, to: undefined });
  observer?.({ kind: "policy", chain: base });
  run.steps.push(base.policySteps[hook]!);
  if (base.policy !== "DROP") return "accept";
  run.fate = { kind: "dropped", hook: HOOKS[hook]!, table: base.table, chain: base.name, policy: "DROP" };
  return "end";
}

/** A chain that the dump does not show: whatever it does is unknown. */
function openEnd(run: Run, chain: PreparedChain): Verdict {
  const message = `chain ${chain.name} of table ${chain.table} is not in the dump`;
  run.fate = {
    kind: "undetermined",
    because: [{ table: chain.table, chain: chain.name, rule: 0, field: "chain", message }],
  };
  return "end";
}

function loop(run: Run, chain: PreparedChain): Verdict {
  const message = `the jumps of table ${chain.table} form a loop through chain ${chain.name}; the kernel refuses such rules`;
  run.fate = {
    kind: "undetermined",
    because: [{ table: chain.table, chain: chain.name, rule: 0, field: "chain", message }],
  };
  return "end";
}
