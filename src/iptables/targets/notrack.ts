import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";

/**
 * `-j NOTRACK`: no conntrack for this packet; its state is UNTRACKED and nat is skipped (Z5).
 *
 * The older name of `CT --notrack`: a listing shows `CT` in its target column and `NOTRACK` behind the matches.
 *
 * Kernel: net/netfilter/xt_CT.c, notrack_tg.
 */
export interface NotrackTarget {
  readonly kind: "NOTRACK";
}

export const notrack: TargetExtension<NotrackTarget> = defineTarget<NotrackTarget>()({
  kind: "NOTRACK",
  listedAs: "CT",
  summary: "turns conntrack off for the packet",
  tables: ["raw"],
  options: {},
  fromSave: () => ({ kind: "NOTRACK" }),
  toSave: () => "",
  fromList: (reader) => (reader.take(/NOTRACK(?!\S)/y) ? { kind: "NOTRACK" } : undefined),
  toList: () => " NOTRACK",
  action: () => goesOn({ kind: "track", notrack: true }),
});
