import type { BucketsMemory } from "../../../../src/predicate/memory.ts";
import { condition, type Predicate, remembered, unmodelled } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const buckets = (
  more: Pick<BucketsMemory, "name" | "pace" | "expire"> & Partial<BucketsMemory>,
  negated = false,
): Predicate => remembered({ memory: "hashlimit", key: [], srcmask: undefined, dstmask: undefined, ...more }, negated);

/** A table whose name a listing hides is the rule's own. */
const HIDDEN = { name: null } as const;
const listWarnings = ["hidden-name"];

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--hashlimit 60/min --hashlimit-name ? --hashlimit-mode dstport,srcip",
      save: "--hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-mode srcip,dstport --hashlimit-name ? --hashlimit-htable-expire 60000",
      list: " limit: up to 1/sec burst 5 mode srcip-dstport htable-expire 60000",
      listWarnings,
      means: [
        condition(
          "--hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-mode srcip,dstport --hashlimit-name ? --hashlimit-htable-expire 60000",
          buckets({
            ...HIDDEN,
            key: ["srcip", "dstport"],
            pace: { kind: "packets", period: 1_000_000, burst: 5 },
            expire: 60_000,
          }),
        ),
      ],
    },
    {
      typed: "--hashlimit 60/min --hashlimit-name x",
      save: "--hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-name x --hashlimit-htable-expire 60000",
      list: " limit: up to 1/sec burst 5 htable-expire 60000",
      shown: "--hashlimit-upto 1/sec --hashlimit-name ? --hashlimit-htable-expire 60000",
      listWarnings,
      means: [
        condition(
          "--hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-name x --hashlimit-htable-expire 60000",
          buckets({ name: "x", pace: { kind: "packets", period: 1_000_000, burst: 5 }, expire: 60_000 }),
        ),
      ],
    },
    {
      typed: "--hashlimit-above 5/s --hashlimit-name h",
      save: "--hashlimit-above 5/sec --hashlimit-burst 5 --hashlimit-name h",
      list: " limit: above 5/sec burst 5",
      shown: "--hashlimit-above 5/sec --hashlimit-name ?",
      listWarnings,
      means: [
        condition(
          "--hashlimit-above 5/sec --hashlimit-burst 5 --hashlimit-name h",
          buckets({ name: "h", pace: { kind: "packets", period: 200_000, burst: 5 }, expire: 1000 }, true),
        ),
      ],
    },
    {
      typed: "! --hashlimit-above 100b/s --hashlimit-burst 1kb --hashlimit-name ?",
      save: "--hashlimit-upto 96b/s --hashlimit-burst 1kb --hashlimit-name ?",
      list: " limit: up to 96b/s burst 1kb",
      listWarnings,
      means: [
        condition(
          "--hashlimit-upto 96b/s --hashlimit-burst 1kb --hashlimit-name ?",
          // A seventh of 2³² for 16 bytes, so 96 of them a second; 11 times 96 holds a burst of 1024.
          buckets({ ...HIDDEN, pace: { kind: "bytes", cost: 613_566_756, burst: 11 }, expire: 60_000 }),
        ),
      ],
    },
    {
      typed: "! --hashlimit-above 4kb/s --hashlimit-name x",
      save: "--hashlimit-upto 4kb/s --hashlimit-name x",
      list: " limit: up to 4kb/s",
      shown: "--hashlimit-upto 4kb/s --hashlimit-name ?",
      listWarnings,
      means: [
        condition(
          "--hashlimit-upto 4kb/s --hashlimit-name x",
          buckets({ name: "x", pace: { kind: "bytes", cost: 16_711_935, burst: 0 }, expire: 15_000 }),
        ),
      ],
    },
    {
      typed: "--hashlimit-above 5/min --hashlimit-name ? --hashlimit-rate-match --hashlimit-rate-interval 30",
      save: "--hashlimit-above 5/sec --hashlimit-burst 5 --hashlimit-name ? --hashlimit-htable-expire 60000 --hashlimit-rate-match --hashlimit-rate-interval 30",
      list: " limit: above 10/min burst 5 rate-match rate-interval 30",
      listWarnings,
      means: [
        condition(
          "--hashlimit-above 5/sec --hashlimit-burst 5 --hashlimit-name ? --hashlimit-htable-expire 60000 --hashlimit-rate-match --hashlimit-rate-interval 30",
          unmodelled(
            "hashlimit",
            "--hashlimit-above 5/sec --hashlimit-burst 5 --hashlimit-name ? --hashlimit-htable-expire 60000 --hashlimit-rate-match --hashlimit-rate-interval 30",
            { own: true },
          ),
        ),
      ],
    },
    {
      typed:
        "--hashlimit-upto 1/sec --hashlimit-mode srcip,dstip --hashlimit-name n --hashlimit-srcmask 64 --hashlimit-dstmask 128",
      save: "--hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-mode srcip,dstip --hashlimit-name n --hashlimit-srcmask 64",
      family: "ipv6",
      list: " limit: up to 1/sec burst 5 mode srcip-dstip srcmask 64",
      shown: "--hashlimit-upto 1/sec --hashlimit-mode srcip,dstip --hashlimit-name ? --hashlimit-srcmask 64",
      listWarnings,
      means: [
        condition(
          "--hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-mode srcip,dstip --hashlimit-name n --hashlimit-srcmask 64",
          buckets({
            name: "n",
            key: ["srcip", "dstip"],
            pace: { kind: "packets", period: 1_000_000, burst: 5 },
            srcmask: 64,
            expire: 1000,
          }),
        ),
      ],
    },
  ],
  refused: [
    { typed: "--hashlimit-upto 5/sec", reason: /must be specified/ },
    {
      typed: "--hashlimit-upto 1mb/s --hashlimit-burst 512kb --hashlimit-name h",
      reason: /at least 1048576b/,
    },
  ],
};
