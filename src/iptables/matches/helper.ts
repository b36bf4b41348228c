import { all, any, condition, has, named } from "../../predicate/predicate.ts";
import { saveString } from "../../text/words.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { anyWord, bang, option } from "../extension/value.ts";

/**
 * `-m helper [!] --helper NAME`: the packet's connection was expected by a conntrack helper, "" being any. Helpers are not modelled, so the
 * input leaves it open.
 *
 * Kernel: net/netfilter/xt_helper.c, helper_mt.
 */
export interface HelperMatch {
  readonly kind: "helper";
  readonly name: string;
  readonly negated: boolean;
}

const words = ({ name }: HelperMatch): string => `--helper ${saveString(name)}`;

export const helper: MatchExtension<HelperMatch> = defineMatch<HelperMatch>()({
  kind: "helper",
  summary: "the conntrack helper of the connection",
  options: { helper: option("helper", anyWord("the name of a helper"), { negatable: true, required: true }) },
  fromSave: ({ helper }) => ({ kind: "helper", name: helper!.value, negated: helper!.negated }),
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader) {
    const found = reader.take(/helper match (! )?"([^"]*)"(?=\s|$)/y);
    return found ? { kind: "helper", name: found[2]!, negated: found[1] !== undefined } : undefined;
  },
  toList: ({ name, negated }) => ` helper match${bang(negated)} "${name}"`,
  meaning(match) {
    const { name, negated } = match;
    const helped = name === "" ? named("helper", "", !negated) : named("helper", name, negated);
    const test = negated ? any([has("entry", true), helped]) : all([has("entry"), helped]);
    return [condition(words(match), test, negated)];
  },
});
