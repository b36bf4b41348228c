import type { Action } from "../predicate/action.ts";
import { targetAction } from "../ruleset/meaning.ts";
import type { Ruleset, Table } from "../ruleset/ruleset.ts";

/** Whether a target may give a packet this destination port. */
function setsPort(action: Action, port: number): boolean {
  if (action.kind === "tproxy") return action.port === port;
  if (action.kind !== "nat" || action.manip === "source" || action.ports === undefined) return false;
  return port >= action.ports.low && port <= action.ports.high;
}

/**
 * The rules behind which a port may become the destination: those whose target sets it and those that jump to such, as
 * `TABLE CHAIN RULE`.
 */
export function rulesToPort(rulesets: readonly Ruleset[], port: number): ReadonlySet<string> {
  const rules = new Set<string>();
  for (const { family, tables } of rulesets)
    for (const table of tables) {
      const chains = new Set<string>();
      for (let before = -1; before < rules.size; ) {
        before = rules.size;
        collect(table, family, port, chains, rules);
      }
    }
  return rules;
}

function collect(
  { name, chains: all }: Table,
  family: Ruleset["family"],
  port: number,
  chains: Set<string>,
  rules: Set<string>,
): void {
  for (const chain of all)
    for (const [at, { target }] of chain.rules.entries()) {
      const action = targetAction(target, family);
      const leads =
        action.kind === "jump" || action.kind === "goto" ? chains.has(action.chain) : setsPort(action, port);
      if (!leads) continue;
      chains.add(chain.name);
      rules.add(`${name} ${chain.name} ${at + 1}`);
    }
}
