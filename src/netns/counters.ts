import { produce } from "immer";
import type { Counters, Ruleset } from "../iptables/ruleset/ruleset.ts";
import type { Step } from "./step.ts";

/**
 * What walks have added to the counters of rules and policies, as a list of the walks: adding one is a constant cost
 * whatever the number of rules, and reading folds the list.
 */
export interface CounterLog {
  readonly before: CounterLog | null;
  readonly steps: readonly Step[];
  readonly bytes: number;
}

export const NO_COUNTS: CounterLog = { before: null, steps: [], bytes: 0 };

export const addCounts = (log: CounterLog, steps: readonly Step[], bytes: number): CounterLog => ({
  before: log,
  steps,
  bytes,
});

/** Packets and bytes by `"TABLE CHAIN RULE"` or `"TABLE CHAIN policy"`; only what is not zero. */
export function countsOf(log: CounterLog): ReadonlyMap<string, { readonly packets: number; readonly bytes: number }> {
  const counts = new Map<string, { packets: number; bytes: number }>();
  for (let at: CounterLog | null = log; at !== null; at = at.before)
    for (const step of at.steps) {
      const key = stepKey(step);
      const count = counts.get(key) ?? { packets: 0, bytes: 0 };
      counts.set(key, { packets: count.packets + 1, bytes: count.bytes + at.bytes });
    }
  return counts;
}

/** `"nat ISTIO_OUTPUT 3"`, `"filter INPUT policy"`. */
const stepKey = (step: Step): string => `${step.table} ${step.chain} ${"rule" in step ? step.rule : "policy"}`;

/** The ruleset with the walks' counts added to its counters, as `iptables-save -c` would print them afterwards. */
export function withCounters(ruleset: Ruleset, log: CounterLog): Ruleset {
  const counts = countsOf(log);
  const add = (counters: Counters | undefined, key: string): Counters => {
    const more = counts.get(key);
    const packets = BigInt(counters?.packets ?? 0) + BigInt(more?.packets ?? 0);
    const bytes = BigInt(counters?.bytes ?? 0) + BigInt(more?.bytes ?? 0);
    return { packets: small(packets), bytes: small(bytes), ...(counters?.rounded && { rounded: true }) };
  };
  return produce(ruleset, (draft) => {
    for (const { name, chains } of draft.tables)
      for (const chain of chains) {
        // nft maintains no policy counters but those that a restore set (H9).
        const counted = ruleset.flavour === "legacy" || chain.counters !== undefined;
        if (chain.policy !== null) chain.counters = add(chain.counters, counted ? `${name} ${chain.name} policy` : "");
        for (const [at, rule] of chain.rules.entries())
          rule.counters = add(rule.counters, `${name} ${chain.name} ${at + 1}`);
      }
  });
}

const small = (value: bigint): number | bigint => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value);
