import { condition, inRange } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    { typed: "--hl-gt 63", list: " HL match HL > 63", means: [condition("--hl-gt 63", inRange("ttl", 64, 255))] },
    {
      typed: "! --hl 64",
      save: "! --hl-eq 64",
      list: " HL match HL != 64",
      means: [condition("--hl-eq 64", inRange("ttl", 64, 64, true), true)],
    },
  ],
};
