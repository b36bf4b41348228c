import type { Hook } from "../../predicate/effect.ts";
import type { Frame } from "../../predicate/frame.ts";
import type { ChainRef } from "../../predicate/rule-ref.ts";
import type { PolicyStep } from "../../program/step.ts";
import type { PreparedRule } from "./prepared.ts";

/**
 * What the evaluator tells an observer, at the moment it happens.
 *
 * `frame` is the walk's own and changes afterwards: an observer takes out of it what it wants to keep.
 */
export type WalkEvent =
  | { readonly kind: "hook"; readonly hook: Hook; readonly frame: Frame }
  /** conntrack looked at the packet: `found` an entry, made a `new` one, or neither. */
  | {
      readonly kind: "conntrack";
      readonly what: "found" | "new" | "none" | "untracked" | "kept";
      readonly frame: Frame;
    }
  /** A base chain begins. */
  | { readonly kind: "table"; readonly chain: ChainRef; readonly frame: Frame }
  /** nat chains were not consulted, and why (N1, L3). */
  | { readonly kind: "nat-skipped"; readonly hook: Hook; readonly reason: string }
  | { readonly kind: "rule"; readonly rule: PreparedRule; readonly matched: boolean; readonly frame: Frame }
  /** A later condition of a rule that began to match failed. */
  | { readonly kind: "unmatched"; readonly rule: PreparedRule; readonly frame: Frame }
  /** An effect, or the entry's translation, changed something: both values as text. */
  | {
      readonly kind: "change";
      readonly field: string;
      readonly before: string;
      readonly after: string;
      readonly by: string;
    }
  /** Where a rule that matched sent the packet; `end`: an effect has set its fate. */
  | { readonly kind: "control"; readonly rule: PreparedRule; readonly control: PreparedRule["control"] | "end" }
  | { readonly kind: "enter"; readonly chain: string; readonly how: "jump" | "goto" }
  /** A chain ended or returned; `to` is the chain that goes on, or undefined for the policy. */
  | { readonly kind: "leave"; readonly to: string | undefined }
  | { readonly kind: "policy"; readonly step: PolicyStep }
  | { readonly kind: "route"; readonly text: string }
  | { readonly kind: "note"; readonly text: string };

/** Is told what happens on a walk, at the moment it happens; see {@link WalkEvent}. */
export type Observer = (event: WalkEvent) => void;
