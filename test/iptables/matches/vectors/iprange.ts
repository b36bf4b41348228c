import { condition, type Span } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const span = (field: "src" | "dst", low: Span["low"], high: Span["high"], negated = false): Span => ({
  kind: "span",
  field,
  low,
  high,
  negated,
});

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--dst-range 10.0.0.5",
      save: "--dst-range 10.0.0.5-10.0.0.5",
      list: " destination IP range 10.0.0.5-10.0.0.5",
      means: [condition("--dst-range 10.0.0.5-10.0.0.5", span("dst", [0, 0, 0, 0x0a000005], [0, 0, 0, 0x0a000005]))],
    },
    {
      typed: "! --src-range 10.0.0.1-10.0.0.9",
      list: " source IP range ! 10.0.0.1-10.0.0.9",
      means: [
        condition(
          "--src-range 10.0.0.1-10.0.0.9",
          span("src", [0, 0, 0, 0x0a000001], [0, 0, 0, 0x0a000009], true),
          true,
        ),
      ],
    },
    {
      typed: "--src-range 10.0.0.9-10.0.0.1",
      list: " source IP range 10.0.0.9-10.0.0.1",
      warnings: ["reversed-range"],
      listWarnings: ["reversed-range"],
      means: [condition("--src-range 10.0.0.9-10.0.0.1", span("src", [0, 0, 0, 0x0a000009], [0, 0, 0, 0x0a000001]))],
    },
    {
      typed: "--src-range fd00::1-fd00::ff",
      family: "ipv6",
      list: " source IP range fd00::1-fd00::ff",
      means: [condition("--src-range fd00::1-fd00::ff", span("src", [-0x3000000, 0, 0, 1], [-0x3000000, 0, 0, 0xff]))],
    },
  ],
};
