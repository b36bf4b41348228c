import { ALWAYS, all, any, condition, inRange, NEVER } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const both = (type: number, code: number, negated = false) => [
  inRange("icmpType", type, type, negated),
  inRange("icmpCode", code, code, negated),
];

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--icmp-type ping",
      save: "--icmp-type 8",
      list: " icmp echo-request",
      numeric: " icmptype 8",
      means: [condition("--icmp-type 8", inRange("icmpType", 8, 8))],
    },
    {
      typed: "--icmp-type 3/4",
      list: " icmp fragmentation-needed",
      numeric: " icmptype 3 code 4",
      means: [condition("--icmp-type 3/4", all(both(3, 4)))],
    },
    {
      typed: "! --icmp-type 3/4",
      list: " icmp !fragmentation-needed",
      numeric: " icmp !type 3 code 4",
      means: [condition("--icmp-type 3/4", any(both(3, 4, true)), true)],
    },
    {
      typed: "! --icmp-type port-unr",
      save: "! --icmp-type 3/3",
      list: " icmp !port-unreachable",
      numeric: " icmp !type 3 code 3",
      means: [condition("--icmp-type 3/3", any(both(3, 3, true)), true)],
    },
    {
      typed: "--icmp-type 255",
      save: "--icmp-type any",
      list: " icmp any",
      numeric: " icmptype 255",
      means: [condition("--icmp-type any", ALWAYS)],
    },
    {
      typed: "! --icmp-type any",
      list: " icmp !any",
      numeric: " icmp !type 255",
      means: [condition("--icmp-type any", NEVER, true)],
    },
  ],
  refused: [
    { typed: "", reason: /must be specified/ },
    { typed: "--icmp-type ttl-zero", reason: /ICMP type/ },
  ],
};
