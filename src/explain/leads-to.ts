import { effectFacts } from "../predicate/effect.ts";
import { ruleKey } from "../predicate/rule-ref.ts";
import { type Chain, effectsOf, type Program, type Rule } from "../program/program.ts";

/** Where a packet should end: the port that it comes out at, or the members of its fate that matter. */
export type Goal = number | { readonly [member: string]: unknown };

/** Whether a rule may give a packet this destination port. */
const setsPort = (rule: Rule, port: number): boolean =>
  effectsOf(rule).some((effect) => {
    const { ports } = effectFacts(effect);
    return ports !== null && port >= ports.low && port <= ports.high;
  });

/** Whether a rule itself may be what brings a packet to its goal. */
function brings(rule: Rule, goal: Goal): boolean {
  if (typeof goal === "number") return setsPort(rule, goal);
  const { kind, dport } = goal;
  const ends = effectsOf(rule).flatMap((effect) => effectFacts(effect).ends);
  if (ends.some((one) => one === kind && one !== "dropped")) return true;
  if (kind === "dropped") return rule.control.kind === "drop" && ends.length === 0;
  return typeof dport === "number" && setsPort(rule, dport);
}

/**
 * The rules after which a packet may reach a goal, by their keys: those that bring it there themselves and those that jump
 * to such.
 */
export function rulesTo(programs: readonly Program[], goal: Goal): ReadonlySet<string> {
  const rules = new Set<string>();
  const chains = new Set<Chain>();
  for (let before = -1; before < rules.size; ) {
    before = rules.size;
    for (const program of programs)
      for (const chain of program.chains)
        for (const rule of chain.rules) {
          const { control } = rule;
          const jumps = control.kind === "jump" || control.kind === "goto";
          if (jumps ? !chains.has(control.chain) : !brings(rule, goal)) continue;
          chains.add(chain);
          rules.add(ruleKey(rule.ref));
        }
  }
  return rules;
}
