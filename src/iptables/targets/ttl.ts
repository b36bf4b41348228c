import type { TargetExtension } from "../extension/target.ts";
import { type HopLimitChange, hopLimitTarget } from "./hop-limit.ts";

/**
 * `-j TTL --ttl-set n`, `--ttl-inc n`, `--ttl-dec n`: the time to live of an IPv4 packet.
 *
 * Kernel: net/netfilter/xt_HL.c, ttl_tg.
 */
export interface TtlTarget extends HopLimitChange {
  readonly kind: "TTL";
}

export const ttl: TargetExtension<TtlTarget> = hopLimitTarget({
  kind: "TTL",
  summary: "changes the time to live",
  family: "ipv4",
});
