import { bits, condition } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, masked, maskedText, option } from "../extension/value.ts";

/**
 * `-m mark [!] --mark value[/mask]`: the packet's mark, masked, equals a value.
 *
 * Kernel: net/netfilter/xt_mark.c, mark_mt.
 */
export interface MarkMatch {
  readonly kind: "mark";
  readonly value: number;
  readonly mask: number;
  readonly negated: boolean;
}

const words = ({ value, mask }: MarkMatch): string => `--mark ${maskedText(value, mask)}`;

export const mark: MatchExtension<MarkMatch> = defineMatch<MarkMatch>()({
  kind: "mark",
  summary: "the packet's firewall mark",
  options: { mark: option("mark", masked(32), { negatable: true, required: true }) },
  fromSave: ({ mark }) => ({ kind: "mark", ...mark!.value, negated: mark!.negated }),
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader, context) {
    const found = reader.take(/mark match (! )?(\S+)/y);
    const value = found && masked(32).read(found[2]!, context);
    return value ? { kind: "mark", ...value, negated: found[1] !== undefined } : undefined;
  },
  toList: (match) => ` mark match ${match.negated ? "! " : ""}${maskedText(match.value, match.mask)}`,
  meaning: (match) => [condition(words(match), bits("mark", match.value, match.mask, match.negated), match.negated)],
});
