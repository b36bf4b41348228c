import type { CounterCondition } from "../../predicate/memory.ts";
import { condition } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { type SetReference, setReference, setReferenceText } from "../extension/set-reference.ts";
import { bang, flag, type Given, option, refuseTogether, type ValueType } from "../extension/value.ts";

/**
 * `-m set [!] --match-set NAME src|dst,… [--return-nomatch] [! --update-counters] [! --update-subcounters] [[!] --packets-eq
 * n] …`: the packet is in an ipset.
 *
 * What the set holds is not part of a dump: without the namespace's `sets` a walk that depends on it is undetermined.
 *
 * Kernel: net/netfilter/xt_set.c, set_match_v4.
 */
export interface SetMatch {
  readonly kind: "set";
  readonly set: SetReference;
  readonly negated: boolean;
  readonly returnNomatch: boolean;
  readonly keepCounters: boolean;
  readonly keepSubcounters: boolean;
  readonly packets?: CounterCondition;
  readonly bytes?: CounterCondition;
}

const counter: ValueType<string> = {
  expected: "a number below 2^64",
  read: (word) => (/^\d+$/.test(word) && BigInt(word) < 2n ** 64n ? BigInt(word).toString() : undefined),
};

type Operations = { readonly [K in "eq" | "lt" | "gt"]: Given<string> | undefined };

const comparison = ({ eq, lt, gt }: Operations): CounterCondition | undefined => {
  if (eq) return { operation: eq.negated ? "ne" : "eq", value: eq.value };
  if (lt) return { operation: "lt", value: lt.value };
  return gt && { operation: "gt", value: gt.value };
};

/** Without a `!` in front. Both forms differ only in how an option starts. */
function words(match: SetMatch, dashes: string): string {
  const compared = (["packets", "bytes"] as const).map((name) => {
    const one = match[name];
    if (one === undefined) return "";
    const operation = one.operation === "ne" ? "eq" : one.operation;
    return `${bang(one.operation === "ne")} ${dashes}${name}-${operation} ${one.value}`;
  });
  return (
    `${dashes}match-set ${setReferenceText(match.set)}` +
    (match.returnNomatch ? ` ${dashes}return-nomatch` : "") +
    (match.keepCounters ? ` ! ${dashes}update-counters` : "") +
    (match.keepSubcounters ? ` ! ${dashes}update-subcounters` : "") +
    compared.join("")
  );
}

const LISTED_COUNTER = {
  packets: /(! )?packets-(eq|lt|gt) (\d+)/y,
  bytes: /(! )?bytes-(eq|lt|gt) (\d+)/y,
} as const;

export const set: MatchExtension<SetMatch> = defineMatch<SetMatch>()({
  kind: "set",
  summary: "the packet is in an ipset",
  options: {
    set: option("match-set set", setReference, { negatable: true, required: true, words: 2 }),
    returnNomatch: flag("return-nomatch"),
    updateCounters: flag("update-counters", { negatable: true }),
    updateSubcounters: flag("update-subcounters", { negatable: true }),
    packetsEq: option("packets-eq", counter, { negatable: true }),
    packetsLt: option("packets-lt", counter),
    packetsGt: option("packets-gt", counter),
    bytesEq: option("bytes-eq", counter, { negatable: true }),
    bytesLt: option("bytes-lt", counter),
    bytesGt: option("bytes-gt", counter),
  },
  fromSave(given, context) {
    const { packetsEq, packetsLt, packetsGt, bytesEq, bytesLt, bytesGt } = given;
    const comparisons = { "packets-eq": packetsEq, "packets-lt": packetsLt, "packets-gt": packetsGt };
    refuseTogether(context, "set", comparisons);
    refuseTogether(context, "set", { "bytes-eq": bytesEq, "bytes-lt": bytesLt, "bytes-gt": bytesGt });
    const packets = comparison({ eq: packetsEq, lt: packetsLt, gt: packetsGt });
    const bytes = comparison({ eq: bytesEq, lt: bytesLt, gt: bytesGt });
    return {
      kind: "set",
      set: given.set!.value,
      negated: given.set!.negated,
      returnNomatch: given.returnNomatch !== undefined,
      keepCounters: given.updateCounters?.negated ?? false,
      keepSubcounters: given.updateSubcounters?.negated ?? false,
      ...(packets && { packets }),
      ...(bytes && { bytes }),
    };
  },
  toSave: (match) => `${bang(match.negated)} ${words(match, "--")}`,
  fromList(reader, context) {
    const found = reader.take(/(! )?match-set (\S+ [a-z,]+)/y);
    const reference = found && setReference.read(found[2]!, context);
    if (!reference) return undefined;
    const counted = (name: "packets" | "bytes"): Partial<Record<"packets" | "bytes", CounterCondition>> => {
      const one = reader.take(LISTED_COUNTER[name]);
      if (!one) return {};
      return { [name]: { operation: one[1] === undefined ? (one[2] as "eq" | "lt" | "gt") : "ne", value: one[3]! } };
    };
    return {
      kind: "set",
      set: reference,
      negated: found[1] !== undefined,
      returnNomatch: reader.take(/return-nomatch(?=\s|$)/y) !== null,
      keepCounters: reader.take(/! update-counters(?=\s|$)/y) !== null,
      keepSubcounters: reader.take(/! update-subcounters(?=\s|$)/y) !== null,
      ...counted("packets"),
      ...counted("bytes"),
    };
  },
  toList: (match) => `${bang(match.negated)} ${words(match, "")}`,
  meaning(match) {
    const { set, negated, returnNomatch, keepCounters, keepSubcounters, packets, bytes } = match;
    const lookup = {
      ...set,
      returnNomatch,
      keepCounters,
      keepSubcounters,
      ...(packets && { packets }),
      ...(bytes && { bytes }),
    };
    return [condition(words(match, "--"), { kind: "inSet", lookup, negated }, negated)];
  },
});
