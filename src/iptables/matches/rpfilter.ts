import { condition } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { flag } from "../extension/value.ts";

/**
 * `-m rpfilter [--loose] [--validmark] [--accept-local] [--invert]`: a route leads back to the source, out of the in device
 * (R12). Where a host's interfaces and routes are not described, the answer is open.
 *
 * Kernel: net/ipv4/netfilter/ipt_rpfilter.c, net/ipv6/netfilter/ip6t_rpfilter.c.
 */
export interface RpfilterMatch {
  readonly kind: "rpfilter";
  readonly loose: boolean;
  readonly validmark: boolean;
  readonly acceptLocal: boolean;
  readonly negated: boolean;
}

/** In the order of print. */
const WORDS = [
  ["loose", "loose"],
  ["validmark", "validmark"],
  ["acceptLocal", "accept-local"],
  ["negated", "invert"],
] as const;

const text = (match: RpfilterMatch, dashes: string): string =>
  WORDS.map(([key, word]) => (match[key] ? ` ${dashes}${word}` : "")).join("");

export const rpfilter: MatchExtension<RpfilterMatch> = defineMatch<RpfilterMatch>()({
  kind: "rpfilter",
  summary: "a route leads back to the source",
  tables: ["raw", "mangle"],
  hooks: ["PREROUTING"],
  options: {
    loose: flag("loose"),
    validmark: flag("validmark"),
    acceptLocal: flag("accept-local"),
    invert: flag("invert"),
  },
  fromSave: ({ loose, validmark, acceptLocal, invert }) => ({
    kind: "rpfilter",
    loose: loose !== undefined,
    validmark: validmark !== undefined,
    acceptLocal: acceptLocal !== undefined,
    negated: invert !== undefined,
  }),
  toSave: (match) => text(match, "--"),
  fromList(reader) {
    const found = reader.take(/rpfilter(?: (loose))?(?: (validmark))?(?: (accept-local))?(?: (invert))?(?=\s|$)/y);
    if (!found) return undefined;
    const [loose, validmark, acceptLocal, negated] = found.slice(1).map((word) => word !== undefined);
    return {
      kind: "rpfilter",
      loose: loose === true,
      validmark: validmark === true,
      acceptLocal: acceptLocal === true,
      negated: negated === true,
    };
  },
  toList: (match) => ` rpfilter${text(match, "")}`,
  meaning(match) {
    const { loose, validmark: validMark, acceptLocal, negated } = match;
    const words = `-m rpfilter${text({ ...match, negated: false }, "--")}`;
    return [
      condition(negated ? `${words} --invert` : words, { kind: "leadsBack", loose, validMark, acceptLocal, negated }),
    ];
  },
});
