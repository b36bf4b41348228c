import type { ListMemory } from "../../../../src/predicate/memory.ts";
import { condition, type Predicate, remembered } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const list = (
  name: string,
  operation: ListMemory["operation"],
  { inverted = false, ...more }: Partial<ListMemory> = {},
): Predicate =>
  remembered(
    {
      memory: "recent",
      name,
      operation,
      inverted,
      field: "src",
      mask: [0, 0, 0, -1],
      seconds: undefined,
      hitcount: undefined,
      reap: false,
      sameTtl: false,
      ...more,
    },
    inverted,
  );

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "! --update --rttl --seconds 9 --hitcount 2 --rdest",
      save: "! --update --seconds 9 --hitcount 2 --rttl --name DEFAULT --mask 255.255.255.255 --rdest",
      list: " ! recent: UPDATE seconds: 9 hit_count: 2 TTL-Match name: DEFAULT side: dest mask: 255.255.255.255",
      means: [
        condition(
          "--update --seconds 9 --hitcount 2 --rttl --name DEFAULT --mask 255.255.255.255 --rdest",
          list("DEFAULT", "update", { inverted: true, field: "dst", seconds: 9, hitcount: 2, sameTtl: true }),
          true,
        ),
      ],
    },
    {
      typed: "--rcheck",
      save: "--rcheck --name DEFAULT --mask 255.255.255.255 --rsource",
      list: " recent: CHECK name: DEFAULT side: source mask: 255.255.255.255",
      means: [condition("--rcheck --name DEFAULT --mask 255.255.255.255 --rsource", list("DEFAULT", "rcheck"))],
    },
    {
      typed: "! --rcheck --name r",
      save: "! --rcheck --name r --mask 255.255.255.255 --rsource",
      list: " ! recent: CHECK name: r side: source mask: 255.255.255.255",
      means: [
        condition("--rcheck --name r --mask 255.255.255.255 --rsource", list("r", "rcheck", { inverted: true }), true),
      ],
    },
    {
      typed: "--remove --name r --mask 255.255.0.0",
      save: "--remove --name r --mask 255.255.0.0 --rsource",
      list: " recent: REMOVE name: r side: source mask: 255.255.0.0",
      means: [
        condition("--remove --name r --mask 255.255.0.0 --rsource", list("r", "remove", { mask: [0, 0, 0, -0x10000] })),
      ],
    },
    {
      typed: "--rcheck --seconds 60 --reap --name r",
      save: "--rcheck --seconds 60 --reap --name r --mask 255.255.255.255 --rsource",
      list: " recent: CHECK seconds: 60 reap name: r side: source mask: 255.255.255.255",
      means: [
        condition(
          "--rcheck --seconds 60 --reap --name r --mask 255.255.255.255 --rsource",
          list("r", "rcheck", { seconds: 60, reap: true }),
        ),
      ],
    },
    {
      typed: "--set --name seen --mask ffff::",
      save: "--set --name seen --mask ffff:: --rsource",
      family: "ipv6",
      list: " recent: SET name: seen side: source mask: ffff::",
      means: [
        condition("--set --name seen --mask ffff:: --rsource", list("seen", "set", { mask: [-0x10000, 0, 0, 0] })),
      ],
    },
  ],
  refused: [
    { typed: "--rcheck --update", reason: /together/ },
    { typed: "--rcheck --reap", reason: /--seconds/ },
    { typed: "--set --rttl", reason: /--rcheck or --update/ },
    { typed: "--rcheck --hitcount 65536", reason: /expected/ },
  ],
  otherListings: [{ list: " recent: SET name: x side: source ", as: ["--set --name x"] }],
};
