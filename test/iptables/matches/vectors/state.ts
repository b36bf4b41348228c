import { CT_INVALID, CT_NEW } from "../../../../src/predicate/frame.ts";
import { condition, type State } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const state = (states: number, negated = false): State => ({ kind: "state", states, negated });

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "! --state new,invalid",
      save: "! --state INVALID,NEW",
      list: " ! state INVALID,NEW",
      means: [condition("--state INVALID,NEW", state(CT_INVALID | CT_NEW, true), true)],
    },
    {
      typed: "--state NEW,INVALID",
      save: "--state INVALID,NEW",
      list: " state INVALID,NEW",
      means: [condition("--state INVALID,NEW", state(CT_INVALID | CT_NEW))],
    },
  ],
  refused: [{ typed: "--state SNAT", reason: /INVALID/ }],
};
