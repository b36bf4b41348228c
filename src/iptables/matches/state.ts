import { condition } from "../../predicate/predicate.ts";
import { bitText, STATES } from "../../predicate/state-names.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, option } from "../extension/value.ts";
import { bitList } from "./state-values.ts";

/**
 * `-m state [!] --state LIST`: the conntrack state, under its old name.
 *
 * Kernel: net/netfilter/xt_conntrack.c, conntrack_mt; iptables translates the one into the other.
 */
export interface StateMatch {
  readonly kind: "state";
  /** Set of CT_ bits. */
  readonly states: number;
  readonly negated: boolean;
}

const states = bitList(STATES);

const words = ({ states }: StateMatch): string => `--state ${bitText(STATES, states)}`;

export const state: MatchExtension<StateMatch> = defineMatch<StateMatch>()({
  kind: "state",
  summary: "the packet's conntrack state",
  options: { state: option("state", states, { negatable: true, required: true }) },
  fromSave: ({ state }) => ({ kind: "state", states: state!.value, negated: state!.negated }),
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader, context) {
    const found = reader.take(/(! )?state (\S+)/y);
    const set = found && states.read(found[2]!, context);
    return set ? { kind: "state", states: set, negated: found[1] !== undefined } : undefined;
  },
  toList: ({ states, negated }) => `${bang(negated)} state ${bitText(STATES, states)}`,
  meaning: (match) => {
    const { states, negated } = match;
    return [condition(words(match), { kind: "state", states, negated }, negated)];
  },
});
