import { ASSURED, CONFIRMED, EXPECTED, SEEN_REPLY } from "../../predicate/frame.ts";
import type { BitNames } from "../../predicate/state-names.ts";
import type { ValueType } from "../extension/value.ts";

/** Names of `--ctstatus`; NONE is the empty set. */
export const STATUSES: BitNames = [
  ["NONE", 0],
  ["EXPECTED", EXPECTED],
  ["SEEN_REPLY", SEEN_REPLY],
  ["ASSURED", ASSURED],
  ["CONFIRMED", CONFIRMED],
];

/** A list of names as a set of bits; the beginning of a name is enough, in any case. */
export const bitList = (names: BitNames): ValueType<number> => ({
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
