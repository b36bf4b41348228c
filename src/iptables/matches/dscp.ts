import { hexByte } from "../../net/tos.ts";
import { bits, condition } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { dscpClassName } from "../extension/tos-value.ts";
import { bang, numberFrom, option, refuseTogether } from "../extension/value.ts";

/**
 * `-m dscp [!] --dscp value` or `[!] --dscp-class NAME`: the upper six bits of the type-of-service byte.
 *
 * Kernel: net/netfilter/xt_dscp.c, dscp_mt and dscp_mt6.
 */
export interface DscpMatch {
  readonly kind: "dscp";
  /** 0 to 63. */
  readonly value: number;
  readonly negated: boolean;
}

const words = ({ value }: DscpMatch): string => `--dscp ${hexByte(value)}`;

export const dscp: MatchExtension<DscpMatch> = defineMatch<DscpMatch>()({
  kind: "dscp",
  summary: "the DiffServ code point",
  options: {
    dscp: option("dscp", numberFrom(0, 63), { negatable: true }),
    class: option("dscp-class", dscpClassName, { negatable: true }),
  },
  fromSave({ dscp, class: named }, context) {
    refuseTogether(context, "dscp", { dscp, "dscp-class": named }, true);
    return { kind: "dscp", ...(dscp ?? named)! };
  },
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader) {
    const found = reader.take(/DSCP match (!?)0x([0-9a-f]{2})(?=\s|$)/y);
    return found ? { kind: "dscp", value: Number.parseInt(found[2]!, 16), negated: found[1] === "!" } : undefined;
  },
  toList: ({ value, negated }) => ` DSCP match ${negated ? "!" : ""}${hexByte(value)}`,
  meaning: (match) => [condition(words(match), bits("tos", match.value << 2, 0xfc, match.negated), match.negated)],
});
