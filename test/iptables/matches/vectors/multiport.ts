import { ICMP, TCP } from "../../../../src/net/protocol.ts";
import { any, condition, inRange, type Range } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const ports = (field: "sport" | "dport", ...ranges: Range["ranges"]): Range => ({
  kind: "range",
  field,
  ranges,
  negated: false,
});

export const vectors: MatchVectors = {
  protocol: TCP,
  rules: [
    {
      typed: "--source-ports 80,1000:1999",
      save: "--sports 80,1000:1999",
      list: " multiport sports http,1000:1999",
      numeric: " multiport sports 80,1000:1999",
      means: [condition("--sports 80,1000:1999", ports("sport", [80, 80], [1000, 1999]))],
    },
    {
      typed: "--dports 80,8000:8080",
      list: " multiport dports http,8000:http-alt",
      numeric: " multiport dports 80,8000:8080",
      means: [condition("--dports 80,8000:8080", ports("dport", [80, 80], [8000, 8080]))],
    },
    {
      typed: "! --ports 53",
      list: " multiport ports  !domain",
      numeric: " multiport ports  !53",
      means: [condition("--ports 53", any([inRange("sport", 53, 53), inRange("dport", 53, 53)], true), true)],
    },
  ],
  refused: [
    { typed: "--sports 1 --dports 2", reason: /together/ },
    { typed: "--dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15:16", reason: /up to 15/ },
    { typed: "--dports 5:5", reason: /ranges/ },
    { typed: "--dports 80", protocol: ICMP, reason: /-p tcp/ },
  ],
};
