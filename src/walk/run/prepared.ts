import type { Test } from "../../predicate/compile.ts";
import type { Tested } from "../../predicate/describe.ts";
import type { Effect } from "../../predicate/effect.ts";
import type { ChainRef } from "../../predicate/rule-ref.ts";
import type { BaseChain, Rule } from "../../program/program.ts";
import type { PolicyStep, RuleStep } from "../../program/step.ts";

/** One stretch of a rule's body: conditions, then what is done if they hold. */
export interface Segment {
  readonly test: Test;
  readonly effects: readonly Effect[];
}

/** A rule with everything made that does not depend on a packet. */
export interface PreparedRule extends Segment {
  readonly rule: Rule;
  /** What stands after the first effects, where conditions and effects alternate; null: nothing. */
  readonly rest: readonly Segment[] | null;
  readonly control: Rule["control"]["kind"];
  /** The chain of a jump or goto. */
  readonly next: PreparedChain | null;
  /** What the rule asks, condition by condition, each with its test. */
  readonly conditions: readonly Tested[];
  /** The memory where its CT target keeps the mark that was written to its template (E9). */
  readonly slot: string;
  /** The step that it makes at a hook, by the hook's index: one object for all walks. */
  step(hook: number, caller: number | null): RuleStep;
}

export interface PreparedChain {
  readonly ref: ChainRef;
  readonly rules: readonly PreparedRule[];
  /** The input does not show what is in it. */
  readonly missing: boolean;
}

export interface PreparedBase {
  readonly base: BaseChain;
  readonly chain: PreparedChain;
  /** The step that its policy makes. */
  readonly step: PolicyStep;
}

/** What happens at a hook; see netns/plan.ts. */
export type PreparedStage =
  | { readonly kind: "conntrack" }
  | { readonly kind: "chain"; readonly base: PreparedBase }
  | { readonly kind: "nat"; readonly bases: readonly PreparedBase[] };

/** One family's plan, ready to be walked: by the hook's index. */
export type Prepared = readonly (readonly PreparedStage[])[];
