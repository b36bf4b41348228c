import { dscpClass, TOS_NAMED_MASK, TOS_NAMES, tosNamed } from "../../net/tos.ts";
import { type Masked, masked, type ValueType } from "./value.ts";

/** `0x10`, `0x10/0x3f`, `Minimize-Delay`: a name speaks of the bits 0x3f. Source: xtables' tos_values.c. */
export const tosValue: ValueType<Masked> = {
  expected: `an 8-bit value or value/mask, or one of ${TOS_NAMES.map(([name]) => name).join(", ")}`,
  read(word, context) {
    const named = tosNamed(word);
    return named === undefined ? masked(8).read(word, context) : { value: named, mask: TOS_NAMED_MASK };
  },
};

/** The name of a DiffServ class, which is never printed. */
export const dscpClassName: ValueType<number> = {
  expected: "a DSCP class: BE, EF, CS0 to CS7, AF11 to AF43",
  read: (word) => dscpClass(word),
};
