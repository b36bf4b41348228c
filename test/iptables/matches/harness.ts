import type { ReadContext } from "../../../src/iptables/extension/context.ts";
import { listReader } from "../../../src/iptables/extension/list-reader.ts";
import type { MatchExtension } from "../../../src/iptables/extension/match.ts";
import type { OptionSpec } from "../../../src/iptables/extension/value.ts";
import { type Match, matches } from "../../../src/iptables/matches/table.ts";
import type { Family } from "../../../src/net/address.ts";
import { BUILT_IN_NAMES, type NameTable } from "../../../src/net/names.ts";
import { splitRestoreLine, type Word } from "../../../src/text/words.ts";

export type AnyMatch = MatchExtension<Match>;

export const records: Readonly<Record<string, AnyMatch>> = matches as unknown as Readonly<Record<string, AnyMatch>>;

export type TestContext = ReadContext & { readonly warnings: string[] };

/** A context that throws what `fail` says and collects what `warn` says. */
export function contextOf(family: Family, protocol = 0, names: NameTable = BUILT_IN_NAMES): TestContext {
  const warnings: string[] = [];
  return {
    family,
    names,
    protocol,
    protocolNegated: false,
    warnings,
    fail(message) {
      throw new Error(message);
    },
    warn(code) {
      warnings.push(code);
    },
  };
}

function optionNamed(extension: AnyMatch, word: Word): [string, OptionSpec<unknown>] | undefined {
  const name = word.text.replace(/^--/, "");
  if (word.quoted || name === word.text) return undefined;
  const all = Object.entries(extension.options);
  const exact = all.find(([, spec]) => spec.flags.includes(name));
  const abbreviated = all.filter(([, spec]) => spec.flags.some((flag) => flag.startsWith(name)));
  return exact ?? (abbreviated.length === 1 ? abbreviated[0] : undefined);
}

/** Reads options behind `-m KIND` from `from` on, as the save reader does; `end` is the first word that is none. */
export function readOptions(
  extension: AnyMatch,
  words: readonly Word[],
  context: ReadContext,
  from = 0,
): { match: Match; end: number } {
  const values: Record<string, { value: unknown; negated: boolean }> = {};
  let at = from;
  let group = 0;
  for (;;) {
    const negated = words[at]?.text === "!" && !words[at]!.quoted;
    const word = words[at + (negated ? 1 : 0)];
    const found = word && optionNamed(extension, word);
    if (!found) break;
    const [name, spec] = found;
    if (spec.group === "divides") group++;
    const key = spec.group === undefined || group === 0 ? name : `${name} ${group}`;
    at += negated ? 2 : 1;
    if (negated && !spec.negatable) throw new Error(`--${spec.flags[0]}: cannot be inverted`);
    if (values[key] && !spec.repeatable) throw new Error(`--${spec.flags[0]}: can only be used once`);
    const text = spec.type && words.slice(at, at + (spec.words ?? 1)).map((one) => one.text);
    at += text?.length ?? 0;
    const value = text ? spec.type!.read(text.join(" "), context) : true;
    if (value === undefined) throw new Error(`--${spec.flags[0]}: expected ${spec.type!.expected}, got "${text}"`);
    values[key] = { value, negated };
  }
  for (const [key, spec] of Object.entries(extension.options))
    if (spec.required && !values[key]) throw new Error(`--${spec.flags[0]}: must be specified`);
  return { match: extension.fromSave(values as never, context), end: at };
}

/** The match that `-m KIND` and this text make; nothing may be left over. */
export function readSave(kind: string, text: string, context: ReadContext): Match {
  const words = splitRestoreLine(text);
  const { match, end } = readOptions(records[kind]!, words, context);
  if (end < words.length) throw new Error(`unknown option "${words[end]!.text}"`);
  return match;
}

/** The matches that a listing row's text starts with, and what is left of it. */
export function readList(text: string, context: ReadContext): { found: Match[]; rest: string } {
  const found: Match[] = [];
  const reader = listReader(text);
  for (;;) {
    const at = reader.at;
    const taken = Object.values(records)
      .filter((one) => one.families?.includes(context.family) ?? true)
      .map((one) => {
        reader.at = at;
        const match = one.fromList(reader, context);
        return { match, at: reader.at };
      })
      .find((one) => one.match !== undefined && one.at > at && /^(\s|$)/.test(text.slice(one.at)));
    if (!taken) return { found, rest: text.slice(at) };
    found.push(taken.match!);
    reader.at = taken.at;
  }
}

/** The protocol that a rule with this match has, 0 for any. */
export const protocolOf = (kind: string): number =>
  ({ tcp: 6, multiport: 6, udp: 17, sctp: 132, dccp: 33, icmp: 1, icmp6: 58, esp: 50 })[kind] ?? 0;
