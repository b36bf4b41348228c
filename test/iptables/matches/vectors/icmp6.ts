import { condition, inRange } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--icmpv6-type neighbor-sol",
      save: "--icmpv6-type 135",
      list: " ipv6-icmp neighbour-solicitation",
      numeric: " ipv6-icmptype 135",
      means: [condition("--icmpv6-type 135", inRange("icmpType", 135, 135))],
    },
    // Any type in IPv4, and itself in IPv6.
    {
      typed: "--icmpv6-type 255",
      list: " ipv6-icmptype 255",
      means: [condition("--icmpv6-type 255", inRange("icmpType", 255, 255))],
    },
  ],
};
