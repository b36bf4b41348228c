import { type Bits, condition } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const mark = (value: number, mask: number, negated = false): Bits => ({
  kind: "bits",
  field: "mark",
  value,
  mask,
  negated,
});

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--mark 1337",
      save: "--mark 0x539",
      list: " mark match 0x539",
      means: [condition("--mark 0x539", mark(0x539, -1))],
    },
    {
      typed: "--mark 1/0xff",
      save: "--mark 0x1/0xff",
      list: " mark match 0x1/0xff",
      means: [condition("--mark 0x1/0xff", mark(1, 0xff))],
    },
    {
      typed: "! --mark 0x80000000/0xf0000000",
      list: " mark match ! 0x80000000/0xf0000000",
      means: [condition("--mark 0x80000000/0xf0000000", mark(-0x80000000, -0x10000000, true), true)],
    },
  ],
};
