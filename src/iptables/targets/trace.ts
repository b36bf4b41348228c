import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";

/**
 * `-j TRACE`: the kernel logs every rule that the packet matches from here on; the packet goes on (T4, T9).
 *
 * iptables-legacy takes it in raw only, iptables-nft in every table, so no table is demanded here.
 *
 * Kernel: net/netfilter/xt_TRACE.c.
 */
export interface TraceTarget {
  readonly kind: "TRACE";
}

export const trace: TargetExtension<TraceTarget> = defineTarget<TraceTarget>()({
  kind: "TRACE",
  summary: "lets the kernel log the rules that the packet matches",
  options: {},
  fromSave: () => ({ kind: "TRACE" }),
  toSave: () => "",
  fromList: () => ({ kind: "TRACE" }),
  toList: () => "",
  action: () => goesOn({ kind: "log" }),
});
