import { type Family, shortPrefixText } from "../../net/address.ts";
import type { MissingName } from "../../net/missing-name.ts";
import { protocolText } from "../../net/protocol.ts";
import {
  type Atom,
  all,
  any,
  type Condition,
  condition,
  type FactField,
  HEADERS,
  inPrefix,
  inRange,
  NEVER,
  named,
  type Predicate,
  unmodelled,
} from "../../predicate/predicate.ts";
import type { Flavour } from "../../predicate/rule-ref.ts";
import { UINT32 } from "../../text/number.ts";
import { matchExtension } from "../matches/table.ts";
import type { AddressCondition, HiddenField, Rule, RuleMatch, UnknownMatch } from "../ruleset/ruleset.ts";

/** What the meaning of a rule depends on besides the rule. */
export interface Surroundings {
  readonly family: Family;
  readonly flavour: Flavour;
  /** What the rule may ask without the text showing it. */
  readonly hidden: readonly HiddenField[];
}

/**
 * Everything that a rule asks of a packet, in the kernel's order: addresses, devices, protocol, fragment, then the
 * matches from left to right (T6). Fields that the text hides stand as open questions, last.
 */
export function conditionsOf(rule: Rule, { family, flavour, hidden }: Surroundings): readonly Condition[] {
  const found: Condition[] = [];
  if (rule.source) found.push(addressCondition("src", rule.source));
  if (rule.destination) found.push(addressCondition("dst", rule.destination));
  for (const field of ["in", "out"] as const) {
    const device = rule[field];
    if (device === undefined) continue;
    const { pattern, negated } = device;
    found.push(condition(`-${field[0]} ${pattern}`, named(field, pattern, negated), negated));
  }
  if (rule.protocol) {
    const { number, negated } = rule.protocol;
    found.push(condition(`-p ${protocolText(number)}`, inRange("proto", number, number, negated), negated));
  }
  // Packets are whole here: conntrack's defragmentation, and no fragment in the packet model (H8).
  if (rule.fragment === true) found.push(condition("-f", NEVER));
  for (const match of rule.matches) found.push(...matchConditions(match, family, flavour));
  for (const field of hidden)
    found.push(
      condition(`-${field[0]} (hidden)`, atom({ why: "hidden", subject: field, key: "", of: [field], own: true })),
    );
  return found;
}

const atom = (facts: Omit<Atom, "kind" | "negated"> & { readonly negated?: boolean }): Predicate => ({
  kind: "atom",
  negated: false,
  ...facts,
});

function addressCondition(field: "src" | "dst", { prefix, negated }: AddressCondition): Condition {
  const option = field === "src" ? "-s" : "-d";
  if (!("name" in prefix))
    return condition(`${option} ${shortPrefixText(prefix)}`, inPrefix(field, prefix, negated), negated);
  const missing: MissingName = { name: prefix.name, where: "hosts" };
  return condition(
    `${option} ${prefix.name}`,
    atom({ why: "unsaid", subject: field, key: `host ${prefix.name}`, of: [field], own: false, missing, negated }),
    negated,
  );
}

/** What one match asks. */
function matchConditions(match: RuleMatch, family: Family, flavour: Flavour): readonly Condition[] {
  if (match.kind === "unknown") return [unknownCondition(match)];
  const extension = matchExtension(match.kind);
  if (extension === undefined) throw new TypeError(`match ${match.kind} is not in the table of matches`);
  return extension.meaning(match, family, flavour);
}

/** What a name of each kind would be compared with, and what of the packet its answer goes by. */
const COMPARED: Readonly<
  Record<MissingName["where"], { readonly subject: string; readonly of: readonly FactField[] }>
> = {
  users: { subject: "uid", of: [] },
  groups: { subject: "gid", of: [] },
  hosts: { subject: "address", of: ["src", "dst"] },
  services: { subject: "port", of: ["sport", "dport"] },
};

/**
 * Extensions without a model that are functions of the packet alone, so that the same question has one answer whichever rule
 * asks it. Others may remember, count or draw: each rule's is a question of its own.
 */
const PURE: ReadonlySet<string> = new Set(
  "bpf cgroup cluster devgroup dst eui64 frag geoip hbh ipv6header ipvs mh osf rt srh tcpoption".split(" "),
);

/** `-m name [!] --option [value]`, with nothing behind it: the only form whose negation is told from its text. */
const SINGLE_OPTION = /^ (! )?(--\S+(?: (?!! |--)\S+)*)$/;

function unknownCondition({ name, save, list, unresolved }: UnknownMatch): Condition {
  const single = save === undefined ? null : SINGLE_OPTION.exec(save);
  const negated = single?.[1] !== undefined;
  const asked = single?.[2] ?? (save ?? list ?? "").trim();
  const words = save === undefined ? asked : `-m ${name} ${asked}`;
  if (unresolved) return condition(words, unresolvedTest(asked, negated, single !== null, unresolved), negated);
  const subject = name || words;
  return condition(words, unmodelled(subject, asked, { of: HEADERS, own: !PURE.has(name), negated }), negated);
}

/** A condition whose name means nothing here; a packet without an owner has no user that could be the one (O1). */
function unresolvedTest(asked: string, negated: boolean, single: boolean, missing: MissingName): Predicate {
  const { subject, of } = COMPARED[missing.where];
  const test = atom({ why: "unsaid", subject, key: asked, of, own: false, missing, negated });
  if (!single || (missing.where !== "users" && missing.where !== "groups")) return test;
  const owned = (no: boolean): Predicate => inRange(subject as "uid" | "gid", 0, UINT32 - 1, no);
  return negated ? any([owned(true), test]) : all([owned(false), test]);
}
