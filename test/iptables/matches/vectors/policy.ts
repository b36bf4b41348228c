import { all, condition, type Protected, unmodelled } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const ipsec = (direction: "in" | "out", negated = false): Protected => ({ kind: "protected", direction, negated });

const TUNNEL = "--dir in --pol ipsec ! --proto ah --mode tunnel ! --tunnel-dst 10.1.0.0/16 ! --tunnel-src 10.0.0.1";
const STRICT = "--dir in --pol ipsec --strict --reqid 7 --next --spi 0x12c --next ! --reqid 9";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--pol none --dir in --reqid 1",
      save: "--dir in --pol none",
      list: " policy match dir in pol none",
      means: [condition("-m policy --dir in --pol none", ipsec("in", true))],
    },
    {
      typed: "--dir out",
      save: "--dir out --pol ipsec",
      list: " policy match dir out pol ipsec",
      means: [condition("-m policy --dir out --pol ipsec", ipsec("out"))],
    },
    {
      typed: "--dir in --pol ipsec --mode tunnel ! --tunnel-src 10.0.0.1 ! --tunnel-dst 10.1.0.0/16 ! --proto 51",
      save: TUNNEL,
      list: " policy match dir in pol ipsec ! proto ah mode tunnel ! tunnel-dst 10.1.0.0/16 ! tunnel-src 10.0.0.1",
      numeric: " policy match dir in pol ipsec ! proto 51 mode tunnel ! tunnel-dst 10.1.0.0/16 ! tunnel-src 10.0.0.1",
      means: [condition(`-m policy ${TUNNEL}`, all([ipsec("in"), unmodelled("policy", ` ${TUNNEL}`)]))],
    },
    {
      typed: "--dir in --strict --reqid 7 --next --spi 300 --next ! --reqid 9",
      save: STRICT,
      list: " policy match dir in pol ipsec strict [0] reqid 7 [1] spi 0x12c [2] ! reqid 9",
      means: [condition(`-m policy ${STRICT}`, all([ipsec("in"), unmodelled("policy", ` ${STRICT}`)]))],
    },
  ],
};
