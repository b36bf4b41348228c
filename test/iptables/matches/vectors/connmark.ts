import { condition, type EntryBits } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const connmark = (value: number, mask: number, negated = false): EntryBits => ({
  kind: "entryBits",
  field: "connmark",
  value,
  mask,
  anyOf: false,
  negated,
});

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--mark 16/0xf0",
      save: "--mark 0x10/0xf0",
      list: " connmark match  0x10/0xf0",
      means: [condition("--mark 0x10/0xf0", connmark(0x10, 0xf0))],
    },
    {
      typed: "! --mark 0xffffffff/0xf0000000",
      list: " connmark match ! 0xffffffff/0xf0000000",
      means: [condition("--mark 0xffffffff/0xf0000000", connmark(-1, -0x10000000, true), true)],
    },
  ],
};
