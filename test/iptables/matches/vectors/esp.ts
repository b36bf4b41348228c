import { condition, inRange } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--espspi :5",
      save: "--espspi 0:5",
      list: " esp spis:0:5",
      means: [condition("--espspi 0:5", inRange("spi", 0, 5))],
    },
    {
      typed: "! --espspi 256",
      list: " esp spi:!256",
      means: [condition("--espspi 256", inRange("spi", 256, 256, true), true)],
    },
    { typed: "--espspi 0:0xffffffff", save: "", list: " esp", means: [] },
  ],
};
