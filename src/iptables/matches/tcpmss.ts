import { TCP } from "../../net/protocol.ts";
import { condition, inRange } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, numberRange, option, type Range, rangeText } from "../extension/value.ts";

/**
 * `-p tcp -m tcpmss [!] --mss n[:n]`: the segment size that a packet offers; one without the option has
 * none (V5).
 *
 * Kernel: net/netfilter/xt_tcpmss.c, tcpmss_mt.
 */
export interface TcpmssMatch {
  readonly kind: "tcpmss";
  readonly range: Range;
  readonly negated: boolean;
}

const mss = numberRange(65535);

const words = ({ range }: TcpmssMatch): string => `--mss ${rangeText(range)}`;

export const tcpmss: MatchExtension<TcpmssMatch> = defineMatch<TcpmssMatch>()({
  kind: "tcpmss",
  summary: "the segment size that a SYN offers",
  protocols: [TCP],
  options: { mss: option("mss", mss, { negatable: true, required: true }) },
  fromSave: ({ mss }) => ({ kind: "tcpmss", range: mss!.value, negated: mss!.negated }),
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader, context) {
    const found = reader.take(/tcpmss match (!?)([\d:]+)/y);
    const range = found && mss.read(found[2]!, context);
    return range ? { kind: "tcpmss", range, negated: found[1] === "!" } : undefined;
  },
  toList: ({ range, negated }) => ` tcpmss match ${negated ? "!" : ""}${rangeText(range)}`,
  meaning(match) {
    const { range, negated } = match;
    return [condition(words(match), inRange("mss", range.low, range.high, negated), negated)];
  },
});
