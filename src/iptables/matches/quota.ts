import { condition, remembered } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, option, type ValueType } from "../extension/value.ts";

/**
 * `-m quota [!] --quota bytes`: matches until so many bytes have passed (S7).
 *
 * Kernel: net/netfilter/xt_quota.c, quota_mt.
 */
export interface QuotaMatch {
  readonly kind: "quota";
  /** Decimal, up to 2⁶⁴ - 1: more than a number holds. */
  readonly bytes: string;
  readonly negated: boolean;
}

const bytesType: ValueType<string> = {
  expected: "a number of bytes below 2^64",
  read(word) {
    if (!/^(0[xX][0-9a-fA-F]+|\d+)$/.test(word)) return undefined;
    const value = BigInt(/^0\d/.test(word) ? `0o${word.slice(1)}` : word);
    return value < 2n ** 64n ? value.toString() : undefined;
  },
};

const words = ({ bytes }: QuotaMatch): string => `--quota ${bytes}`;

export const quota: MatchExtension<QuotaMatch> = defineMatch<QuotaMatch>()({
  kind: "quota",
  summary: "until so many bytes have passed",
  options: { quota: option("quota", bytesType, { negatable: true, required: true }) },
  fromSave: ({ quota }) => ({ kind: "quota", bytes: quota!.value, negated: quota!.negated }),
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader, context) {
    const found = reader.take(/quota: (\d+) bytes(?=\s|$)/y);
    if (!found) return undefined;
    context.warn("hidden-negation", "quota: a listing does not show whether it is negated; read as not negated");
    return { kind: "quota", bytes: found[1]!, negated: false };
  },
  toList: ({ bytes }) => ` quota: ${bytes} bytes`,
  meaning: (match) => {
    const { bytes, negated } = match;
    return [condition(words(match), remembered({ memory: "quota", bytes }, negated), negated)];
  },
});
