import { condition, inRange, NEVER } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "! --ttl 3",
      save: "! --ttl-eq 3",
      list: " TTL match TTL != 3",
      means: [condition("--ttl-eq 3", inRange("ttl", 3, 3, true), true)],
    },
    {
      typed: "! --ttl-eq 64",
      list: " TTL match TTL != 64",
      means: [condition("--ttl-eq 64", inRange("ttl", 64, 64, true), true)],
    },
    { typed: "--ttl-lt 5", list: " TTL match TTL < 5", means: [condition("--ttl-lt 5", inRange("ttl", 0, 4))] },
    { typed: "--ttl-lt 0", list: " TTL match TTL < 0", means: [condition("--ttl-lt 0", NEVER)] },
    { typed: "--ttl-gt 64", list: " TTL match TTL > 64", means: [condition("--ttl-gt 64", inRange("ttl", 65, 255))] },
    { typed: "--ttl-gt 255", list: " TTL match TTL > 255", means: [condition("--ttl-gt 255", NEVER)] },
  ],
  refused: [
    { typed: "--ttl-eq 256", reason: /0 to 255/ },
    { typed: "--ttl-gt 5 --ttl-lt 9", reason: /together/ },
  ],
};
