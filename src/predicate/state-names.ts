import { CT_DNAT, CT_ESTABLISHED, CT_INVALID, CT_NEW, CT_RELATED, CT_SNAT, CT_UNTRACKED } from "./frame.ts";

/** Names for the bits of a set, in the order in which they are printed. */
export type BitNames = readonly (readonly [name: string, bit: number])[];

/** States of `-m state`. */
export const STATES: BitNames = [
  ["INVALID", CT_INVALID],
  ["NEW", CT_NEW],
  ["RELATED", CT_RELATED],
  ["ESTABLISHED", CT_ESTABLISHED],
  ["UNTRACKED", CT_UNTRACKED],
];

/** States of `--ctstate`: also whether the connection is translated. */
export const CT_STATES: BitNames = [...STATES, ["SNAT", CT_SNAT], ["DNAT", CT_DNAT]];

/** The names of a set of bits in their canonical order; that of 0 for the empty set. */
export const bitText = (names: BitNames, set: number): string =>
  names
    .filter(([, bit]) => (set === 0 ? bit === 0 : (set & bit) !== 0))
    .map(([name]) => name)
    .join(",");
