import { condition, inRange } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--length 40:",
      save: "--length 40:65535",
      list: " length 40:65535",
      means: [condition("--length 40:65535", inRange("length", 40, 65535))],
    },
    {
      typed: "! --length 40:60",
      list: " length !40:60",
      means: [condition("--length 40:60", inRange("length", 40, 60, true), true)],
    },
    { typed: "--length 4:3", list: " length 4:3", means: [condition("--length 4:3", inRange("length", 4, 3))] },
  ],
};
