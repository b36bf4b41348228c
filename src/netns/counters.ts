import { produce } from "immer";
import type { Counters, Ruleset } from "../iptables/ruleset/ruleset.ts";
import { type ChainRef, ruleKey } from "../predicate/rule-ref.ts";
import type { Step } from "../program/step.ts";

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

/** What walks have added to the counter of one rule, or of a policy. */
export interface Counted extends ChainRef {
  readonly rule: number | "policy";
  readonly packets: number;
  readonly bytes: number;
}

/** What was counted, only what is not zero. */
export const countsOf = (log: CounterLog): readonly Counted[] => [...countsByKey(log).values()];

function countsByKey(log: CounterLog): ReadonlyMap<string, Counted> {
  const counts = new Map<string, Counted>();
  for (let at: CounterLog | null = log; at !== null; at = at.before)
    for (const step of at.steps) {
      const key = stepKey(step);
      const { flavour, family, table, chain } = step;
      const { packets, bytes } = counts.get(key) ?? { packets: 0, bytes: 0 };
      const rule = "rule" in step ? step.rule : "policy";
      counts.set(key, { flavour, family, table, chain, rule, packets: packets + 1, bytes: bytes + at.bytes });
    }
  return counts;
}

const stepKey = (step: Step): string => ("rule" in step ? ruleKey(step) : policyKey(step));

const policyKey = ({ flavour, family, table, chain }: ChainRef): string =>
  `${flavour} ${family} ${table} ${chain} policy`;

/** The ruleset with the walks' counts added to its counters, as `iptables-save -c` would print them afterwards. */
export function withCounters(ruleset: Ruleset, log: CounterLog): Ruleset {
  const counts = countsByKey(log);
  const add = (counters: Counters | undefined, key: string): Counters => {
    const more = counts.get(key);
    const packets = BigInt(counters?.packets ?? 0) + BigInt(more?.packets ?? 0);
    const bytes = BigInt(counters?.bytes ?? 0) + BigInt(more?.bytes ?? 0);
    return { packets: small(packets), bytes: small(bytes), ...(counters?.rounded && { rounded: true }) };
  };
  const { flavour, family } = ruleset;
  return produce(ruleset, (draft) => {
    for (const { name, chains } of draft.tables)
      for (const chain of chains) {
        // nft maintains no policy counters but those that a restore set (H9).
        const counted = flavour === "legacy" || chain.counters !== undefined;
        const ref = { flavour, family, table: name, chain: chain.name };
        if (chain.policy !== null) chain.counters = add(chain.counters, counted ? policyKey(ref) : "");
        for (const [at, rule] of chain.rules.entries())
          rule.counters = add(rule.counters, ruleKey({ ...ref, rule: at + 1 }));
      }
  });
}

const small = (value: bigint): number | bigint => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value);
