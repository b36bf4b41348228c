import type { PacketSpec } from "../net/packet-spec.ts";
import type { Netns } from "../netns/netns.ts";
import { programsOf } from "../netns/netns.ts";
import type { WhyNot as Reason } from "../predicate/describe.ts";
import { type RuleRef, refOf, ruleKey } from "../predicate/rule-ref.ts";
import { send } from "../walk/outcomes.ts";
import type { Fate, Walk } from "../walk/run/walk.ts";
import type { SendOptions } from "../walk/send.ts";
import { type Candidate, candidates, type PacketChange, specOf } from "./candidates.ts";
import { type Decision, decisionOf } from "./decision.ts";
import { type Goal, rulesTo } from "./leads-to.ts";
import { recordTrace } from "./record.ts";
import { landingPort } from "./summary.ts";
import { rulesOf, type Trace, tablesOf } from "./trace.ts";

/** A rule that keeps the packet from its goal. */
export interface RuleInTheWay extends RuleRef {
  readonly text: string;
  /** `took`: it matched and sent the packet elsewhere. `missed`: it would have led to the goal and did not match. */
  readonly role: "took" | "missed";
  /** For `missed`: the conditions that failed. */
  readonly why?: readonly Reason[];
}

/** The nearest packet that reaches a goal, and what kept this one from it. */
export interface WhyNotAnswer {
  readonly packet: PacketSpec;
  /** Empty if the packet goes there as it is. */
  readonly changes: readonly PacketChange[];
  readonly rules: readonly RuleInTheWay[];
  /** What happens to the changed packet, as `send` says. */
  readonly walk: Walk;
  /** The rule that decides about the changed packet. */
  readonly decision: Decision;
}

/** What {@link whyNot} takes besides, with the options of `send`. */
export interface WhyNotOptions extends Omit<SendOptions, "observer"> {
  /** How many changed packets are tried at most. Default 20,000. */
  readonly limit?: number;
}

/**
 * Why a packet does not reach a goal: the smallest change with which it would, searched over the values at which the
 * rules' answers change; one change first, then two. The changed packet has been sent, not reasoned about. null if no
 * packet that was tried goes there.
 *
 * A port as goal means that the rules bring the packet there: a packet addressed to that port is no answer.
 */
export function whyNot(
  netns: Netns,
  given: PacketSpec | string,
  goal: Goal,
  options: WhyNotOptions = {},
): WhyNotAnswer | null {
  const { limit = 20_000, ...sending } = options;
  const spec = specOf(given);
  const before = traced(netns, spec, sending);
  if (reaches(before.walk, goal))
    return { packet: spec, changes: [], rules: [], walk: before.walk, decision: before.decision };
  const leading = rulesTo(programsOf(netns), goal);
  const near = new Set([...leading, ...lookedAt(before.trace)]);
  const dimensions = candidates(netns, spec, near, typeof goal === "number" ? goal : undefined);
  let tries = 0;
  const attempt = (changes: readonly Candidate[]): WhyNotAnswer | undefined => {
    tries++;
    const packet = changes.reduce((now, one) => one.apply(now), spec);
    const walk = quietly(() => send(netns, packet, sending).walk);
    if (walk === undefined || !reaches(walk, goal)) return undefined;
    const after = traced(netns, packet, sending);
    return {
      packet,
      changes: changes.flatMap((one) => one.changes),
      rules: inTheWay(before, after, leading),
      walk,
      decision: after.decision,
    };
  };
  for (const values of dimensions)
    for (const one of values) {
      if (tries >= limit) return null;
      const found = attempt([one]);
      if (found) return found;
    }
  for (const [at, firsts] of dimensions.entries())
    for (const seconds of dimensions.slice(at + 1))
      for (const one of firsts)
        for (const other of seconds) {
          if (tries >= limit) return null;
          const found = attempt([one, other]);
          if (found) return found;
        }
  return null;
}

/** A changed packet may be one that nobody can send (a device that does not fit its addresses): it is no answer then. */
function quietly<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Traced {
  readonly walk: Walk;
  readonly trace: Trace;
  readonly decision: Decision;
}

function traced(netns: Netns, packet: PacketSpec, options: SendOptions): Traced {
  const { observer, trace } = recordTrace();
  const { walk } = send(netns, packet, { ...options, observer });
  return { walk, trace, decision: decisionOf(trace, walk.fate) };
}

/** Whether a walk ended where it should. */
export function reaches(walk: Walk, goal: Goal): boolean {
  if (typeof goal === "number") return landingPort(walk) === goal;
  const fate = walk.fate as Fate & { readonly [member: string]: unknown };
  return Object.entries(goal).every(([member, value]) => JSON.stringify(fate[member]) === JSON.stringify(value));
}

const lookedAt = (trace: Trace): readonly string[] =>
  tablesOf(trace).flatMap(({ table }) => [...rulesOf(table.items)].map(({ rule }) => ruleKey(rule)));

/**
 * The rule that decided about the packet, then those that it looked at and did not match, with their reasons, if they
 * would have led to the goal: they do so for the changed packet, or a target that leads there stands behind them.
 */
function inTheWay(before: Traced, after: Traced, leading: ReadonlySet<string>): readonly RuleInTheWay[] {
  const rules: RuleInTheWay[] = [];
  const { decision } = before;
  const wanted = after.decision.kind === "rule" ? new Set(after.decision.path.map(ruleKey)) : new Set<string>();
  if (decision.kind === "rule" && !wanted.has(ruleKey(decision.because))) {
    const { because } = decision;
    rules.push({ ...refOf(because), text: because.text, role: "took" });
  }
  const seen = new Set<string>();
  for (const { table } of tablesOf(before.trace))
    for (const { rule } of rulesOf(table.items)) {
      const key = ruleKey(rule);
      if (rule.matched || seen.has(key) || !(wanted.has(key) || leading.has(key))) continue;
      seen.add(key);
      const { text, why } = rule;
      rules.push({ ...refOf(rule), text, role: "missed", ...(why && { why }) });
    }
  return rules;
}
