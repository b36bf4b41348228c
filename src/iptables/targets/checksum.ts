import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { flag } from "../extension/value.ts";

/**
 * `-j CHECKSUM --checksum-fill`: computes the checksum that hardware would have filled in; nothing that a rule sees.
 *
 * Kernel: net/netfilter/xt_CHECKSUM.c, checksum_tg.
 */
export interface ChecksumTarget {
  readonly kind: "CHECKSUM";
}

export const checksum: TargetExtension<ChecksumTarget> = defineTarget<ChecksumTarget>()({
  kind: "CHECKSUM",
  summary: "fills in the packet's checksum",
  tables: ["mangle"],
  options: { fill: flag("checksum-fill", { required: true }) },
  fromSave: () => ({ kind: "CHECKSUM" }),
  toSave: () => " --checksum-fill",
  fromList: (reader) => (reader.take(/CHECKSUM fill(?!\S)/y) ? { kind: "CHECKSUM" } : undefined),
  toList: () => " CHECKSUM fill",
  action: () => goesOn({ kind: "rewrite" }),
});
