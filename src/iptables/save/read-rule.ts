import { saveString, type Word } from "../../text/words.ts";
import type { Rule, RuleTarget } from "../ruleset/ruleset.ts";
import { BASE_OPTIONS } from "./base-options.ts";
import type { Command } from "./command.ts";
import { type Cursor, type Draft, innerNegation, type Line, noteLoaded, valueWord } from "./cursor.ts";
import { type FoundOption, findOption, type Loaded } from "./find-option.ts";
import { readBase } from "./read-base.ts";
import { movingContext, type Place, placeOf, problemAt, type Reading, raise } from "./reading.ts";
import { isNote, matchOf, noteText, setOption, targetOf, type Use, useOf } from "./use.ts";

/**
 * Reads one command as `iptables` and `iptables-restore` do, from the word at `from`.
 *
 * More is understood than the tools of today print: options in any order, long and abbreviated names, `--opt=value`,
 * the `!` behind the option of releases before 1.4.3, options of a match that `-p` loads by itself, a `# note` at the
 * end. Throws a ParseError with one problem.
 *
 * Source: iptables/xshared.c, do_parse and command_default.
 */
export function readCommand(line: Line, from: number, reading: Reading): Command {
  const first = line.words[from];
  const place = first ? placeOf(first, line.number) : { line: line.number, column: 1 };
  const cursor: Cursor = { line, reading, context: movingContext(reading, place), at: from };
  const draft: Draft = { verb: "none", seen: new Set(), uses: [], modelled: new Map() };
  while (cursor.at < line.words.length) {
    const word = line.words[cursor.at]!;
    if (isNote(word)) {
      reading.report(
        problemAt(placeOf(word, line.number), "info", "trailing-note", `the note "${word.text}" is left out`),
      );
      break;
    }
    readOption(cursor, draft);
  }
  return commandOf(cursor, draft, place);
}

function readOption(cursor: Cursor, draft: Draft): void {
  const { words } = cursor.line;
  let word = words[cursor.at++]!;
  let negated = false;
  if (!word.quoted && word.text === "!") {
    negated = true;
    cursor.context.place = placeOf(word, cursor.line.number);
    const next = words[cursor.at++];
    if (next === undefined) cursor.context.fail('expected an option behind "!", got nothing');
    if (next!.text === "!") cursor.context.fail('expected an option behind "!", got another "!"');
    word = next!;
  }
  cursor.context.place = placeOf(word, cursor.line.number);
  if (word.quoted || !/^-./.test(word.text)) refuse(cursor, word);
  let letter = 1;
  for (;;) {
    const found = findOption(word.text, letter, loadedBy(draft), () => {
      const use = implied(draft);
      if (use) {
        draft.uses.push({ use, word });
        noteLoaded(draft, use);
      }
      return use;
    });
    if (found === undefined) refuse(cursor, word);
    if ("ambiguous" in found)
      raise(
        cursor.context.place,
        "bad-value",
        `"${word.text}" is ambiguous: expected one of ${found.ambiguous.join(", ")}`,
      );
    if ("use" in found) {
      takeOption(cursor, found, negated);
      return;
    }
    readBase(cursor, draft, found.base, found.attached, negated);
    // `-nvL`: several options in one word.
    if (found.rest === undefined) return;
    letter = found.rest;
  }
}

/** The target's options are asked for first, wherever it stands. */
const loadedBy = ({ uses, modelled, target }: Draft): Loaded => ({
  last: target?.use ?? uses.at(-1)?.use,
  modelled: target?.use.extension ? new Map([...modelled, [target.use.extension, target.use]]) : modelled,
});

/** The match that `-p` stands for, loaded when an option of its own appears (xshared.c, load_proto). */
function implied(draft: Draft): Use | undefined {
  if (draft.protocol === undefined) return undefined;
  const name = IMPLIED.get(draft.protocol.number);
  if (name === undefined || draft.uses.some(({ use }) => use.name === name)) return undefined;
  return useOf("match", name);
}

const IMPLIED: ReadonlyMap<number, string> = new Map([
  [1, "icmp"],
  [6, "tcp"],
  [17, "udp"],
  [33, "dccp"],
  [50, "esp"],
  [51, "ah"],
  [58, "icmp6"],
  [132, "sctp"],
  [135, "mh"],
]);

