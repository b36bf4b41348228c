import { defineTarget, type TargetExtension } from "../extension/target.ts";
import {
  type HopLimitChange,
  hopLimitAction,
  hopLimitListText,
  hopLimitOptions,
  hopLimitSaveText,
  readHopLimit,
  readHopLimitList,
} from "./hop-limit.ts";

/**
 * `-j TTL --ttl-set n`, `--ttl-inc n`, `--ttl-dec n`: the time to live of an IPv4 packet.
 *
 * Kernel: net/netfilter/xt_HL.c, ttl_tg.
 */
export interface TtlTarget extends HopLimitChange {
  readonly kind: "TTL";
}

export const ttl: TargetExtension<TtlTarget> = defineTarget<TtlTarget>()({
  kind: "TTL",
  summary: "changes the time to live",
  families: ["ipv4"],
  tables: ["mangle"],
  options: hopLimitOptions("ttl"),
  fromSave: (values, context) => ({ kind: "TTL", ...readHopLimit("TTL", values, context) }),
  toSave: (target) => hopLimitSaveText("TTL", target),
  fromList(reader) {
    const change = readHopLimitList("TTL", reader);
    return change && { kind: "TTL", ...change };
  },
  toList: (target) => hopLimitListText("TTL", target),
  action: hopLimitAction,
});
