import { condition, inRange } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, numberRange, option, type Range, rangeText } from "../extension/value.ts";

/**
 * `-m length [!] --length n[:n]`: how long the packet is, with its IP header.
 *
 * Kernel: net/netfilter/xt_length.c, length_mt and length_mt6.
 */
export interface LengthMatch {
  readonly kind: "length";
  readonly range: Range;
  readonly negated: boolean;
}

const MAX = 65535;

const words = ({ range }: LengthMatch): string => `--length ${rangeText(range)}`;

export const length: MatchExtension<LengthMatch> = defineMatch<LengthMatch>()({
  kind: "length",
  summary: "how long the packet is",
  options: { length: option("length", numberRange(MAX, true), { negatable: true, required: true }) },
  fromSave: ({ length }) => ({ kind: "length", range: length!.value, negated: length!.negated }),
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader, context) {
    const found = reader.take(/length (!?)([\d:]+)/y);
    const range = found && numberRange(MAX, true).read(found[2]!, context);
    return range ? { kind: "length", range, negated: found[1] === "!" } : undefined;
  },
  toList: ({ range, negated }) => ` length ${negated ? "!" : ""}${rangeText(range)}`,
  meaning: (match) => {
    const { range, negated } = match;
    return [condition(words(match), inRange("length", range.low, range.high, negated), negated)];
  },
});
