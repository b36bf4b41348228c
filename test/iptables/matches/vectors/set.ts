import type { SetLookup } from "../../../../src/predicate/memory.ts";
import { condition, type InSet } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const inSet = (more: Pick<SetLookup, "name" | "directions"> & Partial<SetLookup>, negated = false): InSet => ({
  kind: "inSet",
  lookup: { returnNomatch: false, keepCounters: false, keepSubcounters: false, ...more },
  negated,
});

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "! --set blocked src,dst --packets-gt 4",
      save: "! --match-set blocked src,dst --packets-gt 4",
      list: " ! match-set blocked src,dst packets-gt 4",
      means: [
        condition(
          "--match-set blocked src,dst --packets-gt 4",
          inSet({ name: "blocked", directions: ["src", "dst"], packets: { operation: "gt", value: "4" } }, true),
          true,
        ),
      ],
    },
    {
      typed: "! --match-set blocked src,dst --return-nomatch --packets-gt 3",
      list: " ! match-set blocked src,dst return-nomatch packets-gt 3",
      means: [
        condition(
          "--match-set blocked src,dst --return-nomatch --packets-gt 3",
          inSet(
            {
              name: "blocked",
              directions: ["src", "dst"],
              returnNomatch: true,
              packets: { operation: "gt", value: "3" },
            },
            true,
          ),
          true,
        ),
      ],
    },
    {
      typed: "--match-set seen src ! --update-counters ! --update-subcounters ! --bytes-eq 7",
      list: " match-set seen src ! update-counters ! update-subcounters ! bytes-eq 7",
      means: [
        condition(
          "--match-set seen src ! --update-counters ! --update-subcounters ! --bytes-eq 7",
          inSet({
            name: "seen",
            directions: ["src"],
            keepCounters: true,
            keepSubcounters: true,
            bytes: { operation: "ne", value: "7" },
          }),
        ),
      ],
    },
  ],
};
