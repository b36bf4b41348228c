import { openQuote } from "../../text/free-text.ts";
import { splitRestoreLine } from "../../text/words.ts";
import type { RuleMatch, RuleTarget } from "../ruleset/ruleset.ts";
import { BASE_OPTIONS } from "./base-options.ts";
import type { MovingContext } from "./reading.ts";
import { isNote, matchOf, optionsOf, setOption, targetOf, type Use, useOf } from "./use.ts";

/** Thrown and caught here only: this stretch is not plain, so the whole line goes to {@link readCommand}. */
const NOT_PLAIN = Symbol("not plain");

/**
 * A context that has nothing to say: whatever would be said, or refused, sends the line to the full reader, which says
 * it with the right place.
 */
export function silentContext(reading: {
  readonly family: MovingContext["family"];
  readonly names: MovingContext["names"];
}): MovingContext {
  return {
    family: reading.family,
    names: reading.names,
    protocol: 0,
    protocolNegated: false,
    place: { line: 0, column: 0 },
    fail() {
      throw NOT_PLAIN;
    },
    warn() {
      throw NOT_PLAIN;
    },
  };
}

/** Runs a reader with a silent context; undefined if it had something to say. */
export function plainly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (problem) {
    if (problem === NOT_PLAIN) return undefined;
    throw problem;
  }
}

/** Reads `NAME options…` of one match, as iptables-save writes it; undefined if the text is anything else. */
export const readMatchSegment = (text: string, context: MovingContext): RuleMatch | undefined =>
  plainly(() => Object.freeze(matchOf(collect("match", text, context), context)));

/** Reads `NAME options…` of the target, to the end of the line. */
export const readTargetSegment = (text: string, context: MovingContext): RuleTarget | undefined =>
  plainly(() => Object.freeze(targetOf(collect("target", text, context), context)));

function collect(role: Use["role"], text: string, context: MovingContext): Use {
  if (openQuote(text) >= 0) throw NOT_PLAIN;
  const words = splitRestoreLine(text);
  const name = words[0];
  if (name === undefined || name.quoted || name.text === "!" || isNote(name)) throw NOT_PLAIN;
  const use = useOf(role, name.text);
  if (use.extension === undefined) {
    if (words.length > 1) {
      if (!words[1]!.text.startsWith("--") && words[1]!.text !== "!") throw NOT_PLAIN;
      if (words.some((word, at) => at > 0 && !word.quoted && (isNote(word) || BASE_OPTIONS.has(word.text))))
        throw NOT_PLAIN;
      use.text = ` ${text.slice(words[1]!.column - 1).trimEnd()}`;
    }
    return use;
  }
  const options = optionsOf(use.extension);
  for (let at = 1; at < words.length; at++) {
    let word = words[at]!;
    const negated = word.text === "!" && !word.quoted;
    if (negated) word = words[++at]!;
    const option = word && !word.quoted ? options.get(word.text) : undefined;
    if (option === undefined) throw NOT_PLAIN;
    const value = option.spec.type === null ? undefined : words[++at];
    if (option.spec.type !== null && (value === undefined || (value.text === "!" && !value.quoted))) throw NOT_PLAIN;
    const second = option.spec.words === 2 ? words[++at] : undefined;
    if (option.spec.words === 2 && second === undefined) throw NOT_PLAIN;
    const text = value ? (second ? `${value.text} ${second.text}` : value.text) : null;
    setOption(use, option, text, negated, context);
  }
  return use;
}
