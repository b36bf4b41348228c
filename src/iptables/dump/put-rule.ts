import type { ChainDraft } from "../ruleset/builder.ts";
import type { Rule } from "../ruleset/ruleset.ts";
import type { State } from "./state.ts";

/** How many rules a chain has so far. */
export const ruleCount = (state: State, chain: ChainDraft): number =>
  chain.rules.length + (state.fronts.get(chain)?.rules.length ?? 0);

/**
 * Puts a rule of the line that is read into a chain: behind all, or at a position from 0.
 *
 * Rules put in front of all, as `-I CHAIN` does, are kept aside until {@link settleFronts}: to move a chain of 100,000
 * rules for each of them takes minutes.
 */
export function putRule(state: State, chain: ChainDraft, given: Rule, position?: number): void {
  const line = state.at + 1;
  let rule = given;
  if (state.hidden) {
    rule = { ...given, hidden: state.hidden };
    state.block!.hidden++;
    state.hidden = undefined;
  }
  if (position === undefined || position === ruleCount(state, chain)) {
    chain.rules.push(rule);
    chain.lines.push(line);
  } else if (position === 0) {
    const front = state.fronts.get(chain) ?? { rules: [], lines: [] };
    state.fronts.set(chain, front);
    front.rules.push(rule);
    front.lines.push(line);
  } else {
    settleFronts(state);
    chain.rules.splice(position, 0, rule);
    chain.lines.splice(position, 0, line);
  }
}

/** Puts what was kept aside where it belongs. */
export function settleFronts({ fronts }: State): void {
  for (const [chain, { rules, lines }] of fronts) {
    prepend(chain.rules, rules);
    prepend(chain.lines, lines);
  }
  fronts.clear();
}

function prepend<T>(list: T[], lastFirst: readonly T[]): void {
  const rest = list.splice(0);
  for (let at = lastFirst.length - 1; at >= 0; at--) list.push(lastFirst[at]!);
  for (const one of rest) list.push(one);
}
