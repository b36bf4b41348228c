import { hexByte, TOS_NAMED_MASK, tosName } from "../../net/tos.ts";
import { bits, condition } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { tosValue } from "../extension/tos-value.ts";
import { bang, option } from "../extension/value.ts";

/**
 * `-m tos [!] --tos value[/mask]|NAME`: the type-of-service byte, masked, equals a value.
 *
 * Kernel: net/netfilter/xt_dscp.c, tos_mt.
 */
export interface TosMatch {
  readonly kind: "tos";
  readonly value: number;
  readonly mask: number;
  readonly negated: boolean;
}

const numbers = ({ value, mask }: TosMatch): string => `${hexByte(value)}/${hexByte(mask)}`;

const words = (match: TosMatch): string => `--tos ${numbers(match)}`;

export const tos: MatchExtension<TosMatch> = defineMatch<TosMatch>()({
  kind: "tos",
  summary: "the type-of-service byte",
  options: { tos: option("tos", tosValue, { negatable: true, required: true }) },
  fromSave: ({ tos }) => ({ kind: "tos", ...tos!.value, negated: tos!.negated }),
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader, context) {
    const found = reader.take(/tos match(!?)(?: ([A-Z][A-Za-z-]+)|(0x[0-9a-f]+\/0x[0-9a-f]+))(?=\s|$)/y);
    const value = found && tosValue.read(found[2] ?? found[3]!, context);
    return value ? { kind: "tos", ...value, negated: found[1] === "!" } : undefined;
  },
  toList(match, { numeric }) {
    const name = !numeric && match.mask === TOS_NAMED_MASK ? tosName(match.value) : undefined;
    // The blank before the name and none before the number are iptables' own.
    return ` tos match${match.negated ? "!" : ""}${name === undefined ? numbers(match) : ` ${name}`}`;
  },
  meaning: (match) => [condition(words(match), bits("tos", match.value, match.mask, match.negated), match.negated)],
});
