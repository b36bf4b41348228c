import type { Prefix } from "../../../../src/net/address.ts";
import {
  ASSURED,
  CONFIRMED,
  CT_DNAT,
  CT_ESTABLISHED,
  CT_NEW,
  CT_RELATED,
  SEEN_REPLY,
} from "../../../../src/predicate/frame.ts";
import {
  any,
  condition,
  type EntryBits,
  type EntryPrefix,
  type EntryRange,
  has,
} from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const range = (field: EntryRange["field"], low: number, high = low, negated = false): EntryRange => ({
  kind: "entryRange",
  field,
  low,
  high,
  negated,
});

const status = (set: number, negated = false): EntryBits => ({
  kind: "entryBits",
  field: "ctstatus",
  value: set,
  mask: set,
  anyOf: true,
  negated,
});

const prefix = (field: EntryPrefix["field"], value: Prefix, negated = false): EntryPrefix => ({
  kind: "entryPrefix",
  field,
  prefix: value,
  negated,
});

const state = (states: number) => ({ kind: "state", states, negated: false }) as const;

/** Next to `--ctstate` a packet without an entry is asked for nothing else (C7). */
const ofEntry = (test: EntryRange) => any([has("entry", true), test]);

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--ctstate established,rel,dnat",
      save: "--ctstate RELATED,ESTABLISHED,DNAT",
      list: " ctstate RELATED,ESTABLISHED,DNAT",
      means: [condition("--ctstate RELATED,ESTABLISHED,DNAT", state(CT_RELATED | CT_ESTABLISHED | CT_DNAT))],
    },
    {
      typed: "--ctdir reply ! --ctorigdst gate --ctproto tcp --ctstatus seen,conf",
      save: "--ctproto 6 ! --ctorigdst 10.9.9.9 --ctstatus SEEN_REPLY,CONFIRMED --ctdir REPLY",
      list: " ctproto 6 ! ctorigdst gate ctstatus SEEN_REPLY,CONFIRMED ctdir REPLY",
      numeric: " ctproto 6 ! ctorigdst 10.9.9.9 ctstatus SEEN_REPLY,CONFIRMED ctdir REPLY",
      means: [
        condition("--ctproto 6", range("ctproto", 6)),
        condition(
          "--ctorigdst 10.9.9.9",
          prefix("ctorigdst", { family: "ipv4", address: [0, 0, 0, 0x0a090909], mask: [0, 0, 0, -1] }, true),
          true,
        ),
        condition("--ctstatus SEEN_REPLY,CONFIRMED", status(SEEN_REPLY | CONFIRMED)),
        condition("--ctdir REPLY", range("ctdir", 1)),
      ],
    },
    {
      typed: "--ctstate NEW,DNAT ! --ctorigdstport 80:90 --ctdir REPLY",
      list: " ctstate NEW,DNAT ! ctorigdstport 80:90 ctdir REPLY",
      means: [
        condition("--ctstate NEW,DNAT", state(CT_NEW | CT_DNAT)),
        condition("--ctorigdstport 80:90", ofEntry(range("ctorigdstport", 80, 90, true)), true),
        condition("--ctdir REPLY", ofEntry(range("ctdir", 1))),
      ],
    },
    {
      typed: "! --ctorigsrc 10.0.0.0/8",
      list: " ! ctorigsrc 10.0.0.0/8",
      means: [
        condition(
          "--ctorigsrc 10.0.0.0/8",
          prefix("ctorigsrc", { family: "ipv4", address: [0, 0, 0, 0x0a000000], mask: [0, 0, 0, -0x1000000] }, true),
          true,
        ),
      ],
    },
    {
      typed: "--ctorigdst 0.0.0.0/0",
      list: " ctorigdst anywhere",
      numeric: " ctorigdst 0.0.0.0/0",
      listWarnings: ["hidden-mask"],
      means: [
        condition(
          "--ctorigdst 0.0.0.0/0",
          prefix("ctorigdst", { family: "ipv4", address: [0, 0, 0, 0], mask: [0, 0, 0, 0] }),
        ),
      ],
    },
    {
      typed: "--ctorigsrcport 1 --ctreplsrcport 2 --ctrepldstport 3",
      list: " ctorigsrcport 1 ctreplsrcport 2 ctrepldstport 3",
      means: [
        condition("--ctorigsrcport 1", range("ctorigsrcport", 1)),
        condition("--ctreplsrcport 2", range("ctreplsrcport", 2)),
        condition("--ctrepldstport 3", range("ctrepldstport", 3)),
      ],
    },
    {
      typed: "--ctstatus ASSURED",
      list: " ctstatus ASSURED",
      means: [condition("--ctstatus ASSURED", status(ASSURED))],
    },
    {
      typed: "! --ctstatus NONE",
      list: " ! ctstatus NONE",
      means: [condition("--ctstatus NONE", status(0, true), true)],
    },
    {
      typed: "--ctexpire 5:10",
      list: " ctexpire 5:10",
      means: [condition("--ctexpire 5:10", range("ctexpire", 5, 10))],
    },
    {
      typed: "! --ctrepldst fd00::/8",
      family: "ipv6",
      list: " ! ctrepldst fd00::/8",
      means: [
        condition(
          "--ctrepldst fd00::/8",
          prefix("ctrepldst", { family: "ipv6", address: [-0x3000000, 0, 0, 0], mask: [-0x1000000, 0, 0, 0] }, true),
          true,
        ),
      ],
    },
  ],
  refused: [
    { typed: "", reason: /at least one/ },
    { typed: "--ctstate NEW,OLD", reason: /INVALID, NEW/ },
    { typed: "! --ctdir REPLY", reason: /inverted/ },
  ],
  otherListings: [{ list: " ctorigdst anywhere", as: ["--ctorigdst 0.0.0.0/0"], warnings: ["hidden-mask"] }],
};
