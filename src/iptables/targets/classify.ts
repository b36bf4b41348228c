import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { option, type ValueType } from "../extension/value.ts";

/**
 * `-j CLASSIFY --set-class MAJOR:MINOR`: the packet's traffic class (its priority), both halves in hexadecimal.
 *
 * Kernel: net/netfilter/xt_CLASSIFY.c, classify_tg.
 */
export interface ClassifyTarget {
  readonly kind: "CLASSIFY";
  readonly major: number;
  readonly minor: number;
}

const trafficClass: ValueType<{ readonly major: number; readonly minor: number }> = {
  expected: "a class as MAJOR:MINOR, each of up to four hexadecimal digits",
  read(word) {
    const found = /^(?:0[xX])?0*([\da-fA-F]{1,4}):(?:0[xX])?0*([\da-fA-F]{1,4})$/.exec(word);
    return found ? { major: Number.parseInt(found[1]!, 16), minor: Number.parseInt(found[2]!, 16) } : undefined;
  },
};

const digits = (value: number): string => value.toString(16);

export const classify: TargetExtension<ClassifyTarget> = defineTarget<ClassifyTarget>()({
  kind: "CLASSIFY",
  summary: "sets the packet's traffic class",
  hooks: ["FORWARD", "OUTPUT", "POSTROUTING"],
  options: { setClass: option("set-class", trafficClass, { required: true }) },
  fromSave: ({ setClass }) => ({ kind: "CLASSIFY", ...setClass!.value }),
  toSave: ({ major, minor }) => ` --set-class ${digits(major).padStart(4, "0")}:${digits(minor).padStart(4, "0")}`,
  fromList(reader, context) {
    const found = reader.take(/CLASSIFY set (\S+)/y);
    const value = found && trafficClass.read(found[1]!, context);
    return value ? { kind: "CLASSIFY", ...value } : undefined;
  },
  toList: ({ major, minor }) => ` CLASSIFY set ${digits(major)}:${digits(minor)}`,
  action: () => goesOn({ kind: "rewrite" }),
});
