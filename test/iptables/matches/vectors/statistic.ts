import { type Chance, condition, remembered } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const chance = (probability: number, negated = false): Chance => ({ kind: "chance", probability, negated });

/** iptables writes the `!` of this match in the middle of its words. */
export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--mode nth --every 4 --packet 0",
      list: " statistic mode nth every 4",
      means: [condition("--mode nth --every 4 --packet 0", remembered({ memory: "nth", every: 4, packet: 0 }))],
    },
    {
      typed: "--mode nth ! --every 3 --packet 2",
      list: " statistic mode nth ! every 3 packet 2",
      means: [condition("--mode nth ! --every 3 --packet 2", remembered({ memory: "nth", every: 3, packet: 2 }, true))],
    },
    {
      typed: "--mode random ! --probability .25",
      save: "--mode random ! --probability 0.25000000000",
      list: " statistic mode random ! probability 0.25000000000",
      means: [condition("--mode random ! --probability 0.25000000000", chance(0.25, true))],
    },
    {
      typed: "--mode random ! --probability 0.5",
      save: "--mode random ! --probability 0.50000000000",
      list: " statistic mode random ! probability 0.50000000000",
      means: [condition("--mode random ! --probability 0.50000000000", chance(0.5, true))],
    },
    {
      typed: "--mode random --probability 0.000244140625",
      save: "--mode random --probability 0.00024414062",
      list: " statistic mode random probability 0.00024414062",
      means: [condition("--mode random --probability 0.00024414062", chance(2 ** -12))],
    },
  ],
  refused: [
    { typed: "--mode nth --every 3", reason: /--packet/ },
    { typed: "--mode nth --every 3 --packet 3", reason: /0 to 2/ },
    { typed: "--mode random --probability 1.5", reason: /0 to 1/ },
  ],
};
