import { type MissingName, missingName } from "../../net/missing-name.ts";
import { saveString, splitRestoreLine, type Word } from "../../text/words.ts";
import type { MatchExtension } from "../extension/match.ts";
import type { TargetExtension } from "../extension/target.ts";
import type { OptionSpec } from "../extension/value.ts";
import { matchExtension } from "../matches/table.ts";
import type { RuleMatch, RuleTarget, UnknownMatch, UnknownTarget } from "../ruleset/ruleset.ts";
import { isShippedTarget, isVerdict } from "../ruleset/target-names.ts";
import { targetExtension } from "../targets/table.ts";
import type { MovingContext } from "./reading.ts";

type Kinded = { readonly kind: string };
type Extension = MatchExtension<Kinded> | TargetExtension<Kinded>;

/** One option of an extension, with the key under which its value goes to `fromSave`. */
export interface ExtensionOption {
  readonly key: string;
  readonly flag: string;
  readonly spec: OptionSpec<unknown>;
}

/** An extension that a rule has loaded, while its options are collected. */
export interface Use {
  readonly role: "match" | "target";
  readonly name: string;
  /** Undefined: not modelled, its words are kept as they stand. */
  readonly extension: Extension | undefined;
  readonly values: Record<string, { value: unknown; negated: boolean }>;
  /** How often an option that divides was given. */
  group: number;
  /** Of an extension that is not modelled: its options as save text, with the leading blank. */
  text: string;
  /** A name in it that means nothing here: the match is then kept as its text, like one that is not modelled. */
  unresolved: MissingName | undefined;
}

export function useOf(role: Use["role"], name: string): Use {
  const extension = role === "match" ? matchExtension(name) : targetExtension(name);
  return { role, name, extension, values: {}, group: 0, text: "", unresolved: undefined };
}

/** Options by flag, built once for each extension. */
const tables = new WeakMap<Extension, ReadonlyMap<string, ExtensionOption>>();

/** The options of an extension by every spelling, dashes included. */
export function optionsOf(extension: Extension): ReadonlyMap<string, ExtensionOption> {
  let table = tables.get(extension);
  if (table === undefined) {
    table = new Map(
      Object.entries(extension.options).flatMap(([key, spec]) => {
        const option = { key, flag: `--${spec.flags[0]}`, spec };
        return spec.flags.map((flag) => [`--${flag}`, option] as const);
      }),
    );
    tables.set(extension, table);
  }
  return table;
}

const required = new WeakMap<Extension, readonly ExtensionOption[]>();

/** The options that an extension cannot do without. */
function requiredOf(extension: Extension): readonly ExtensionOption[] {
  let options = required.get(extension);
  if (options === undefined) {
    options = [...new Set(optionsOf(extension).values())].filter(({ spec }) => spec.required);
    required.set(extension, options);
  }
  return options;
}

/** Takes one option and its value word (null for an option without a value). */
export function setOption(
  use: Use,
  { key: name, flag, spec }: ExtensionOption,
  word: string | null,
  negated: boolean,
  context: MovingContext,
): void {
  if (spec.group === "divides") use.group++;
  const key = spec.group === undefined || use.group === 0 ? name : `${name} ${use.group}`;
  if (negated && !spec.negatable) context.fail(`${flag}: cannot be negated with "!"`);
  if (Object.hasOwn(use.values, key) && !spec.repeatable) context.fail(`${flag}: can only be given once`);
  let value: unknown = true;
  if (spec.type !== null) {
    const { expected } = spec.type;
    if (word === null) context.fail(`${flag}: expected ${expected}, got nothing`, { expected });
    value = spec.type.read(word!, context);
    if (value === undefined) {
      const { type } = spec;
      const missing = type.mayBeName?.(word!)
        ? missingName(context.names, (names) => type.read(word!, { ...context, names }))
        : undefined;
      if (missing === undefined)
        return context.fail(`${flag}: expected ${expected}, got "${word}"`, { expected, received: word! });
      context.warn(
        "unresolved-name",
        `${flag}: the name "${word}" is not known here; what depends on it is undetermined (give names.${missing.where})`,
      );
      use.unresolved ??= missing;
    }
  }
  use.values[key] = { value, negated };
}

/** Keeps the option as text too, for an extension that is not modelled where a name in it means nothing. */
export function noteText(use: Use, { flag }: ExtensionOption, word: string | null, negated: boolean): void {
  use.text += `${negated ? " !" : ""} ${flag}${word === null ? "" : ` ${/[\s"\\]/.test(word) ? saveString(word) : word}`}`;
}

/** Save text that stands for what a listing showed of an extension that is not modelled; iptables refuses it. */
const LISTED = "--nfwalk-list";

/** How a match or target that is only known from a listing is written in save text. */
export const listedText = (quoted: string): string => ` ${LISTED} ${quoted}`;

function unknownOf(use: Use): UnknownMatch & UnknownTarget {
  if (use.text.startsWith(` ${LISTED} `)) {
    const [, list] = splitRestoreLine(use.text);
    return { kind: "unknown", name: use.name === "unknown" ? "" : use.name, list: list?.text ?? "" };
  }
  return { kind: "unknown", name: use.name, save: use.text, ...(use.unresolved && { unresolved: use.unresolved }) };
}

function fromOptions(use: Use, context: MovingContext): Kinded {
  const { extension } = use;
  const subject = (): string => `${use.role === "match" ? "-m" : "-j"} ${use.name}`;
  if (extension!.families && !extension!.families.includes(context.family))
    context.fail(`${subject()}: only for ${extension!.families.join(", ")}, and these rules are ${context.family}`);
  for (const { key, flag } of requiredOf(extension!))
    if (!Object.hasOwn(use.values, key)) context.fail(`${subject()}: expected ${flag}`);
  return extension!.fromSave(use.values as never, context);
}

/** The match that was collected. */
export const matchOf = (use: Use, context: MovingContext): RuleMatch =>
  use.extension === undefined || use.unresolved ? unknownOf(use) : (fromOptions(use, context) as RuleMatch);

/** The target that was collected. A name that is no extension and no verdict is a chain. */
export function targetOf(use: Use, context: MovingContext): RuleTarget {
  if (use.extension !== undefined) return fromOptions(use, context) as RuleTarget;
  if (use.text === "" && isVerdict(use.name)) return { kind: use.name };
  return use.text === "" && !isShippedTarget(use.name) ? { kind: "jump", chain: use.name } : unknownOf(use);
}

/** Whether a word stands where an option is expected but only annotates the rule: `#rule 1`. */
export const isNote = (word: Word): boolean => !word.quoted && word.text.startsWith("#");
