import type { Family } from "../../net/address.ts";
import { shortPrefixText } from "../../net/address.ts";
import type { MissingName } from "../../net/missing-name.ts";
import { CHAIN_PROTOCOLS } from "../../net/protocol.ts";
import type { Action } from "../../predicate/action.ts";
import { all, inPrefix, never, type Predicate } from "../../predicate/predicate.ts";
import type { MatchExtension } from "../extension/match.ts";
import type { TargetExtension } from "../extension/target.ts";
import { matches } from "../matches/table.ts";
import { targets } from "../targets/table.ts";
import type { AddressCondition, Rule, RuleMatch, RuleTarget } from "./ruleset.ts";

const matchTable: ReadonlyMap<string, MatchExtension<{ readonly kind: string }>> = new Map(Object.entries(matches));
const targetTable: ReadonlyMap<string, TargetExtension<{ readonly kind: string }>> = new Map(Object.entries(targets));

/** The record of a match extension by its name, if it is modelled. */
export const matchExtension = (kind: string): MatchExtension<{ readonly kind: string }> | undefined =>
  matchTable.get(kind);

/** The record of a target extension by its name, if it is modelled. */
export const targetExtension = (kind: string): TargetExtension<{ readonly kind: string }> | undefined =>
  targetTable.get(kind);

/**
 * Everything that a rule asks of a packet, in the kernel's order: addresses, devices, protocol, fragment, then the
 * matches from left to right (T6). Fields that the dump hides stand as open questions, last of the plain conditions.
 */
export function ruleMeaning(rule: Rule, family: Family): Predicate {
  const conditions: Predicate[] = [];
  if (rule.source) conditions.push(addressMeaning("src", rule.source));
  if (rule.destination) conditions.push(addressMeaning("dst", rule.destination));
  for (const field of ["in", "out"] as const) {
    const device = rule[field];
    if (device) {
      const text = `${device.negated ? "! " : ""}-${field[0]} ${device.pattern}`;
      conditions.push({ kind: "onDevice", field, pattern: device.pattern, negated: device.negated, text });
    }
  }
  if (rule.protocol) {
    const { number, negated } = rule.protocol;
    const text = `${negated ? "! " : ""}-p ${protocolText(number)}`;
    conditions.push({ kind: "inRanges", field: "proto", ranges: [[number, number]], negated, text });
  }
  // Packets are whole here: conntrack's defragmentation, and no fragment in the packet model (H8).
  if (rule.fragment === true) conditions.push(never("-f"));
  for (const match of rule.matches) conditions.push(matchMeaning(match, family));
  for (const subject of rule.hidden ?? []) conditions.push(open("hidden", subject, `-${subject[0]} ?`));
  return all(conditions);
}

const open = (
  kind: "hidden" | "unsaid" | "unmodelled",
  subject: string,
  text: string,
  missing?: MissingName,
): Predicate => ({
  kind: "open",
  question: { kind, subject, text, ...(missing && { missing }) },
});

/** The field of the packet that a name of each kind is compared with. */
const NAMED_FIELDS: Readonly<Record<MissingName["where"], string>> = {
  users: "uid",
  groups: "gid",
  hosts: "address",
  services: "port",
};

function addressMeaning(field: "src" | "dst", { prefix, negated }: AddressCondition): Predicate {
  const option = `${negated ? "! " : ""}${field === "src" ? "-s" : "-d"}`;
  if ("name" in prefix) return open("unsaid", field, `${option} ${prefix.name}`);
  return inPrefix(field, prefix, { negated, text: `${option} ${shortPrefixText(prefix)}` });
}

/** What one match asks. */
function matchMeaning(match: RuleMatch, family: Family): Predicate {
  if (match.kind === "unknown") {
    const text = match.save === undefined ? (match.list ?? "").trim() : `-m ${match.name}${match.save}`;
    const { unresolved } = match;
    if (unresolved) return open("unsaid", NAMED_FIELDS[unresolved.where], text, unresolved);
    return open("unmodelled", match.name || text, text);
  }
  return matchExtension(match.kind)!.meaning(match, family);
}

/** What a target does; null, a rule without target, only counts. */
export function targetAction(target: RuleTarget | null, family: Family): Action {
  if (target === null) return { kind: "continue" };
  switch (target.kind) {
    case "ACCEPT":
      return { kind: "accept" };
    case "DROP":
      return { kind: "drop" };
    case "RETURN":
      return { kind: "return" };
    case "QUEUE":
      return { kind: "queue", bypass: false };
    case "jump":
    case "goto":
      return { kind: target.kind, chain: target.chain };
    case "unknown":
      return { kind: "unknown", extension: target.name };
    default:
      return targetExtension(target.kind)!.action(target, family);
  }
}

/** iptables' own name of a protocol, or its number. */
export const protocolText = (number: number): string => CANONICAL_PROTOCOLS.get(number) ?? `${number}`;

/** The name that iptables prints where it knows several: `ipv6-icmp`, `mobility-header` (since 1.8.8). */
const CANONICAL_PROTOCOLS: ReadonlyMap<number, string> = new Map([
  ...[...CHAIN_PROTOCOLS].reverse().map(([name, number]) => [number, name] as const),
  [58, "ipv6-icmp"],
  [135, "mobility-header"],
]);

/**
 * Whether conntrack must be attached to the namespace for this rule (H5): derived from what the rule asks and does, so
 * an extension need not say it.
 */
export function needsConntrack(rule: Rule, family: Family): boolean {
  return asksConntrack(ruleMeaning(rule, family)) || changesConntrack(targetAction(rule.target, family));
}

function asksConntrack(predicate: Predicate): boolean {
  switch (predicate.kind) {
    case "all":
    case "any":
      return predicate.of.some(asksConntrack);
    case "stateIn":
    case "entryInRanges":
    case "entryBits":
    case "entryInPrefix":
    case "connections":
      return true;
    case "open":
      return ["connbytes", "helper", "connlabel"].includes(predicate.question.subject);
    default:
      return false;
  }
}

const changesConntrack = (action: Action): boolean =>
  action.kind === "nat" ||
  action.kind === "synproxy" ||
  (action.kind === "continue" && action.conntrack === true) ||
  action.kind === "copyMark" ||
  (action.kind === "setBits" && action.field === "connmark") ||
  (action.kind === "track" && action.zone !== undefined);
