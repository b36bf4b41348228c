import type { Words } from "../../../../src/net/address.ts";
import { condition, type Predicate, remembered } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const upto = (field: "src" | "dst", mask: Words, limit: number, negated = false): Predicate =>
  remembered({ memory: "connlimit", field, mask, limit }, negated);

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "! --connlimit-upto 3",
      save: "--connlimit-above 3 --connlimit-mask 32 --connlimit-saddr",
      list: " #conn src/32 > 3",
      means: [
        condition("--connlimit-above 3 --connlimit-mask 32 --connlimit-saddr", upto("src", [0, 0, 0, -1], 3, true)),
      ],
    },
    {
      typed: "! --connlimit-above 2 --connlimit-daddr",
      save: "--connlimit-upto 2 --connlimit-mask 32 --connlimit-daddr",
      list: " #conn dst/32 <= 2",
      means: [condition("--connlimit-upto 2 --connlimit-mask 32 --connlimit-daddr", upto("dst", [0, 0, 0, -1], 2))],
    },
    {
      typed: "--connlimit-above 9 --connlimit-mask 24",
      save: "--connlimit-above 9 --connlimit-mask 24 --connlimit-saddr",
      list: " #conn src/24 > 9",
      means: [
        condition("--connlimit-above 9 --connlimit-mask 24 --connlimit-saddr", upto("src", [0, 0, 0, -256], 9, true)),
      ],
    },
    {
      typed: "--connlimit-upto 2 --connlimit-mask 64 --connlimit-daddr",
      family: "ipv6",
      list: " #conn dst/64 <= 2",
      means: [condition("--connlimit-upto 2 --connlimit-mask 64 --connlimit-daddr", upto("dst", [-1, -1, 0, 0], 2))],
    },
  ],
  refused: [{ typed: "--connlimit-upto 3 --connlimit-mask 33", reason: /0 to 32/ }],
};
