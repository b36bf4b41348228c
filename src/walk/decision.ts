import type { RuleStep, Step } from "../program/step.ts";
import type { Fate } from "./run/walk.ts";

/** Targets that say where a packet goes. */
const DECIDING: ReadonlySet<string> = new Set([
  "REDIRECT",
  "DNAT",
  "TPROXY",
  "NETMAP",
  "DROP",
  "REJECT",
  "NFQUEUE",
  "SYNPROXY",
  "QUEUE",
]);

/** The rules that decided where a packet ends. */
export interface DecidingRules {
  /** The rule whose target moved the packet, dropped it, or let it pass as it is. */
  readonly rule: RuleStep;
  /** The rule that led into that rule's chain, where it is not a built-in chain: usually the one people ask about. */
  readonly via: RuleStep | null;
}

/** The first rule of a jump chain into which `step` fell: the last rule before it in another chain, with that target. */
function entryOf(steps: readonly Step[], at: number): RuleStep | null {
  const { hook, table, chain } = steps[at]!;
  for (let before = at - 1; before >= 0; before--) {
    const step = steps[before]!;
    if (step.hook !== hook || step.table !== table) return null;
    if ("rule" in step && step.target === chain) return step;
  }
  return null;
}

/**
 * Which rules decided a walk: the last one that translated, assigned or ended the packet; if none did, the last RETURN
 * or ACCEPT of the nat table (what let it pass), and null if no rule had a say.
 */
export function decidingRules(steps: readonly Step[], fate: Fate): DecidingRules | null {
  if ("policy" in fate && fate.policy !== undefined) return null;
  let letPass = -1;
  for (let at = steps.length - 1; at >= 0; at--) {
    const step = steps[at]!;
    if (!("rule" in step) || step.target === null) continue;
    if (DECIDING.has(step.target)) return { rule: step, via: entryOf(steps, at) };
    if (letPass < 0 && step.table === "nat" && (step.target === "RETURN" || step.target === "ACCEPT")) letPass = at;
  }
  return letPass < 0 ? null : { rule: steps[letPass] as RuleStep, via: entryOf(steps, letPass) };
}
