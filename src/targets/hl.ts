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
 * `-j HL --hl-set n`, `--hl-inc n`, `--hl-dec n`: the hop limit of an IPv6 packet.
 *
 * Kernel: net/netfilter/xt_HL.c, hl_tg6.
 */
export interface HlTarget extends HopLimitChange {
  readonly kind: "HL";
}

export const hl: TargetExtension<HlTarget> = defineTarget<HlTarget>()({
  kind: "HL",
  summary: "changes the hop limit",
  families: ["ipv6"],
  tables: ["mangle"],
  options: hopLimitOptions("hl"),
  fromSave: (values, context) => ({ kind: "HL", ...readHopLimit("HL", values, context) }),
  toSave: (target) => hopLimitSaveText("HL", target),
  fromList(reader) {
    const change = readHopLimitList("HL", reader);
    return change && { kind: "HL", ...change };
  },
  toList: (target) => hopLimitListText("HL", target),
  action: hopLimitAction,
});
