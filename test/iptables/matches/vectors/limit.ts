import { condition, remembered } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const bucket = (scale: number, cost: number, cap: number) => remembered({ memory: "limit", scale, cost, cap });

/** What a second earns: legacy iptables counts in credits, nft in ten thousandths of a second (V3). */
const LEGACY = 32_000;
const NFT = 10_000;

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "",
      save: "--limit 3/hour",
      list: " limit: avg 3/hour burst 5",
      means: [condition("--limit 3/hour", bucket(LEGACY, 1200 * LEGACY, 5 * 1200 * LEGACY))],
    },
    {
      typed: "--limit 3/hour",
      flavour: "nft",
      list: " limit: avg 3/hour burst 5",
      means: [condition("--limit 3/hour", bucket(NFT, 1200 * NFT, 5 * 1200 * NFT))],
    },
    {
      typed: "--limit 120/minute --limit-burst 9",
      save: "--limit 2/sec --limit-burst 9",
      list: " limit: avg 2/sec burst 9",
      means: [condition("--limit 2/sec --limit-burst 9", bucket(LEGACY, LEGACY / 2, (9 * LEGACY) / 2))],
    },
    {
      typed: "--limit 2/sec --limit-burst 9",
      flavour: "nft",
      list: " limit: avg 2/sec burst 9",
      means: [condition("--limit 2/sec --limit-burst 9", bucket(NFT, NFT / 2, (9 * NFT) / 2))],
    },
    // Legacy iptables refuses a burst of 0; nft takes it and means the default.
    {
      typed: "--limit 1/sec --limit-burst 0",
      flavour: "nft",
      list: " limit: avg 1/sec burst 0",
      means: [condition("--limit 1/sec --limit-burst 0", bucket(NFT, NFT, 5 * NFT))],
    },
  ],
  refused: [
    { typed: "--limit 10001/sec", reason: /at most 10000/ },
    { typed: "--limit 0/sec", reason: /a rate/ },
  ],
};
