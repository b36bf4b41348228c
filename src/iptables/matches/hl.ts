import type { MatchExtension } from "../extension/match.ts";
import { type HopCondition, hopMatch } from "./hop-values.ts";

/**
 * `-m hl [!] --hl-eq n`, `--hl-lt n` or `--hl-gt n`: the packet's hop limit.
 *
 * Kernel: net/netfilter/xt_hl.c, hl_mt6.
 */
export interface HlMatch extends HopCondition {
  readonly kind: "hl";
}

export const hl: MatchExtension<HlMatch> = hopMatch({ kind: "hl", summary: "the packet's hop limit", family: "ipv6" });
