import type { ReadContext } from "../../../src/iptables/extension/context.ts";
import { listReader } from "../../../src/iptables/extension/list-reader.ts";
import type { MatchExtension } from "../../../src/iptables/extension/match.ts";
import type { OptionSpec } from "../../../src/iptables/extension/value.ts";
import { type Match, matches } from "../../../src/iptables/matches/table.ts";
import type { Family } from "../../../src/net/address.ts";
import { BUILT_IN_NAMES, type NameTable } from "../../../src/net/names.ts";
import type { Condition } from "../../../src/predicate/predicate.ts";
import type { Flavour } from "../../../src/predicate/rule-ref.ts";
import { splitRestoreLine, type Word } from "../../../src/text/words.ts";

export type AnyMatch = MatchExtension<Match>;

/** The rule that a match stands in, where it is not what the extension asks for itself, or IPv4 of any protocol. */
interface Place {
  readonly family?: Family;
  readonly protocol?: number;
}

/** One way to write a match, and everything that follows from it. */
export interface Vector extends Place {
  /** What a person types behind `-m NAME`. */
  readonly typed: string;
  /** What `iptables -S` prints there; left out: the same as typed. */
  readonly save?: string;
  /** What `iptables -L` prints, with its leading blank. */
  readonly list: string;
  /** The same with `-n`, where it differs. */
  readonly numeric?: string;
  /** What the listing is read as, where it hides something, as it would be typed. */
  readonly shown?: string;
  /** Codes of what is said when the typed text is read, and when the listing is. */
  readonly warnings?: readonly string[];
  readonly listWarnings?: readonly string[];
  /** Default: legacy. */
  readonly flavour?: Flavour;
  /** What it asks of a packet, condition by condition. */
  readonly means: readonly Condition[];
}

/** What iptables does not take, and the words that say so. */
export interface Refusal extends Place {
  readonly typed: string;
  readonly reason: RegExp;
}

/** A listing as other versions or names spell it, and the matches that it is read as. */
export interface OtherListing extends Place {
  readonly list: string;
  readonly as: readonly string[];
  readonly warnings?: readonly string[];
}

/** What a file in `vectors/` says about the extension whose name it has. */
export interface MatchVectors extends Place {
  readonly rules: readonly Vector[];
  readonly refused?: readonly Refusal[];
  readonly otherListings?: readonly OtherListing[];
  /** Listed texts that are not taken for this match. */
  readonly unread?: readonly string[];
}

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
