import { targetAction } from "../iptables/ruleset/meaning.ts";
import type { Ruleset, Table } from "../iptables/ruleset/ruleset.ts";
import type { Action } from "../predicate/action.ts";

/** Whether a target may give a packet this destination port. */
function setsPort(action: Action, port: number): boolean {
  if (action.kind === "tproxy") return action.port === port;
  if (action.kind !== "nat" || action.manip === "source" || action.ports === undefined) return false;
  return port >= action.ports.low && port <= action.ports.high;
}

/** Where a packet should end: the port that it comes out at, or the members of its fate that matter. */
export type Goal = number | { readonly [member: string]: unknown };

/** Whether a target may be what brings a packet to its goal. */
function brings(action: Action, goal: Goal): boolean {
  if (typeof goal === "number") return setsPort(action, goal);
  if (goal["kind"] === "dropped") return action.kind === "drop";
  if (goal["kind"] === "rejected") return action.kind === "reject";
  if (goal["kind"] === "queued") return action.kind === "queue";
  if (goal["kind"] === "answered") return action.kind === "synproxy";
  return typeof goal["dport"] === "number" && setsPort(action, goal["dport"]);
}

/**
 * The rules behind which a packet may reach a goal: those whose target brings it there and those that jump to such, as
 * `TABLE CHAIN RULE`.
 */
export function rulesTo(rulesets: readonly Ruleset[], goal: Goal): ReadonlySet<string> {
  const rules = new Set<string>();
  for (const { family, tables } of rulesets)
    for (const table of tables) {
      const chains = new Set<string>();
      for (let before = -1; before < rules.size; ) {
        before = rules.size;
        collect(table, family, goal, chains, rules);
      }
    }
  return rules;
}

function collect(
  { name, chains: all }: Table,
  family: Ruleset["family"],
  goal: Goal,
  chains: Set<string>,
  rules: Set<string>,
): void {
  for (const chain of all)
    for (const [at, { target }] of chain.rules.entries()) {
      const action = targetAction(target, family);
      const leads = action.kind === "jump" || action.kind === "goto" ? chains.has(action.chain) : brings(action, goal);
      if (!leads) continue;
      chains.add(chain.name);
      rules.add(`${name} ${chain.name} ${at + 1}`);
    }
}
