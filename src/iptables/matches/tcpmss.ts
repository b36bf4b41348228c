import { TCP } from "../../net/protocol.ts";
import { unmodelled } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, numberRange, option, type Range, rangeText } from "../extension/value.ts";

/**
 * `-p tcp -m tcpmss [!] --mss n[:n]`: the segment size that a SYN offers, which packets here do not carry.
 *
 * Kernel: net/netfilter/xt_tcpmss.c, tcpmss_mt.
 */
export interface TcpmssMatch {
  readonly kind: "tcpmss";
  readonly range: Range;
  readonly negated: boolean;
}

const mss = numberRange(65535);

const toSave = ({ range, negated }: TcpmssMatch): string => `${bang(negated)} --mss ${rangeText(range)}`;

export const tcpmss: MatchExtension<TcpmssMatch> = defineMatch<TcpmssMatch>()({
  kind: "tcpmss",
  summary: "the segment size that a SYN offers",
  protocols: [TCP],
  options: { mss: option("mss", mss, { negatable: true, required: true }) },
  fromSave: ({ mss }) => ({ kind: "tcpmss", range: mss!.value, negated: mss!.negated }),
  toSave,
  fromList(reader, context) {
    const found = reader.take(/tcpmss match (!?)([\d:]+)/y);
    const range = found && mss.read(found[2]!, context);
    return range ? { kind: "tcpmss", range, negated: found[1] === "!" } : undefined;
  },
  toList: ({ range, negated }) => ` tcpmss match ${negated ? "!" : ""}${rangeText(range)}`,
  meaning: (match) => unmodelled("tcpmss", toSave(match).trim()),
});
