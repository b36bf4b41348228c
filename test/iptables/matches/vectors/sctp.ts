import { condition, inRange, unmodelled } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--dport 9 --chunk-types all data:EI,init",
      save: "--dport 9 --chunk-types all DATA:IE,INIT",
      list: " sctp dpt:9 all DATA:IE,INIT",
      numeric: " sctp dpt:9 all 0x0000:IE,0x0001",
      means: [
        condition("--dport 9", inRange("dport", 9, 9)),
        condition("--chunk-types all DATA:IE,INIT", unmodelled("chunk-types", "all DATA:IE,INIT")),
      ],
    },
    {
      typed: "! --sport 7 ! --chunk-types any none",
      save: "! --sport 7 ! --chunk-types any NONE",
      list: " sctp spt:!7 ! any NONE",
      means: [
        condition("--sport 7", inRange("sport", 7, 7, true), true),
        condition("--chunk-types any NONE", unmodelled("chunk-types", "any NONE", { negated: true }), true),
      ],
    },
  ],
  refused: [{ typed: "--chunk-types all INIT:u", reason: /chunk types/ }],
};
