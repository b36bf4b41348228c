import type { ValueType } from "../extension/value.ts";
import {
  ASSURED,
  CONFIRMED,
  CT_DNAT,
  CT_ESTABLISHED,
  CT_INVALID,
  CT_NEW,
  CT_RELATED,
  CT_SNAT,
  CT_UNTRACKED,
  EXPECTED,
  SEEN_REPLY,
} from "../predicate/frame.ts";

type Bits = readonly (readonly [name: string, bit: number])[];

/** States of `-m state`, in the order in which they are printed. */
export const STATES: Bits = [
  ["INVALID", CT_INVALID],
  ["NEW", CT_NEW],
  ["RELATED", CT_RELATED],
  ["ESTABLISHED", CT_ESTABLISHED],
  ["UNTRACKED", CT_UNTRACKED],
];

/** States of `--ctstate`: also whether the connection is translated. */
export const CT_STATES: Bits = [...STATES, ["SNAT", CT_SNAT], ["DNAT", CT_DNAT]];

/** Names of `--ctstatus`; NONE is the empty set. */
export const STATUSES: Bits = [
  ["NONE", 0],
  ["EXPECTED", EXPECTED],
  ["SEEN_REPLY", SEEN_REPLY],
  ["ASSURED", ASSURED],
  ["CONFIRMED", CONFIRMED],
];

/** A list of names as a set of bits; the beginning of a name is enough, in any case. */
export const bitList = (names: Bits): ValueType<number> => ({
  expected: `one or more of ${names.map(([name]) => name).join(", ")}, separated by commas`,
  read(word) {
    let set = 0;
    for (const item of word.toUpperCase().split(",")) {
      const found = item === "" ? undefined : names.find(([name]) => name.startsWith(item));
      if (found === undefined) return undefined;
      set |= found[1];
    }
    return set;
  },
});

/** The names of a set of bits in their canonical order; that of 0 for the empty set. */
export const bitText = (names: Bits, set: number): string =>
  names
    .filter(([, bit]) => (set === 0 ? bit === 0 : (set & bit) !== 0))
    .map(([name]) => name)
    .join(",");
