import type { Family } from "../../net/address.ts";
import { prefixText } from "../../net/address.ts";
import { BUILT_IN_NAMES } from "../../net/names.ts";
import { protocolText } from "../../net/protocol.ts";
import { textWriter } from "../../text/text-writer.ts";
import { saveString } from "../../text/words.ts";
import { matchExtension } from "../matches/table.ts";
import type {
  AddressCondition,
  Chain,
  Counters,
  Rule,
  RuleMatch,
  Ruleset,
  RuleTarget,
  Table,
  TableName,
} from "../ruleset/ruleset.ts";
import { targetExtension } from "../targets/table.ts";
import { listedText } from "./use.ts";

/** What to print. */
export interface SaveOptions {
  /** With the counters of rules, as `iptables-save -c` and `iptables -S -v` do. */
  readonly counters?: boolean;
}

/** Marks a rule whose interface conditions a listing did not show; iptables takes it as a comment, `parse` reads it. */
export const HIDDEN_MARK = "# nfwalk: the dump hides";

const NO_COUNTERS: Counters = { packets: 0, bytes: 0 };

const not = (negated: boolean): string => (negated ? " !" : "");

/**
 * All tables as `iptables-save` prints them, without its date lines: `iptables-restore` takes it, and reading it back
 * gives the same ruleset.
 *
 * Chains that the dump did not show are left out, and a comment line stands before each rule that has hidden conditions.
 */
export function toSave(ruleset: Ruleset, options: SaveOptions = {}): string {
  const writer = textWriter();
  for (const table of ruleset.tables) {
    writer.add(`*${table.name}\n`);
    const chains = table.chains.filter((chain) => !chain.missing);
    for (const chain of chains) writer.add(`:${chain.name} ${policyText(chain)}\n`);
    for (const chain of chains)
      for (const rule of chain.rules) {
        const prefix = options.counters ? `${countersPrefix(rule.counters ?? NO_COUNTERS)} ` : "";
        writer.add(`${hiddenText(rule)}${prefix}-A ${chain.name}${ruleText(rule)}\n`);
      }
    writer.add("COMMIT\n");
  }
  return writer.text();
}

/** Policy and counters of a built-in chain; counters that are not known are left out, which iptables-restore allows. */
const policyText = (chain: Chain): string =>
  chain.policy === null ? "- [0:0]" : `${chain.policy}${chain.counters ? ` ${countersPrefix(chain.counters)}` : ""}`;

const countersPrefix = ({ packets, bytes }: Counters): string => `[${packets}:${bytes}]`;

const countersOption = ({ packets, bytes }: Counters): string => ` -c ${packets} ${bytes}`;

const hiddenText = (rule: Rule): string =>
  rule.hidden && rule.hidden.length > 0 ? `${HIDDEN_MARK} ${rule.hidden.join(" ")} of the next rule\n` : "";

/**
 * The tables as `iptables -S` prints them, with `counters` as `-S -v`. One table if `table` is given; else all, each
 * behind the command that would print it.
 */
export function toRules(ruleset: Ruleset, options: SaveOptions & { readonly table?: TableName } = {}): string {
  const tables = ruleset.tables.filter((table) => options.table === undefined || table.name === options.table);
  return tables
    .map(
      (table) =>
        (options.table ? "" : `# ${toolName(ruleset.family)} -t ${table.name} -S\n`) + tableRules(table, options),
    )
    .join("");
}

const toolName = (family: Family): string => (family === "ipv4" ? "iptables" : "ip6tables");

function tableRules(table: Table, { counters }: SaveOptions): string {
  const chains = table.chains.filter((chain) => !chain.missing);
  const writer = textWriter();
  for (const chain of chains)
    if (chain.policy !== null)
      writer.add(`-P ${chain.name} ${chain.policy}${counters ? countersOption(chain.counters ?? NO_COUNTERS) : ""}\n`);
  for (const chain of chains) if (chain.policy === null) writer.add(`-N ${chain.name}\n`);
  for (const chain of chains)
    for (const rule of chain.rules)
      writer.add(`${hiddenText(rule)}-A ${chain.name}${ruleText(rule, { counters: counters ?? false })}\n`);
  return writer.text();
}

/**
 * What stands behind `-A CHAIN` in `iptables -S`: each token with a blank in front, so `""` for a rule of nothing.
 *
 * Source: iptables/xshared.c, save_rule_details; iptables/iptables.c, print_rule4.
 */
export function ruleText(rule: Rule, { counters }: SaveOptions = {}): string {
  let text = "";
  if (rule.source) text += addressText("-s", rule.source);
  if (rule.destination) text += addressText("-d", rule.destination);
  if (rule.in) text += `${not(rule.in.negated)} -i ${rule.in.pattern}`;
  if (rule.out) text += `${not(rule.out.negated)} -o ${rule.out.pattern}`;
  if (rule.protocol) text += `${not(rule.protocol.negated)} -p ${protocolName(rule.protocol.number)}`;
  if (rule.fragment !== undefined) text += `${not(!rule.fragment)} -f`;
  for (const match of rule.matches) text += matchText(match);
  if (counters) text += countersOption(rule.counters ?? NO_COUNTERS);
  if (rule.target) text += targetText(rule.target);
  return text;
}

/** The name that iptables knows, else the one in the protocols database, as up to 1.8.10 (`-p gre`), else the number. */
function protocolName(number: number): string {
  const text = protocolText(number);
  return text === `${number}` ? (BUILT_IN_NAMES.protocolName(number) ?? text) : text;
}

const addressText = (option: string, { prefix, negated }: AddressCondition): string =>
  `${not(negated)} ${option} ${"name" in prefix ? prefix.name : prefixText(prefix)}`;

/** What a listing showed of an extension that is not modelled has no save form: iptables refuses what stands for it. */
const unknownText = (one: { readonly save?: string; readonly list?: string }): string =>
  one.save ?? (one.list?.trim() ? listedText(quoted(one.list)) : "");

const quoted = (text: string): string => (saveString(text).startsWith('"') ? saveString(text) : `"${text}"`);

/** One match as `-m NAME …`, with its leading blank. */
function matchText(match: RuleMatch): string {
  if (match.kind === "unknown") return ` -m ${match.name || "unknown"}${unknownText(match)}`;
  return ` -m ${match.kind}${matchExtension(match.kind)!.toSave(match)}`;
}

/** A target as `-j NAME …` or `-g CHAIN`, with its leading blank. */
function targetText(target: RuleTarget): string {
  switch (target.kind) {
    case "ACCEPT":
    case "DROP":
    case "RETURN":
    case "QUEUE":
      return ` -j ${target.kind}`;
    case "jump":
      return ` -j ${target.chain}`;
    case "goto":
      return ` -g ${target.chain}`;
    case "unknown":
      return ` -j ${target.name}${unknownText(target)}`;
    default:
      return ` -j ${target.kind}${targetExtension(target.kind)!.toSave(target)}`;
  }
}
