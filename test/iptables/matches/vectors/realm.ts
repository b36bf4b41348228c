import { bits, condition, unmodelled } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--realm 0",
      save: "--realm cosmos",
      list: " realm cosmos",
      numeric: " realm 0x0",
      means: [condition("--realm cosmos", bits("realm", 0, -1))],
    },
    {
      typed: "! --realm 16/0xff",
      save: "! --realm 0x10/0xff",
      list: " ! realm 0x10/0xff",
      means: [condition("--realm 0x10/0xff", bits("realm", 0x10, 0xff, true), true)],
    },
    {
      typed: "! --realm uplink",
      list: " ! realm uplink",
      means: [condition("--realm uplink", unmodelled("realm", "uplink", { negated: true }), true)],
    },
  ],
};
