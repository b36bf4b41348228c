import { addressText, compareWords, type Family, readAddress, type Words } from "../../net/address.ts";
import { condition } from "../../predicate/predicate.ts";
import type { ReadContext } from "../extension/context.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, type Given, option, type ValueType } from "../extension/value.ts";

/** Addresses from `low` to `high`, both included. */
export interface AddressSpan {
  readonly family: Family;
  readonly low: Words;
  readonly high: Words;
}

/**
 * `-m iprange [!] --src-range a[-b] [!] --dst-range a[-b]`: source and destination lie between two addresses.
 *
 * Kernel: net/netfilter/xt_iprange.c, iprange_mt4 and iprange_mt6.
 */
export interface IprangeMatch {
  readonly kind: "iprange";
  readonly src?: Given<AddressSpan>;
  readonly dst?: Given<AddressSpan>;
}

const addressSpan: ValueType<AddressSpan> = {
  expected: "an address or two of the rules' family as low-high",
  read(word, context: ReadContext) {
    const [first = "", second, more] = word.split("-");
    const low = readAddress(first);
    const high = second === undefined ? low : readAddress(second);
    const { family } = context;
    if (low?.family !== family || high?.family !== family || more !== undefined) return undefined;
    if (compareWords(low.words, high.words) > 0)
      context.warn("reversed-range", `iprange: the range ${word} is reversed and never matches`);
    return { family, low: low.words, high: high.words };
  },
};

const spanText = ({ family, low, high }: AddressSpan): string =>
  `${addressText(family, low)}-${addressText(family, high)}`;

const SIDES = ["src", "dst"] as const;
const LISTED = { src: "source", dst: "destination" } as const;

const words = (side: "src" | "dst", { value }: Given<AddressSpan>): string => `--${side}-range ${spanText(value)}`;

export const iprange: MatchExtension<IprangeMatch> = defineMatch<IprangeMatch>()({
  kind: "iprange",
  summary: "source or destination between two addresses",
  options: {
    src: option("src-range", addressSpan, { negatable: true }),
    dst: option("dst-range", addressSpan, { negatable: true }),
  },
  fromSave(sides, context) {
    if (!sides.src && !sides.dst) context.fail("iprange: expected --src-range or --dst-range");
    return { kind: "iprange", ...sides };
  },
  toSave: (match) =>
    SIDES.map((side) => {
      const given = match[side];
      return given ? `${bang(given.negated)} ${words(side, given)}` : "";
    }).join(""),
  fromList(reader, context) {
    const side = (name: "src" | "dst"): Partial<Record<"src" | "dst", Given<AddressSpan>>> => {
      const found = reader.take(name === "src" ? /source IP range (! )?(\S+)/y : /destination IP range (! )?(\S+)/y);
      const value = found ? addressSpan.read(found[2]!, context) : undefined;
      return value ? { [name]: { value, negated: found?.[1] !== undefined } } : {};
    };
    const sides = { ...side("src"), ...side("dst") };
    return sides.src || sides.dst ? { kind: "iprange", ...sides } : undefined;
  },
  toList: (match) =>
    SIDES.map((side) => {
      const given = match[side];
      return given ? ` ${LISTED[side]} IP range${bang(given.negated)} ${spanText(given.value)}` : "";
    }).join(""),
  meaning: (match) =>
    SIDES.flatMap((field) => {
      const given = match[field];
      if (!given) return [];
      const { low, high } = given.value;
      const { negated } = given;
      return [condition(words(field, given), { kind: "span", field, low, high, negated }, negated)];
    }),
});
