import { addressBits, maskOfLength } from "../../net/address.ts";
import { condition, remembered } from "../../predicate/predicate.ts";
import { UINT32 } from "../../text/number.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { flag, numberFrom, option, refuseTogether } from "../extension/value.ts";

/**
 * `-m connlimit --connlimit-upto n|--connlimit-above n [--connlimit-mask len] [--connlimit-saddr|--connlimit-daddr]`: how
 * many connections the address, or its network, has.
 *
 * Kernel: net/netfilter/xt_connlimit.c, connlimit_mt.
 */
export interface ConnlimitMatch {
  readonly kind: "connlimit";
  readonly limit: number;
  /** More than `limit`; otherwise at most. */
  readonly above: boolean;
  /** Length of the network's prefix. */
  readonly mask: number;
  readonly side: "src" | "dst";
}

const count = numberFrom(0, UINT32);

const words = ({ limit, above, mask, side }: ConnlimitMatch): string =>
  `--connlimit-${above ? "above" : "upto"} ${limit} --connlimit-mask ${mask} --connlimit-${side[0]}addr`;

export const connlimit: MatchExtension<ConnlimitMatch> = defineMatch<ConnlimitMatch>()({
  kind: "connlimit",
  summary: "how many connections an address has",
  options: {
    upto: option("connlimit-upto", count, { negatable: true }),
    above: option("connlimit-above", count, { negatable: true }),
    mask: option("connlimit-mask", numberFrom(0, 128, "the length of a prefix")),
    saddr: flag("connlimit-saddr"),
    daddr: flag("connlimit-daddr"),
  },
  fromSave({ upto, above, mask, saddr, daddr }, context) {
    refuseTogether(context, "connlimit", { "connlimit-upto": upto, "connlimit-above": above }, true);
    refuseTogether(context, "connlimit", { "connlimit-saddr": saddr, "connlimit-daddr": daddr });
    const most = addressBits(context.family);
    if (mask && mask.value > most)
      context.fail(`--connlimit-mask: expected a length from 0 to ${most}, got ${mask.value}`);
    const { value, negated } = (above ?? upto)!;
    const isAbove = (above !== undefined) !== negated;
    return {
      kind: "connlimit",
      limit: value,
      above: isAbove,
      mask: mask?.value ?? most,
      side: daddr ? "dst" : "src",
    };
  },
  toSave: (match) => ` ${words(match)}`,
  fromList(reader) {
    const found = reader.take(/#conn (src|dst)\/(\d+) (>|<=) (\d+)/y);
    if (!found) return undefined;
    const side = found[1] as ConnlimitMatch["side"];
    return { kind: "connlimit", limit: Number(found[4]), above: found[3] === ">", mask: Number(found[2]), side };
  },
  toList: ({ limit, above, mask, side }) => ` #conn ${side}/${mask} ${above ? ">" : "<="} ${limit}`,
  meaning: (match, family) => [
    condition(
      words(match),
      remembered(
        {
          memory: "connlimit",
          field: match.side,
          mask: maskOfLength(family, match.mask),
          limit: match.limit,
        },
        match.above,
      ),
    ),
  ],
});
