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
 * `-m hl [!] --hl-eq n`, `--hl-lt n` or `--hl-gt n`: the packet's hop limit.
 *
 * Kernel: net/netfilter/xt_hl.c, hl_mt6.
 */
export interface HlMatch extends HopCondition {
  readonly kind: "hl";
}

export const hl: MatchExtension<HlMatch> = defineMatch<HlMatch>()({
  kind: "hl",
  summary: "the packet's hop limit",
  families: ["ipv6"],
  options: hopOptions("hl"),
  fromSave: (values, context) => ({ kind: "hl", ...hopsFromSave("hl", values, context) }),
  toSave: (match) => hopsToSave("hl", match),
  fromList(reader) {
    const found = hopsFromList(reader, /HL match HL (==|!=|<|>) (\d+)/y);
    return found && { kind: "hl", ...found };
  },
  toList: (match) => hopsToList("HL", match),
  meaning: (match) => hopsMeaning(match, hopsToSave("hl", match).trim()),
});
