import { bits, condition } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "! --dscp-class af31",
      save: "! --dscp 0x1a",
      list: " DSCP match !0x1a",
      means: [condition("--dscp 0x1a", bits("tos", 0x68, 0xfc, true), true)],
    },
    {
      typed: "! --dscp-class af21",
      save: "! --dscp 0x12",
      list: " DSCP match !0x12",
      means: [condition("--dscp 0x12", bits("tos", 0x48, 0xfc, true), true)],
    },
    {
      typed: "--dscp-class ef",
      save: "--dscp 0x2e",
      list: " DSCP match 0x2e",
      means: [condition("--dscp 0x2e", bits("tos", 0xb8, 0xfc))],
    },
  ],
  refused: [{ typed: "--dscp 64", reason: /0 to 63/ }],
};
