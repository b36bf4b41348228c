import type { Hook } from "../predicate/effect.ts";
import type { ChainRef, RuleRef } from "../predicate/rule-ref.ts";

/** A rule that matched, or a base chain that ended on its policy: what a kernel counter counts. */
export type Step = RuleStep | PolicyStep;

/** A rule that matched: where it stands, and how the packet came to it. */
export interface RuleStep extends RuleRef {
  readonly hook: Hook;
  /** The target's name, the chain it jumps to, or null for a rule that only counts. */
  readonly target: string | null;
  /** The index, among the steps of its walk, of the rule that led to its chain; null in a base chain. */
  readonly caller: number | null;
}

/** A base chain that ended on its policy. */
export interface PolicyStep extends ChainRef {
  readonly hook: Hook;
  readonly policy: "ACCEPT" | "DROP";
}
