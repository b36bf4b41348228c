import { bits, condition } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--tos minimize-cost",
      save: "--tos 0x02/0x3f",
      list: " tos match Minimize-Cost",
      numeric: " tos match0x02/0x3f",
      means: [condition("--tos 0x02/0x3f", bits("tos", 0x02, 0x3f))],
    },
    {
      typed: "! --tos 0x10/0x3f",
      list: " tos match! Minimize-Delay",
      numeric: " tos match!0x10/0x3f",
      means: [condition("--tos 0x10/0x3f", bits("tos", 0x10, 0x3f, true), true)],
    },
    {
      typed: "--tos 0x10",
      save: "--tos 0x10/0xff",
      list: " tos match0x10/0xff",
      means: [condition("--tos 0x10/0xff", bits("tos", 0x10, 0xff))],
    },
    {
      typed: "--tos 0x10/0x3f",
      list: " tos match Minimize-Delay",
      numeric: " tos match0x10/0x3f",
      means: [condition("--tos 0x10/0x3f", bits("tos", 0x10, 0x3f))],
    },
  ],
};
