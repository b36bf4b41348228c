import { hexByte } from "../../net/tos.ts";
import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { dscpClassName } from "../extension/tos-value.ts";
import { numberFrom, option, refuseTogether } from "../extension/value.ts";

/**
 * `-j DSCP --set-dscp value` or `--set-dscp-class class`: the upper six bits of the TOS byte; the lower two stay (D11).
 *
 * Kernel: net/netfilter/xt_DSCP.c, dscp_tg, dscp_tg6.
 */
export interface DscpTarget {
  readonly kind: "DSCP";
  /** 0 to 63. */
  readonly dscp: number;
}

export const dscp: TargetExtension<DscpTarget> = defineTarget<DscpTarget>()({
  kind: "DSCP",
  summary: "sets the DSCP field of the IP header",
  tables: ["mangle"],
  options: { setDscp: option("set-dscp", numberFrom(0, 63)), setDscpClass: option("set-dscp-class", dscpClassName) },
  fromSave({ setDscp, setDscpClass }, context) {
    refuseTogether(context, "DSCP", { "set-dscp": setDscp, "set-dscp-class": setDscpClass }, true);
    return { kind: "DSCP", dscp: (setDscp ?? setDscpClass)!.value };
  },
  toSave: (target) => ` --set-dscp ${hexByte(target.dscp)}`,
  fromList(reader) {
    const found = reader.take(/DSCP set (0x[0-3][\da-f])/y);
    return found ? { kind: "DSCP", dscp: Number(found[1]) } : undefined;
  },
  toList: (target) => ` DSCP set ${hexByte(target.dscp)}`,
  action: (target) => goesOn({ kind: "set", field: "tos", value: target.dscp << 2, mask: 0xfc }),
});
