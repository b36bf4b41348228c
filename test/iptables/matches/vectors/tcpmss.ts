import { condition, inRange } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "! --mss 5:",
      save: "! --mss 5:65535",
      list: " tcpmss match !5:65535",
      means: [condition("--mss 5:65535", inRange("mss", 5, 65535, true), true)],
    },
    { typed: "--mss 1460", list: " tcpmss match 1460", means: [condition("--mss 1460", inRange("mss", 1460, 1460))] },
  ],
};
