import { condition, inRange, unmodelled } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--dccp-types invalid,data ! --dccp-option 4",
      save: "--dccp-types DATA,INVALID ! --dccp-option 4",
      list: " dccp DATA,INVALID option=!4",
      numeric: " dccp 2,10,11,12,13,14,15 option=!4",
      means: [
        condition("--dccp-types DATA,INVALID", {
          kind: "range",
          field: "dccpType",
          ranges: [
            [2, 2],
            [10, 15],
          ],
          negated: false,
        }),
        condition("--dccp-option 4", unmodelled("dccp-option", "4", { negated: true }), true),
      ],
    },
    {
      typed: "! --sport 9 --dport 10:5 ! --dccp-types REQUEST,RESPONSE,CLOSE",
      list: " dccp spt:!9 dpts:10:5 ! REQUEST,RESPONSE,CLOSE",
      numeric: " dccp spt:!9 dpts:10:5 ! 0,1,6",
      means: [
        condition("--sport 9", inRange("sport", 9, 9, true), true),
        condition("--dport 10:5", inRange("dport", 10, 5)),
        condition(
          "--dccp-types REQUEST,RESPONSE,CLOSE",
          {
            kind: "range",
            field: "dccpType",
            ranges: [
              [0, 1],
              [6, 6],
            ],
            negated: true,
          },
          true,
        ),
      ],
    },
  ],
};
