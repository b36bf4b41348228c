import { type Prefix, shortPrefixText } from "../../net/address.ts";
import type { EntryAddressField, EntryNumberField } from "../../predicate/field.ts";
import { ALWAYS, any, condition, has, type Predicate } from "../../predicate/predicate.ts";
import { bitText, CT_STATES } from "../../predicate/state-names.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, type Given, oneOf, option, type Range, rangeText, type ValueType } from "../extension/value.ts";
import {
  ADDRESSES,
  EXPIRE_TYPE,
  listedPrefix,
  PORT_TYPE,
  PORTS,
  prefixType,
  protocolType,
  readListedPrefix,
  STATE_TYPE,
  STATUS_TYPE,
} from "./conntrack-values.ts";
import { STATUSES } from "./state-values.ts";

/**
 * `-m conntrack [!] --ctstate LIST [!] --ctproto p [!] --ctorigsrc a[/m] … [!] --ctstatus LIST [!] --ctexpire s[:s]
 * [--ctdir ORIGINAL|REPLY]`: state and connection of the packet.
 *
 * Kernel: net/netfilter/xt_conntrack.c, conntrack_mt. A packet without an entry is asked for `--ctstate` only, and does not
 * match without that one (C7).
 */
export interface ConntrackMatch {
  readonly kind: "conntrack";
  /** Set of CT_ bits; one of them must be the packet's. */
  readonly ctstate?: Given<number>;
  readonly ctproto?: Given<number>;
  readonly ctorigsrc?: Given<Prefix>;
  readonly ctorigdst?: Given<Prefix>;
  readonly ctreplsrc?: Given<Prefix>;
  readonly ctrepldst?: Given<Prefix>;
  readonly ctorigsrcport?: Given<Range>;
  readonly ctorigdstport?: Given<Range>;
  readonly ctreplsrcport?: Given<Range>;
  readonly ctrepldstport?: Given<Range>;
  /** Set of status bits; one of them must be set. 0 is NONE. */
  readonly ctstatus?: Given<number>;
  /** Seconds that the entry still lives. */
  readonly ctexpire?: Given<Range>;
  readonly ctdir?: "ORIGINAL" | "REPLY";
}

type Conditions = Omit<ConntrackMatch, "kind" | "ctdir">;

const DIRECTIONS = ["ORIGINAL", "REPLY"] as const;
const negatable = { negatable: true };

/** Each condition in the order of print, as option name and value; `address` spells the addresses. */
function parts(
  match: ConntrackMatch,
  address: (prefix: Prefix) => string,
): { name: keyof Conditions | "ctdir"; text: string; negated: boolean }[] {
  const found: ReturnType<typeof parts> = [];
  const add = <T>(name: keyof Conditions, given: Given<T> | undefined, text: (value: T) => string) => {
    if (given) found.push({ name, text: text(given.value), negated: given.negated });
  };
  add("ctstate", match.ctstate, (set) => bitText(CT_STATES, set));
  add("ctproto", match.ctproto, String);
  for (const name of ADDRESSES) add(name, match[name], address);
  for (const name of PORTS) add(name, match[name], rangeText);
  add("ctstatus", match.ctstatus, (set) => bitText(STATUSES, set));
  add("ctexpire", match.ctexpire, rangeText);
  if (match.ctdir) found.push({ name: "ctdir", text: match.ctdir, negated: false });
  return found;
}

/** What one option asks of the entry; `--ctstate` alone is asked of packets without one. */
function entryTest(match: ConntrackMatch, name: keyof Conditions | "ctdir"): Predicate {
  const range = (field: EntryNumberField, low: number, high: number, negated: boolean): Predicate => ({
    kind: "entryRange",
    field,
    low,
    high,
    negated,
  });
  if (name === "ctdir") {
    const direction = DIRECTIONS.indexOf(match.ctdir ?? "ORIGINAL");
    return range("ctdir", direction, direction, false);
  }
  const given = match[name];
  if (given === undefined) return ALWAYS;
  const { value, negated } = given;
  if (typeof value !== "number")
    return "family" in value
      ? { kind: "entryPrefix", field: name as EntryAddressField, prefix: value, negated }
      : range(name as EntryNumberField, value.low, value.high, negated);
  if (name === "ctstatus") return { kind: "entryBits", field: "ctstatus", value, mask: value, anyOf: true, negated };
  return name === "ctstate" ? { kind: "state", states: value, negated } : range("ctproto", value, value, negated);
}

