import { hex, UINT32 } from "../../text/number.ts";
import type { ReadContext } from "../extension/context.ts";
import {
  type Masked,
  masked,
  numberFrom,
  type OptionSpec,
  option,
  refuseTogether,
  type Values,
} from "../extension/value.ts";

type MarkOptions = {
  readonly setXmark: OptionSpec<Masked>;
  readonly setMark: OptionSpec<Masked>;
  readonly andMark: OptionSpec<number>;
  readonly orMark: OptionSpec<number>;
  readonly xorMark: OptionSpec<number>;
};

const mark32 = numberFrom(0, UINT32, "a 32-bit value");

/** The five ways to say `(mark & ~mask) ^ value`, shared by MARK and CONNMARK (rule M1). */
export const MARK_OPTIONS: MarkOptions = {
  setXmark: option("set-xmark", masked(32)),
  setMark: option("set-mark", masked(32)),
  andMark: option("and-mark", mark32),
  orMark: option("or-mark", mark32),
  xorMark: option("xor-mark", mark32),
};

/** What was given for {@link MARK_OPTIONS}, by flag, for `refuseTogether`. */
export const givenMarks = (values: Values<MarkOptions>): Readonly<Record<string, unknown>> => ({
  "set-xmark": values.setXmark,
  "set-mark": values.setMark,
  "and-mark": values.andMark,
  "or-mark": values.orMark,
  "xor-mark": values.xorMark,
});

/** The value and mask that the options mean, all as `--set-xmark` would say them. */
export function markOf(values: Values<MarkOptions>, kind: string, context: ReadContext): Masked {
  refuseTogether(context, kind, givenMarks(values), true);
  const { setXmark, setMark, andMark, orMark, xorMark } = values;
  if (setMark) return { value: setMark.value.value, mask: (setMark.value.value | setMark.value.mask) >>> 0 };
  if (andMark) return { value: 0, mask: ~andMark.value >>> 0 };
  if (orMark) return { value: orMark.value, mask: orMark.value };
  if (xorMark) return { value: xorMark.value, mask: 0 };
  return setXmark!.value;
}

/** `0x1/0xffffffff`: the mask is always written, unlike in a match. */
export const markSaveText = ({ value, mask }: Masked): string => `${hex(value)}/${hex(mask)}`;

/**
 * The word that iptables -L chooses, the first that fits: and, or, xor, set, xset. Each can be read back.
 *
 * Source: libxt_MARK.c, mark_tg_print.
 */
export function markListText({ value, mask }: Masked): string {
  if (value === 0) return `and ${hex(~mask)}`;
  if (value === mask) return `or ${hex(value)}`;
  if (mask === 0) return `xor ${hex(value)}`;
  return mask === UINT32 ? `set ${hex(value)}` : `xset ${hex(value)}/${hex(mask)}`;
}

/** Undoes {@link markListText}. */
export function readMarkListText(word: string, text: string, context: ReadContext): Masked | undefined {
  if (word === "xset") return masked(32).read(text, context);
  const value = mark32.read(text, context);
  if (value === undefined) return undefined;
  if (word === "and") return { value: 0, mask: ~value >>> 0 };
  return { value, mask: word === "or" ? value : word === "xor" ? 0 : UINT32 };
}
