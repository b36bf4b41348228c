import { all, any, condition, has, named } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: '--helper "a b"',
      list: ' helper match "a b"',
      means: [condition('--helper "a b"', all([has("entry"), named("helper", "a b")]))],
    },
    {
      typed: "! --helper ftp",
      list: ' helper match ! "ftp"',
      means: [condition("--helper ftp", any([has("entry", true), named("helper", "ftp", true)]), true)],
    },
    {
      typed: '--helper ""',
      list: ' helper match ""',
      means: [condition('--helper ""', all([has("entry"), named("helper", "", true)]))],
    },
  ],
};
