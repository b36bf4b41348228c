import { readNumber } from "../extension/value.ts";
import type {
  AddressCondition,
  Counters,
  DeviceCondition,
  ProtocolCondition,
  Rule,
  RuleTarget,
} from "../ruleset/ruleset.ts";
import { saveString, type Word } from "../text/words.ts";
import { BASE_OPTIONS, type BaseOption } from "./base-options.ts";
import type { Command } from "./command.ts";
import { readAddresses, readCounters, readDevice, readProtocol } from "./conditions.ts";
import { type FoundOption, findOption } from "./find-option.ts";
import { type MovingContext, movingContext, type Place, placeOf, problemAt, type Reading, raise } from "./reading.ts";
import { isNote, matchOf, setOption, targetOf, type Use, useOf } from "./use.ts";

/** One line in words, and how to cite them. */
export interface Line {
  readonly words: readonly Word[];
  readonly number: number;
  /** The line itself, from which options that are not modelled are kept as they stand; null where a shell undid its quotes. */
  readonly text: string | null;
}

/** What has been read of a line. */
interface Draft {
  verb: Command["verb"];
  chain?: Word;
  table?: string;
  position?: number;
  policy?: string;
  counters?: Counters;
  source?: readonly (AddressCondition | undefined)[];
  destination?: readonly (AddressCondition | undefined)[];
  in?: DeviceCondition;
  out?: DeviceCondition;
  protocol?: ProtocolCondition;
  fragment?: boolean;
  goto?: string;
  readonly seen: Set<string>;
  /** In order of loading, each with the word that named it. */
  readonly uses: { readonly use: Use; readonly word: Word }[];
  target?: { readonly use: Use; readonly word: Word };
}

