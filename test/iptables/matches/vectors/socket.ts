import { condition, type FindsSocket, unmodelled } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const socket = (transparent: boolean, noWildcard: boolean): FindsSocket => ({
  kind: "socket",
  transparent,
  noWildcard,
  negated: false,
});

export const vectors: MatchVectors = {
  rules: [
    { typed: "", list: " socket", means: [condition("-m socket", socket(false, false))] },
    {
      typed: "--nowildcard --transparent",
      save: "--transparent --nowildcard",
      list: " socket --transparent --nowildcard",
      means: [condition("-m socket --transparent --nowildcard", socket(true, true))],
    },
    {
      typed: "--transparent",
      list: " socket --transparent",
      means: [condition("-m socket --transparent", socket(true, false))],
    },
    {
      typed: "--restore-skmark",
      list: " socket --restore-skmark",
      means: [condition("-m socket --restore-skmark", unmodelled("socket", " --restore-skmark", { own: true }))],
    },
  ],
};
