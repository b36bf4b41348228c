import { hex, UINT32 } from "../../text/number.ts";
import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { flag, numberFrom, option, refuseTogether } from "../extension/value.ts";
import { givenMarks, MARK_OPTIONS, markListText, markOf, markSaveText, readMarkListText } from "./mark-values.ts";

/**
 * `-j CONNMARK --set-xmark value[/mask]`, `--save-mark`, `--restore-mark` with `--nfmask`, `--ctmask` or `--mask`, each
 * with `--left-shift-mark` or `--right-shift-mark`: the connection's mark (rule M2).
 *
 * Kernel: net/netfilter/xt_connmark.c, connmark_tg_shift.
 */
export type ConnmarkTarget =
  | {
      readonly kind: "CONNMARK";
      readonly operation: "set";
      readonly value: number;
      readonly mask: number;
      /** Bits by which the result moves; positive: left. */
      readonly shift: number;
    }
  | {
      readonly kind: "CONNMARK";
      readonly operation: "save" | "restore";
      readonly nfmask: number;
      readonly ctmask: number;
      readonly shift: number;
    };

const mask32 = numberFrom(0, UINT32, "a 32-bit mask");
const shiftBits = numberFrom(0, 31, "a number of bits from 0 to 31");

function shiftText(shift: number, prefix: string): string {
  if (shift === 0) return "";
  return ` ${prefix}${shift > 0 ? "left" : "right"}-shift-mark ${Math.abs(shift)}`;
}

/** Masks of save and restore in a listing: the one that is cleared is written behind `~`. */
function masksText(target: ConnmarkTarget & { readonly operation: "save" | "restore" }): string {
  const { nfmask, ctmask } = target;
  if (nfmask === ctmask) return nfmask === UINT32 ? "" : ` mask ${hex(nfmask)}`;
  return target.operation === "save"
    ? ` nfmask ${hex(nfmask)} ctmask ~${hex(ctmask)}`
    : ` ctmask ${hex(ctmask)} nfmask ~${hex(nfmask)}`;
}

export const connmark: TargetExtension<ConnmarkTarget> = defineTarget<ConnmarkTarget>()({
  kind: "CONNMARK",
  summary: "changes the connection's mark, or copies it from or to the packet",
  options: {
    ...MARK_OPTIONS,
    saveMark: flag("save-mark"),
    restoreMark: flag("restore-mark"),
    nfmask: option("nfmask", mask32),
    ctmask: option("ctmask", mask32),
    mask: option("mask", mask32),
    leftShift: option("left-shift-mark", shiftBits),
    rightShift: option("right-shift-mark", shiftBits),
  },
  fromSave(values, context) {
    const { saveMark, restoreMark, nfmask, ctmask, mask, leftShift, rightShift } = values;
    const operations = { ...givenMarks(values), "save-mark": saveMark, "restore-mark": restoreMark };
    refuseTogether(context, "CONNMARK", operations, true);
    refuseTogether(context, "CONNMARK", { "left-shift-mark": leftShift, "right-shift-mark": rightShift });
    refuseTogether(context, "CONNMARK", { mask, nfmask });
    refuseTogether(context, "CONNMARK", { mask, ctmask });
    const shift = leftShift?.value ?? (rightShift ? 0 - rightShift.value : 0);
    if (saveMark || restoreMark)
      return {
        kind: "CONNMARK",
        operation: saveMark ? "save" : "restore",
        nfmask: (nfmask ?? mask)?.value ?? UINT32,
        ctmask: (ctmask ?? mask)?.value ?? UINT32,
        shift,
      };
    const set = markOf(values, "CONNMARK", context);
    // "--set-mark 1 --mask 5" is how CONNMARK of revision 0 wrote 1/5; iptables still takes it.
    const own = (ctmask ?? mask)?.value;
    return { kind: "CONNMARK", operation: "set", ...set, ...(own !== undefined && { mask: own }), shift };
  },
  toSave(target) {
    const shift = shiftText(target.shift, "--");
    if (target.operation === "set") return ` --set-xmark ${markSaveText(target)}${shift}`;
    return ` --${target.operation}-mark --nfmask ${hex(target.nfmask)} --ctmask ${hex(target.ctmask)}${shift}`;
  },
  fromList(reader, context) {
    const set = reader.take(/CONNMARK (and|or|xor|set|xset) (\S+)/y);
    const value = set && readMarkListText(set[1]!, set[2]!, context);
    if (set && !value) return undefined;
    const copy = set ? null : reader.take(/CONNMARK (save|restore)(?!\S)/y);
    if (!set && !copy) return undefined;
    const masks = { nfmask: UINT32, ctmask: UINT32 };
    for (let one = copy && reader.take(MASK); one; one = reader.take(MASK)) {
      const bits = mask32.read(one[2]!, context);
      if (bits === undefined) return undefined;
      if (one[1] !== "ctmask") masks.nfmask = bits;
      if (one[1] !== "nfmask") masks.ctmask = bits;
    }
    const moved = reader.take(/(left|right)-shift-mark (\d+)/y);
    const shift = moved ? Number(moved[2]) * (moved[1] === "left" ? 1 : -1) : 0;
    if (value) return { kind: "CONNMARK", operation: "set", ...value, shift };
    return { kind: "CONNMARK", operation: copy![1] as "save" | "restore", ...masks, shift };
  },
  toList: (target) =>
    ` CONNMARK ${
      target.operation === "set" ? markListText(target) : `${target.operation}${masksText(target)}`
    }${shiftText(target.shift, "")}`,
  action(target) {
    const shift = target.shift === 0 ? {} : { shift: target.shift };
    if (target.operation === "set")
      return goesOn({ kind: "set", field: "connmark", value: target.value | 0, mask: target.mask | 0, ...shift });
    return goesOn({
      kind: "copy",
      to: target.operation === "save" ? "connmark" : "mark",
      nfmask: target.nfmask | 0,
      ctmask: target.ctmask | 0,
      ...shift,
    });
  },
});

const MASK = /(nfmask|ctmask|mask) ~?(0x[0-9a-f]+)/y;