export const conntrack: MatchExtension<ConntrackMatch> = defineMatch<ConntrackMatch>()({
  kind: "conntrack",
  summary: "state and connection of the packet",
  options: {
    ctstate: option("ctstate", STATE_TYPE, negatable),
    ctproto: option("ctproto", protocolType, negatable),
    ctorigsrc: option("ctorigsrc", prefixType, negatable),
    ctorigdst: option("ctorigdst", prefixType, negatable),
    ctreplsrc: option("ctreplsrc", prefixType, negatable),
    ctrepldst: option("ctrepldst", prefixType, negatable),
    ctorigsrcport: option("ctorigsrcport", PORT_TYPE, negatable),
    ctorigdstport: option("ctorigdstport", PORT_TYPE, negatable),
    ctreplsrcport: option("ctreplsrcport", PORT_TYPE, negatable),
    ctrepldstport: option("ctrepldstport", PORT_TYPE, negatable),
    ctstatus: option("ctstatus", STATUS_TYPE, negatable),
    ctexpire: option("ctexpire", EXPIRE_TYPE, negatable),
    ctdir: option("ctdir", oneOf(DIRECTIONS)),
  },
  fromSave({ ctdir, ...given }, context) {
    if (!ctdir && Object.keys(given).length === 0) context.fail("conntrack: expected at least one option");
    return { kind: "conntrack", ...given, ...(ctdir && { ctdir: ctdir.value }) };
  },
  toSave: (match) =>
    parts(match, shortPrefixText)
      .map(({ name, text, negated }) => `${bang(negated)} --${name} ${text}`)
      .join(""),
  fromList(reader, context) {
    // Asked at every place of every row: thirteen patterns are tried only where one of them may stand.
    if (!reader.take(/(?=(?:! )?ct[a-z])/y)) return undefined;
    const found: { -readonly [K in keyof Conditions]?: Conditions[K] } = {};
    let unread = false;
    const take = <T>(name: string, read: ValueType<T>["read"]): Given<T> | undefined => {
      const text = reader.take(new RegExp(`(! )?${name} (\\S+)`, "y"));
      const value = text ? read(text[2]!, context) : undefined;
      unread ||= text !== null && value === undefined;
      return value === undefined ? undefined : { value, negated: text?.[1] !== undefined };
    };
    const put = <K extends keyof Conditions>(name: K, given: Conditions[K] | undefined) => {
      if (given) found[name] = given;
    };
    put("ctstate", take("ctstate", STATE_TYPE.read));
    put("ctproto", take("ctproto", protocolType.read));
    for (const name of ADDRESSES) put(name, take(name, readListedPrefix));
    for (const name of PORTS) put(name, take(name, PORT_TYPE.read));
    put("ctstatus", take("ctstatus", STATUS_TYPE.read));
    put("ctexpire", take("ctexpire", EXPIRE_TYPE.read));
    const ctdir = reader.take(/ctdir (ORIGINAL|REPLY)/y)?.[1] as ConntrackMatch["ctdir"];
    if (unread || (Object.keys(found).length === 0 && !ctdir)) return undefined;
    return { kind: "conntrack", ...found, ...(ctdir && { ctdir }) };
  },
  toList: (match, style) =>
    parts(match, (prefix) => listedPrefix(prefix, style))
      .map(({ name, text, negated }) => `${bang(negated)} ${name} ${text}`)
      .join(""),
  meaning: (match) =>
    parts(match, shortPrefixText).map(({ name, text, negated }) => {
      const test = entryTest(match, name);
      // Without an entry only the state is asked, where it is asked at all (C7).
      const asked = match.ctstate && name !== "ctstate" ? any([has("entry", true), test]) : test;
      return condition(`--${name} ${text}`, asked, negated);
    }),
});
