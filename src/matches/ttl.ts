import { defineMatch, type MatchExtension } from "../extension/match.ts";
import {
  type HopCondition,
  hopOptions,
  hopsFromList,
  hopsFromSave,
  hopsMeaning,
  hopsToList,
  hopsToSave,
} from "./hop-values.ts";

/**
 * `-m ttl [!] --ttl-eq n`, `--ttl-lt n` or `--ttl-gt n`: the packet's time to live.
 *
 * Kernel: net/netfilter/xt_hl.c, ttl_mt.
 */
export interface TtlMatch extends HopCondition {
  readonly kind: "ttl";
}

export const ttl: MatchExtension<TtlMatch> = defineMatch<TtlMatch>()({
  kind: "ttl",
  summary: "the packet's time to live",
  families: ["ipv4"],
  options: hopOptions("ttl"),
  fromSave: (values, context) => ({ kind: "ttl", ...hopsFromSave("ttl", values, context) }),
  toSave: (match) => hopsToSave("ttl", match),
  fromList(reader) {
    const found = hopsFromList(reader, /TTL match TTL (==|!=|<|>) (\d+)/y);
    return found && { kind: "ttl", ...found };
  },
  toList: (match) => hopsToList("TTL", match),
  meaning: (match) => hopsMeaning(match, hopsToSave("ttl", match).trim()),
});
