import type { TargetExtension } from "../extension/target.ts";
import { type HopLimitChange, hopLimitTarget } from "./hop-limit.ts";

/**
 * `-j HL --hl-set n`, `--hl-inc n`, `--hl-dec n`: the hop limit of an IPv6 packet.
 *
 * Kernel: net/netfilter/xt_HL.c, hl_tg6.
 */
export interface HlTarget extends HopLimitChange {
  readonly kind: "HL";
}

export const hl: TargetExtension<HlTarget> = hopLimitTarget({
  kind: "HL",
  summary: "changes the hop limit",
  family: "ipv6",
});
