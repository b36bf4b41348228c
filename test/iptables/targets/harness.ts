import type { ReadContext } from "../../../src/iptables/extension/context.ts";
import { listReader } from "../../../src/iptables/extension/list-reader.ts";
import type { Action, TargetExtension } from "../../../src/iptables/extension/target.ts";
import type { OptionSpec } from "../../../src/iptables/extension/value.ts";
import { type Target, targets, targetsListedAs } from "../../../src/iptables/targets/table.ts";
import type { Family } from "../../../src/net/address.ts";
import { BUILT_IN_NAMES } from "../../../src/net/names.ts";
import { splitRestoreLine, type Word } from "../../../src/text/words.ts";

export type AnyTarget = TargetExtension<Target>;

export const records: Readonly<Record<string, AnyTarget>> = targets as unknown as Readonly<Record<string, AnyTarget>>;

/** The rule that a target stands in, where it is not one of IPv4 and TCP, or of what the extension asks for. */
interface Place {
  readonly family?: Family;
  /** 0 for any. */
  readonly protocol?: number;
}

/** One way to write a target, and everything that follows from it. */
export interface Vector extends Place {
  /** What a person types behind `-j NAME`. */
  readonly typed: string;
  /** What `iptables -S` prints there; left out: the same as typed. */
  readonly save?: string;
  /** What `iptables -L` prints behind the matches, with its leading blank. */
  readonly list: string;
  /** The same with `-n`, where it differs. */
  readonly numeric?: string;
  /** Codes of what is said when the typed text is read. */
  readonly warnings?: readonly string[];
  readonly action: Action;
}

/** What iptables does not take, and the words that say so. */
export interface Refusal extends Place {
  readonly typed: string;
  readonly reason: string;
}

/** What a file in `vectors/` says about the extension whose name it has, in small letters. */
export interface TargetVectors {
  readonly rules: readonly Vector[];
  readonly refused?: readonly Refusal[];
  /** Listings as older versions print them, and the same target as it would be typed. */
  readonly olderListings?: readonly { readonly list: string; readonly as: string }[];
  /** Texts in the target's row of a listing that are not read as it. */
  readonly unread?: readonly string[];
}

/** A context that throws what `fail` says and collects what `warn` says. */
export function contextOf(family: Family, protocol = 0, protocolNegated = false): ReadContext & { warnings: string[] } {
  const warnings: string[] = [];
  return {
    family,
    names: BUILT_IN_NAMES,
    protocol,
    protocolNegated,
    warnings,
    fail(message) {
      throw new Error(message);
    },
    warn(code) {
      warnings.push(code);
    },
  };
}

function optionNamed(extension: AnyTarget, word: Word): [string, OptionSpec<unknown>] {
  const name = word.text.replace(/^--/, "");
  const all = Object.entries(extension.options);
  const exact = all.find(([, spec]) => spec.flags.includes(name));
  const abbreviated = all.filter(([, spec]) => spec.flags.some((flag) => flag.startsWith(name)));
  const found = exact ?? (abbreviated.length === 1 ? abbreviated[0] : undefined);
  if (!found) throw new Error(`unknown option "${word.text}"`);
  return found;
}

/** Reads the options behind `-j KIND` as the save reader does, without its places and hints. */
export function readOptions(extension: AnyTarget, words: readonly Word[], context: ReadContext): Target {
  const values: Record<string, { value: unknown; negated: boolean }> = {};
  for (let at = 0; at < words.length; ) {
    const [key, spec] = optionNamed(extension, words[at++]!);
    if (values[key] && !spec.repeatable) throw new Error(`--${spec.flags[0]} can only be used once`);
    const text = spec.type && words.slice(at, at + (spec.words ?? 1)).map((word) => word.text);
    at += text?.length ?? 0;
    const value = text ? spec.type!.read(text.join(" "), context) : true;
    if (value === undefined) throw new Error(`--${spec.flags[0]}: expected ${spec.type!.expected}, got "${text}"`);
    values[key] = { value, negated: false };
  }
  for (const [key, spec] of Object.entries(extension.options))
    if (spec.required && !values[key]) throw new Error(`--${spec.flags[0]} must be specified`);
  return extension.fromSave(values as never, context);
}

export const readSave = (extension: AnyTarget, text: string, context: ReadContext): Target =>
  readOptions(extension, splitRestoreLine(text), context);

/** What a listing's target column and text say together; undefined if text is left over. */
export function readList(column: string, text: string, context: ReadContext): Target | undefined {
  for (const extension of targetsListedAs(column)) {
    const reader = listReader(text);
    const target = extension.fromList(reader, context);
    if (target && reader.text.slice(reader.at).trim() === "") return target;
  }
  return undefined;
}