function refuse(cursor: Cursor, word: Word): never {
  const dash = /^[‐-―−]/.exec(word.text);
  if (dash)
    return cursor.context.fail(
      `expected an option, got "${word.text}": it starts with U+${dash[0].charCodeAt(0).toString(16)}, not with "-"`,
      { received: word.text, hint: "a word processor may have made a dash of the hyphen" },
    );
  const known = /^--?[^-]/.test(word.text) ? "no option of iptables or of what is loaded here" : "expected an option";
  return cursor.context.fail(
    /^-/.test(word.text) && !word.quoted ? `unknown option "${word.text}": ${known}` : `${known}, got "${word.text}"`,
    { received: word.text },
  );
}

function takeOption(cursor: Cursor, found: FoundOption & { readonly use: Use }, negated: boolean): void {
  const { use, option, attached } = found;
  if (option === null) {
    takeUnknown(cursor, use, negated);
    return;
  }
  const inner =
    !negated && option.spec.negatable && option.spec.type ? innerNegation(cursor, option.flag, attached) : false;
  const isLast = attached === undefined && cursor.at >= cursor.line.words.length;
  let value = option.spec.type === null || isLast ? null : valueWord(cursor, option.flag, attached);
  if (value !== null && option.spec.words === 2) value += ` ${valueWord(cursor, option.flag, undefined)}`;
  setOption(use, option, value, negated || inner, cursor.context);
  noteText(use, option, value, negated || inner);
}

/** Keeps the words of an extension that is not modelled, up to the next option of iptables itself. */
function takeUnknown(cursor: Cursor, use: Use, negated: boolean): void {
  const { words, text } = cursor.line;
  const start = cursor.at - (negated ? 2 : 1);
  let end = cursor.at;
  for (; end < words.length; end++) {
    const word = words[end]!;
    if (isNote(word) && !words[end - 1]!.text.startsWith("--")) break;
    const option = word.text === "!" && !word.quoted ? words[end + 1] : word;
    if (option && !option.quoted && BASE_OPTIONS.has(option.text)) break;
  }
  cursor.at = end;
  if (text === null)
    for (const word of words.slice(start, end)) use.text += ` ${word.quoted ? saveString(word.text) : word.text}`;
  else {
    const to = end < words.length ? words[end]!.column - 1 : text.length;
    use.text += ` ${text.slice(words[start]!.column - 1, to).trimEnd()}`;
  }
}

/** Two lists of addresses make a rule of every pair: a line of a few thousand characters must not fill the memory. */
const MOST_PAIRS = 100_000;

function commandOf(cursor: Cursor, draft: Draft, start: Place): Command {
  const { context, line } = cursor;
  const matches = draft.uses.map(({ use, word }) => {
    context.place = placeOf(word, line.number);
    return matchOf(use, context);
  });
  let target: RuleTarget | null = draft.goto === undefined ? null : { kind: "goto", chain: draft.goto };
  if (draft.target) {
    context.place = placeOf(draft.target.word, line.number);
    target = targetOf(draft.target.use, context);
  }
  const rules: Rule[] = [];
  const { source: sources = [undefined], destination: destinations = [undefined] } = draft;
  if (Math.min(sources.length, destinations.length) > 1 && sources.length * destinations.length > MOST_PAIRS)
    context.fail(
      `-s and -d: expected at most ${MOST_PAIRS} rules of one line, got ${sources.length} times ${destinations.length}`,
    );
  for (const source of sources)
    for (const destination of destinations)
      rules.push({
        ...(source && { source }),
        ...(destination && { destination }),
        ...(draft.in && { in: draft.in }),
        ...(draft.out && { out: draft.out }),
        ...(draft.protocol && { protocol: draft.protocol }),
        ...(draft.fragment !== undefined && { fragment: draft.fragment }),
        matches,
        target,
        ...(draft.counters && { counters: draft.counters }),
      });
  return {
    verb: draft.verb,
    chain: draft.chain?.text ?? "",
    ...(draft.table !== undefined && { table: draft.table }),
    ...(draft.position !== undefined && { position: draft.position }),
    ...(draft.policy !== undefined && { policy: draft.policy }),
    ...(draft.counters && { counters: draft.counters }),
    rules,
    place: draft.chain ? placeOf(draft.chain, line.number) : start,
  };
}
