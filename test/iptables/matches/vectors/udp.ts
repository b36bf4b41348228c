import { condition, inRange } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--dport 0x35",
      save: "--dport 53",
      list: " udp dpt:domain",
      numeric: " udp dpt:53",
      means: [condition("--dport 53", inRange("dport", 53, 53))],
    },
    {
      typed: "! --sport 10:5",
      list: " udp spts:!10:5",
      means: [condition("--sport 10:5", inRange("sport", 10, 5, true), true)],
    },
  ],
};
