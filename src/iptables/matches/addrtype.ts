import { ADDRESS_TYPES, condition } from "../../predicate/predicate.ts";
import type { ReadContext } from "../extension/context.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, flag, type Given, option, refuseTogether, type ValueType } from "../extension/value.ts";

/**
 * `-m addrtype [!] --src-type LIST [!] --dst-type LIST [--limit-iface-in|--limit-iface-out]`: what kind of address it is
 * for this host.
 *
 * Kernel: net/netfilter/xt_addrtype.c, addrtype_mt_v1. One of the kinds must fit in IPv4, every one in IPv6 (A4).
 */
export interface AddrtypeMatch {
  readonly kind: "addrtype";
  /** Set of bits 1 << index of ADDRESS_TYPES. */
  readonly src?: Given<number>;
  readonly dst?: Given<number>;
  /** Only addresses of the in or out device count. */
  readonly limit?: "in" | "out";
}

/** A list as a set of bits; the beginning of a name is enough, in any case. */
const typeList: ValueType<number> = {
  expected: `one or more of ${ADDRESS_TYPES.join(", ")}, separated by commas`,
  read(word) {
    let set = 0;
    for (const item of word.toUpperCase().split(",")) {
      const at = item === "" ? -1 : ADDRESS_TYPES.findIndex((name) => name.startsWith(item));
      if (at < 0) return undefined;
      set |= 1 << at;
    }
    return set;
  },
};

const typesText = (set: number): string => ADDRESS_TYPES.filter((_, at) => set & (1 << at)).join(",");

/** Kinds that IPv6 does not know. Kernel: addrtype_mt_checkentry_v1. */
const NOT_IPV6 =
  (1 << ADDRESS_TYPES.indexOf("BROADCAST")) |
  (1 << ADDRESS_TYPES.indexOf("BLACKHOLE")) |
  -(1 << ADDRESS_TYPES.indexOf("PROHIBIT"));

function checkFamily({ src, dst }: Pick<AddrtypeMatch, "src" | "dst">, context: ReadContext): void {
  const wrong = ((src?.value ?? 0) | (dst?.value ?? 0)) & NOT_IPV6;
  if (context.family === "ipv6" && wrong !== 0) context.fail(`addrtype: ${typesText(wrong)} is not known in IPv6`);
}

const SIDES = ["src", "dst"] as const;

const words = (side: "src" | "dst", { value }: Given<number>): string => `--${side}-type ${typesText(value)}`;

export const addrtype: MatchExtension<AddrtypeMatch> = defineMatch<AddrtypeMatch>()({
  kind: "addrtype",
  summary: "what kind of address source or destination is",
  options: {
    src: option("src-type", typeList, { negatable: true }),
    dst: option("dst-type", typeList, { negatable: true }),
    limitIn: flag("limit-iface-in"),
    limitOut: flag("limit-iface-out"),
  },
  fromSave({ src, dst, limitIn, limitOut }, context) {
    if (!src && !dst) context.fail("addrtype: expected --src-type or --dst-type");
    refuseTogether(context, "addrtype", { "limit-iface-in": limitIn, "limit-iface-out": limitOut });
    const sides = { ...(src && { src }), ...(dst && { dst }) };
    checkFamily(sides, context);
    return { kind: "addrtype", ...sides, ...((limitIn || limitOut) && { limit: limitIn ? "in" : "out" }) };
  },
  toSave: (match) =>
    SIDES.map((side) => {
      const given = match[side];
      return given ? `${bang(given.negated)} ${words(side, given)}` : "";
    }).join("") + (match.limit ? ` --limit-iface-${match.limit}` : ""),
  fromList(reader, context) {
    if (!reader.take(/ADDRTYPE match(?=\s)/y)) return undefined;
    const side = (name: "src" | "dst"): Partial<Record<"src" | "dst", Given<number>>> => {
      const found = reader.take(name === "src" ? /src-type (!?)([A-Z,]+)/y : /dst-type (!?)([A-Z,]+)/y);
      const value = found ? typeList.read(found[2]!, context) : undefined;
      return value === undefined ? {} : { [name]: { value, negated: found?.[1] === "!" } };
    };
    const sides = { ...side("src"), ...side("dst") };
    const limit = reader.take(/limit-(in|out)(?=\s|$)/y)?.[1] as AddrtypeMatch["limit"];
    return sides.src || sides.dst ? { kind: "addrtype", ...sides, ...(limit && { limit }) } : undefined;
  },
  toList({ src, dst, limit }) {
    const side = (name: string, given: Given<number> | undefined) =>
      given ? ` ${name}-type ${given.negated ? "!" : ""}${typesText(given.value)}` : "";
    return ` ADDRTYPE match${side("src", src)}${side("dst", dst)}${limit ? ` limit-${limit}` : ""}`;
  },
  meaning: (match) =>
    SIDES.flatMap((field) => {
      const given = match[field];
      if (!given) return [];
      const { value: types, negated } = given;
      const limit = match.limit && { limit: match.limit };
      return [condition(words(field, given), { kind: "addressTypes", field, types, negated, ...limit }, negated)];
    }),
});