/** A cursor over the words of one line. */
interface Cursor {
  readonly line: Line;
  readonly reading: Reading;
  readonly context: MovingContext;
  at: number;
}

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
  const draft: Draft = { verb: "none", seen: new Set(), uses: [] };
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
  let text = word.text;
  for (;;) {
    const found = findOption(text, draft.target ? [...draft.uses, draft.target] : draft.uses, () => {
      const use = implied(draft);
      if (use) draft.uses.push({ use, word });
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
    text = found.rest;
  }
}

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

/** The word behind an option, or what was attached to it. Moves on. */
function valueWord(cursor: Cursor, flag: string, attached: string | undefined): string {
  if (attached !== undefined) return attached;
  const word = cursor.line.words[cursor.at];
  if (word === undefined) cursor.context.fail(`${flag}: expected a value, got nothing`);
  cursor.at++;
  cursor.context.place = placeOf(word!, cursor.line.number);
  return word!.text;
}

/** `-s ! 10.0.0.0/8`, as releases before 1.4.3 print it. */
function innerNegation(cursor: Cursor, flag: string, attached: string | undefined): boolean {
  const word = cursor.line.words[cursor.at];
  if (attached !== undefined || word?.text !== "!" || word.quoted || cursor.at + 1 >= cursor.line.words.length)
    return false;
  cursor.at++;
  const place = placeOf(word, cursor.line.number);
  cursor.reading.report(
    problemAt(place, "info", "old-negation", `${flag} !: read as "! ${flag}", which iptables writes since 1.4.3`),
  );
  return true;
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
}

/** Keeps the words of an extension that is not modelled, up to the next option of iptables itself. */
function takeUnknown(cursor: Cursor, use: Use, negated: boolean): void {
  const { words, text } = cursor.line;
  const start = cursor.at - (negated ? 2 : 1);
  let end = cursor.at;
  for (; end < words.length; end++) {
    const word = words[end]!;
    if (isNote(word) && !words[end - 1]!.text.startsWith("--")) break;
    const option = word.text === "!" ? words[end + 1] : word;
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

function readBase(
  cursor: Cursor,
  draft: Draft,
  option: BaseOption,
  attached: string | undefined,
  outer: boolean,
): void {
  const { context } = cursor;
  const { name, flag } = option;
  const negatable = ["source", "destination", "in", "out", "protocol", "fragment"].includes(name);
  if (outer && !negatable) context.fail(`${flag}: cannot be negated with "!"`);
  if (name !== "match" && name !== "ignored") {
    if (draft.seen.has(name)) context.fail(`${flag}: can only be given once`);
    draft.seen.add(name);
  }
  if ((name === "jump" || name === "goto") && (draft.target || draft.goto !== undefined))
    context.fail(`${flag}: the rule has a target already`);
  const negated = outer || (negatable && name !== "fragment" && innerNegation(cursor, flag, attached));
  const value = option.value === "one" ? valueWord(cursor, flag, attached) : (attached ?? "");
  switch (name) {
    case "source":
    case "destination":
      draft[name] = readAddresses(value, negated, flag, context);
      break;
    case "in":
    case "out": {
      const device = readDevice(value, negated, flag, context);
      if (device) draft[name] = device;
      break;
    }
    case "protocol": {
      const protocol = readProtocol(value, negated, context);
      if (protocol) draft.protocol = protocol;
      context.protocol = protocol?.number ?? 0;
      context.protocolNegated = negated;
      break;
    }
    case "fragment":
      if (context.family === "ipv6") context.fail("-f: IPv6 has no such option, -m frag is its way");
      draft.fragment = !negated;
      break;
    case "match":
      draft.uses.push({ use: useOf("match", value), word: cursor.line.words[cursor.at - 1]! });
      break;
    case "jump":
    case "goto":
      if (name === "goto") draft.goto = value;
      else draft.target = { use: useOf("target", value), word: cursor.line.words[cursor.at - 1]! };
      break;
    case "counters":
      readCounterWords(cursor, draft, attached);
      break;
    case "table":
      draft.table = value;
      break;
    case "ignored":
      if (option.value === "optional" && /^\d+$/.test(cursor.line.words[cursor.at]?.text ?? "")) cursor.at++;
      break;
    case "other":
      context.fail(`${flag}: expected -A, -I, -N or -P, which make rules; this command is left out`);
      break;
    default:
      readVerb(cursor, draft, name, attached);
  }
}

function readVerb(
  cursor: Cursor,
  draft: Draft,
  verb: Exclude<Command["verb"], "none">,
  attached: string | undefined,
): void {
  const { words, number } = cursor.line;
  if (draft.verb !== "none") cursor.context.fail(`expected one command, got -${verb} behind -${draft.verb}`);
  draft.verb = verb;
  const listing = verb === "list" || verb === "rules";
  if (verb === "append" || verb === "new") {
    draft.chain = words[cursor.at - 1]!;
    return;
  }
  const chain = words[cursor.at];
  if (listing && (chain === undefined || chain.text.startsWith("-") || isNote(chain))) return;
  valueWord(cursor, `-${verb}`, attached);
  draft.chain = chain!;
  if (verb === "policy") draft.policy = valueWord(cursor, "-P", undefined);
  else {
    const position = words[cursor.at];
    if (position !== undefined && /^\d+$/.test(position.text)) {
      cursor.at++;
      cursor.context.place = placeOf(position, number);
      draft.position = readNumber(position.text, 0x7fffffff) ?? 0;
      if (draft.position === 0) cursor.context.fail(`-I: expected a rule number from 1, got "${position.text}"`);
    }
  }
}

/** `-c PACKETS BYTES`, or `-c PACKETS,BYTES`. */
function readCounterWords(cursor: Cursor, draft: Draft, attached: string | undefined): void {
  const first = valueWord(cursor, "-c", attached);
  const comma = first.indexOf(",");
  const packets = comma < 0 ? first : first.slice(0, comma);
  const bytes = comma < 0 ? valueWord(cursor, "-c", undefined) : first.slice(comma + 1);
  const counters = readCounters(packets, bytes);
  if (counters === undefined) cursor.context.fail(`-c: expected packets and bytes, got "${packets} ${bytes}"`);
  else draft.counters = counters;
}

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
  for (const source of draft.source ?? [undefined])
    for (const destination of draft.destination ?? [undefined])
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
