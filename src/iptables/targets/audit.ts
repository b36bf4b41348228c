import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { oneOf, option } from "../extension/value.ts";

const TYPES = ["accept", "drop", "reject"] as const;

/**
 * `-j AUDIT --type accept|drop|reject`: writes an audit record; the type is only what the record says, the packet goes on.
 *
 * Kernel: net/netfilter/xt_AUDIT.c, audit_tg.
 */
export interface AuditTarget {
  readonly kind: "AUDIT";
  readonly type: (typeof TYPES)[number];
}

export const audit: TargetExtension<AuditTarget> = defineTarget<AuditTarget>()({
  kind: "AUDIT",
  summary: "writes an audit record",
  options: { type: option("type", oneOf(TYPES), { required: true }) },
  fromSave: ({ type }) => ({ kind: "AUDIT", type: type!.value }),
  toSave: (target) => ` --type ${target.type}`,
  fromList(reader) {
    const found = reader.take(/AUDIT (accept|drop|reject)(?!\S)/y);
    return found ? { kind: "AUDIT", type: found[1] as AuditTarget["type"] } : undefined;
  },
  toList: (target) => ` AUDIT ${target.type}`,
  action: () => goesOn({ kind: "log" }),
});
