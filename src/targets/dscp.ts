import { defineTarget, type TargetExtension } from "../extension/target.ts";
import { numberFrom, option, refuseTogether, type ValueType } from "../extension/value.ts";

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

/** `CS0`–`CS7`, `AF11`–`AF43`, `BE`, `EF`: RFC 2474, 2597 and 3246. Never printed. */
const dscpClass: ValueType<number> = {
  expected: "a DSCP class: BE, EF, CS0 to CS7, AF11 to AF43",
  read(word) {
    const name = word.toUpperCase();
    if (name === "BE") return 0;
    if (name === "EF") return 0x2e;
    const selector = /^CS([0-7])$/.exec(name);
    if (selector) return Number(selector[1]) * 8;
    const assured = /^AF([1-4])([1-3])$/.exec(name);
    return assured ? Number(assured[1]) * 8 + Number(assured[2]) * 2 : undefined;
  },
};

const text = (target: DscpTarget): string => `0x${target.dscp.toString(16).padStart(2, "0")}`;

export const dscp: TargetExtension<DscpTarget> = defineTarget<DscpTarget>()({
  kind: "DSCP",
  summary: "sets the DSCP field of the IP header",
  tables: ["mangle"],
  options: { setDscp: option("set-dscp", numberFrom(0, 63)), setDscpClass: option("set-dscp-class", dscpClass) },
  fromSave({ setDscp, setDscpClass }, context) {
    refuseTogether(context, "DSCP", { "set-dscp": setDscp, "set-dscp-class": setDscpClass }, true);
    return { kind: "DSCP", dscp: (setDscp ?? setDscpClass)!.value };
  },
  toSave: (target) => ` --set-dscp ${text(target)}`,
  fromList(reader) {
    const found = reader.take(/DSCP set (0x[0-3][\da-f])/y);
    return found ? { kind: "DSCP", dscp: Number(found[1]) } : undefined;
  },
  toList: (target) => ` DSCP set ${text(target)}`,
  action: (target) => ({ kind: "setBits", field: "tos", value: target.dscp << 2, mask: 0xfc }),
});
