import type { Family } from "../net/address.ts";
import type { Effect, Hook } from "../predicate/effect.ts";
import type { Condition } from "../predicate/predicate.ts";
import type { ChainRef, Flavour, RuleRef } from "../predicate/rule-ref.ts";

/**
 * Rules as the evaluator knows them, whatever they were written in.
 *
 * A front end (iptables/lower.ts) makes a program of its rules; the plan of a namespace (netns/plan.ts) orders the base
 * chains of all programs; walk/ takes packets through them. Everything here is data, and what is dear to make (the body of
 * a rule, its text) may be made when it is first read: a packet meets few of 50,000 rules. The name of a table means nothing
 * here: hook, type and priority of its base chains do.
 */
export interface Program {
  readonly flavour: Flavour;
  /** Whose packets come here; nft's `inet` has both. */
  readonly families: readonly Family[];
  /** In the order in which they were registered. */
  readonly bases: readonly BaseChain[];
  /** All chains, also those that no packet comes to: what their rules ask is loaded as well (H5). */
  readonly chains: readonly Chain[];
  /** Connections are translated at all four hooks of nat, whichever chains of type nat there are. */
  readonly translates: boolean;
}

/** Where packets enter a program. */
export interface BaseChain {
  readonly hook: Hook;
  /** A `route` chain at OUTPUT routes again what it changed; `nat` chains are asked once for a connection. */
  readonly type: "filter" | "nat" | "route";
  /** Lower runs first. It only orders chains of type nat among each other: all run in one nat step (H6). */
  readonly priority: number;
  /** What becomes of a packet that no rule decided. */
  readonly policy: "ACCEPT" | "DROP";
  readonly chain: Chain;
}

export interface Chain {
  readonly ref: ChainRef;
  readonly rules: readonly Rule[];
  /** The input does not show what is in it: a walk that comes here cannot go on. */
  readonly missing: boolean;
}

/**
 * One rule. A packet takes its body from left to right and stops at the first condition that fails; effects before it are
 * done. Behind the whole body, control goes where the rule says.
 */
export interface Rule {
  readonly ref: RuleRef;
  readonly body: readonly (Condition | Effect)[];
  readonly control: Control;
  /** What its steps show: the target, or the chain that it jumps to; null for a rule that only counts. */
  readonly target: string | null;
  /** The whole rule as its front end writes it. */
  readonly text: string;
}

/** Where a packet goes behind a rule whose body it passed. */
export type Control =
  | { readonly kind: "continue" | "accept" | "drop" | "return" }
  /** A jump comes back behind the rule; where a goto stands is left for good (T2). */
  | { readonly kind: "jump" | "goto"; readonly chain: Chain };

/** Tells the two kinds of members of a body apart. */
export const isCondition = (part: Condition | Effect): part is Condition => "test" in part;

/** What a rule asks, left to right. */
export const conditionsOf = ({ body }: Pick<Rule, "body">): readonly Condition[] => body.filter(isCondition);

/** What a rule does, left to right. */
export const effectsOf = ({ body }: Pick<Rule, "body">): readonly Effect[] =>
  body.filter((part): part is Effect => !isCondition(part));

/** Every chain that a packet may come to from these, each once. */
export function reachableFrom(roots: Iterable<Chain>): ReadonlySet<Chain> {
  const found = new Set<Chain>(roots);
  for (const chain of found)
    for (const { control } of chain.rules)
      if (control.kind === "jump" || control.kind === "goto") found.add(control.chain);
  return found;
}
