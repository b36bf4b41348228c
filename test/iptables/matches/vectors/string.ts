import { condition, type FactField, unmodelled } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

/** Packets carry no bytes here, so their headers tell which of them have the same answer. */
const OF: readonly FactField[] = ["src", "dst", "sport", "dport", "ttl", "tos"];

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--hex-string a|0d0A|b --algo kmp --icase",
      save: '--hex-string "|610d0a62|" --algo kmp --icase',
      list: ' STRING match  "|610d0a62|" ALGO name kmp ICASE',
      means: [
        condition(
          '--hex-string "|610d0a62|" --algo kmp --icase',
          unmodelled("string", '["a\\r\\nb",0,65535,true]', { of: OF }),
        ),
      ],
    },
    {
      typed: '! --string "a\\"b" --algo bm --to 99',
      list: ' STRING match ! "a\\"b" ALGO name bm TO 99',
      means: [
        condition(
          '--string "a\\"b" --algo bm --to 99',
          unmodelled("string", '["a\\"b",0,99,false]', { of: OF, negated: true }),
          true,
        ),
      ],
    },
    {
      typed: "--string GET --algo kmp --from 40",
      save: '--string "GET" --algo kmp --from 40',
      list: ' STRING match  "GET" ALGO name kmp FROM 40',
      means: [
        condition('--string "GET" --algo kmp --from 40', unmodelled("string", '["GET",40,65535,false]', { of: OF })),
      ],
    },
  ],
  refused: [{ typed: "--algo bm", reason: /one of/ }],
};
