import { bits, condition, unmodelled } from "../../predicate/predicate.ts";
import { hex, UINT32 } from "../../text/number.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, masked, maskedText, option, type ValueType } from "../extension/value.ts";

/**
 * `-m realm [!] --realm value[/mask]|NAME`: the routing realm, which the input leaves open.
 *
 * Kernel: net/netfilter/xt_realm.c, realm_mt.
 */
export interface RealmMatch {
  readonly kind: "realm";
  /** A number, or a name of /etc/iproute2/rt_realms that is not known here. */
  readonly value: number | string;
  readonly mask: number;
  readonly negated: boolean;
}

type Realm = Pick<RealmMatch, "value" | "mask">;

/** The one name that every host has. */
const COSMOS = "cosmos";

const realmType: ValueType<Realm> = {
  expected: "a realm as value or value/mask, or its name",
  read(word, context) {
    if (/^\d/.test(word)) return masked(32).read(word, context);
    if (word === "" || word.includes("/")) return undefined;
    return { value: word === COSMOS ? 0 : word, mask: UINT32 };
  },
};

function realmText({ value, mask }: Realm, numeric: boolean): string {
  if (typeof value === "string") return value;
  if (mask !== UINT32) return maskedText(value, mask);
  return value === 0 && !numeric ? COSMOS : hex(value);
}

const words = (match: RealmMatch): string => `--realm ${realmText(match, false)}`;

export const realm: MatchExtension<RealmMatch> = defineMatch<RealmMatch>()({
  kind: "realm",
  summary: "the routing realm",
  hooks: ["INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  options: { realm: option("realm", realmType, { negatable: true, required: true }) },
  fromSave: ({ realm }) => ({ kind: "realm", ...realm!.value, negated: realm!.negated }),
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader, context) {
    const found = reader.take(/(! )?realm (\S+)/y);
    const value = found && realmType.read(found[2]!, context);
    return value ? { kind: "realm", ...value, negated: found[1] !== undefined } : undefined;
  },
  toList: (match, { numeric }) => `${bang(match.negated)} realm ${realmText(match, numeric)}`,
  meaning(match) {
    const { value, mask, negated } = match;
    const test =
      typeof value === "string" ? unmodelled("realm", value, { negated }) : bits("realm", value, mask, negated);
    return [condition(words(match), test, negated)];
  },
});
