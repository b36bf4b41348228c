import { readNumber } from "../../text/number.ts";
import type { BaseOption } from "./base-options.ts";
import type { Command } from "./command.ts";
import { readAddresses, readCounters, readDevice, readProtocol } from "./conditions.ts";
import { type Cursor, type Draft, innerNegation, noteLoaded, valueWord } from "./cursor.ts";
import { placeOf } from "./reading.ts";
import { isNote, useOf } from "./use.ts";

/** Takes an option of iptables itself, with what follows it. */
export function readBase(
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
    case "match": {
      const use = useOf("match", value);
      draft.uses.push({ use, word: cursor.line.words[cursor.at - 1]! });
      noteLoaded(draft, use);
      break;
    }
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
