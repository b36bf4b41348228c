import { unmodelled } from "../../predicate/predicate.ts";
import { saveString } from "../../text/words.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { anyWord, bang, option } from "../extension/value.ts";

/**
 * `-m helper [!] --helper NAME`: the packet's connection was expected by a conntrack helper; helpers are not modelled.
 *
 * Kernel: net/netfilter/xt_helper.c, helper_mt.
 */
export interface HelperMatch {
  readonly kind: "helper";
  readonly name: string;
  readonly negated: boolean;
}

const toSave = ({ name, negated }: HelperMatch): string => `${bang(negated)} --helper ${saveString(name)}`;

export const helper: MatchExtension<HelperMatch> = defineMatch<HelperMatch>()({
  kind: "helper",
  summary: "the conntrack helper of the connection",
  options: { helper: option("helper", anyWord("the name of a helper"), { negatable: true, required: true }) },
  fromSave: ({ helper }) => ({ kind: "helper", name: helper!.value, negated: helper!.negated }),
  toSave,
  fromList(reader) {
    const found = reader.take(/helper match (! )?"([^"]*)"(?=\s|$)/y);
    return found ? { kind: "helper", name: found[2]!, negated: found[1] !== undefined } : undefined;
  },
  toList: ({ name, negated }) => ` helper match${bang(negated)} "${name}"`,
  meaning: (match) => unmodelled("helper", toSave(match).trim()),
});
