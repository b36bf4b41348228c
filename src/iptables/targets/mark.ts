import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { MARK_OPTIONS, markListText, markOf, markSaveText, readMarkListText } from "./mark-values.ts";

/**
 * `-j MARK --set-xmark value[/mask]`: mark := (mark & ~mask) ^ value; `--set-mark`, `--and-mark`, `--or-mark` and
 * `--xor-mark` are other spellings (rule M1).
 *
 * Kernel: net/netfilter/xt_mark.c, mark_tg.
 */
export interface MarkTarget {
  readonly kind: "MARK";
  readonly value: number;
  readonly mask: number;
}

export const mark: TargetExtension<MarkTarget> = defineTarget<MarkTarget>()({
  kind: "MARK",
  summary: "changes the packet's firewall mark",
  options: MARK_OPTIONS,
  fromSave: (values, context) => ({ kind: "MARK", ...markOf(values, "MARK", context) }),
  toSave: (target) => ` --set-xmark ${markSaveText(target)}`,
  fromList(reader, context) {
    const found = reader.take(/MARK (and|or|xor|set|xset) (\S+)/y);
    const value = found && readMarkListText(found[1]!, found[2]!, context);
    return value ? { kind: "MARK", ...value } : undefined;
  },
  toList: (target) => ` MARK ${markListText(target)}`,
  action: (target) => goesOn({ kind: "set", field: "mark", value: target.value | 0, mask: target.mask | 0 }),
});
