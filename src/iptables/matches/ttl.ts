import type { MatchExtension } from "../extension/match.ts";
import { type HopCondition, hopMatch } from "./hop-values.ts";

/**
 * `-m ttl [!] --ttl-eq n`, `--ttl-lt n` or `--ttl-gt n`: the packet's time to live.
 *
 * Kernel: net/netfilter/xt_hl.c, ttl_mt.
 */
export interface TtlMatch extends HopCondition {
  readonly kind: "ttl";
}

export const ttl: MatchExtension<TtlMatch> = hopMatch({
  kind: "ttl",
  summary: "the packet's time to live",
  family: "ipv4",
});
