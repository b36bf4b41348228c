import { condition, remembered } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--quota 18446744073709551615",
      list: " quota: 18446744073709551615 bytes",
      listWarnings: ["hidden-negation"],
      means: [
        condition("--quota 18446744073709551615", remembered({ memory: "quota", bytes: "18446744073709551615" })),
      ],
    },
    {
      typed: "! --quota 0xfa",
      save: "! --quota 250",
      list: " quota: 250 bytes",
      shown: "--quota 250",
      listWarnings: ["hidden-negation"],
      means: [condition("--quota 250", remembered({ memory: "quota", bytes: "250" }, true), true)],
    },
  ],
};
