import { condition } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, masked, maskedText, option } from "../extension/value.ts";

/**
 * `-m connmark [!] --mark value[/mask]`: the connection's mark, masked, equals a value.
 *
 * Kernel: net/netfilter/xt_connmark.c, connmark_mt. A packet without a conntrack entry never matches (C7).
 */
export interface ConnmarkMatch {
  readonly kind: "connmark";
  readonly value: number;
  readonly mask: number;
  readonly negated: boolean;
}

const words = ({ value, mask }: ConnmarkMatch): string => `--mark ${maskedText(value, mask)}`;

export const connmark: MatchExtension<ConnmarkMatch> = defineMatch<ConnmarkMatch>()({
  kind: "connmark",
  summary: "the connection's mark",
  options: { mark: option("mark", masked(32), { negatable: true, required: true }) },
  fromSave: ({ mark }) => ({ kind: "connmark", ...mark!.value, negated: mark!.negated }),
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader, context) {
    const found = reader.take(/connmark match +(! )?(\S+)/y);
    const value = found && masked(32).read(found[2]!, context);
    return value ? { kind: "connmark", ...value, negated: found[1] !== undefined } : undefined;
  },
  toList: (match) => ` connmark match ${match.negated ? "!" : ""} ${maskedText(match.value, match.mask)}`,
  meaning: (match) => [
    condition(
      words(match),
      {
        kind: "entryBits",
        field: "connmark",
        value: match.value | 0,
        mask: match.mask | 0,
        anyOf: false,
        negated: match.negated,
      },
      match.negated,
    ),
  ],
});
