import type { TableName } from "../iptables/ruleset/ruleset.ts";
import type { Hook } from "../predicate/action.ts";

/** A rule that matched, or a built-in chain that ended on its policy: what a kernel counter counts. */
export type Step = RuleStep | PolicyStep;

/** A rule that matched. */
export interface RuleStep {
  readonly hook: Hook;
  readonly table: TableName;
  readonly chain: string;
  /** From 1. */
  readonly rule: number;
  /** The target's name, the chain it jumps to, or null for a rule that only counts. */
  readonly target: string | null;
}

/** A built-in chain that ended on its policy. */
export interface PolicyStep {
  readonly hook: Hook;
  readonly table: TableName;
  readonly chain: string;
  readonly policy: "ACCEPT" | "DROP";
}
