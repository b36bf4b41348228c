import type { Family } from "../../net/address.ts";
import { condition, inRange, NEVER, type Predicate } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, numberFrom, option, refuseTogether } from "../extension/value.ts";

/** What ttl and hl ask of the hops that a packet has left. */
export interface HopCondition {
  readonly operation: "eq" | "ne" | "lt" | "gt";
  readonly value: number;
}

/** What ttl and hl differ in: the options begin with `kind`, the listing's text with the same in capitals. */
export interface HopWords<K extends "ttl" | "hl"> {
  readonly kind: K;
  readonly summary: string;
  readonly family: Family;
}

const byte = numberFrom(0, 255);
const LISTED = { eq: "==", ne: "!=", lt: "<", gt: ">" } as const;
const OPERATIONS = ["eq", "ne", "lt", "gt"] as const;

/** The extension of either: `--ttl-eq` (also as `--ttl`), `--ttl-lt` and `--ttl-gt`, listed as ` TTL match TTL == 64`. */
export function hopMatch<K extends "ttl" | "hl">({
  kind,
  summary,
  family,
}: HopWords<K>): MatchExtension<HopCondition & { readonly kind: K }> {
  const label = kind.toUpperCase();
  const listed = new RegExp(`${label} match ${label} (==|!=|<|>) (\\d+)`, "y");
  const words = ({ operation, value }: HopCondition): string =>
    `--${kind}-${operation === "ne" ? "eq" : operation} ${value}`;
  return defineMatch<HopCondition & { readonly kind: K }>()({
    kind,
    summary,
    families: [family],
    options: {
      eq: option(`${kind}-eq ${kind}`, byte, { negatable: true }),
      lt: option(`${kind}-lt`, byte),
      gt: option(`${kind}-gt`, byte),
    },
    fromSave({ eq, lt, gt }, context) {
      refuseTogether(context, kind, { [`${kind}-eq`]: eq, [`${kind}-lt`]: lt, [`${kind}-gt`]: gt }, true);
      if (eq) return { kind, operation: eq.negated ? "ne" : "eq", value: eq.value };
      return lt ? { kind, operation: "lt", value: lt.value } : { kind, operation: "gt", value: gt!.value };
    },
    toSave: (match) => `${bang(match.operation === "ne")} ${words(match)}`,
    fromList(reader) {
      const found = reader.take(listed);
      const operation = OPERATIONS.find((one) => LISTED[one] === found?.[1]);
      return operation && { kind, operation, value: Number(found?.[2]) };
    },
    toList: ({ operation, value }) => ` ${label} match ${label} ${LISTED[operation]} ${value}`,
    meaning: (match) => [condition(words(match), hopsMeaning(match), match.operation === "ne")],
  });
}

/** Kernel: net/netfilter/xt_hl.c, ttl_mt and hl_mt6. */
function hopsMeaning({ operation, value }: HopCondition): Predicate {
  const low = operation === "gt" ? value + 1 : operation === "lt" ? 0 : value;
  const high = operation === "gt" ? 255 : operation === "lt" ? value - 1 : value;
  return low > high ? NEVER : inRange("ttl", low, high, operation === "ne");
}
