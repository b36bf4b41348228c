import { closingQuote, openQuote } from "../../text/free-text.ts";
import { ParseError, type Problem } from "../../text/problem.ts";
import { countBelow } from "../../text/sorted.ts";
import { splitRestoreLine } from "../../text/words.ts";
import { chainDraft } from "../ruleset/builder.ts";
import { NO_FILTERING } from "../ruleset/check.ts";
import type { Counters, HiddenField } from "../ruleset/ruleset.ts";
import type { Command } from "../save/command.ts";
import { readCounters } from "../save/conditions.ts";
import { readCommand } from "../save/read-rule.ts";
import { raise } from "../save/reading.ts";
import type { Block } from "./block.ts";
import { putRule, ruleCount } from "./put-rule.ts";
import { blockForChain, declare, openBlock, readersOf, type State, say } from "./state.ts";
import { checkName } from "./table-lines.ts";

const COUNTERS = /^\s*\[(\d{1,20}):(\d{1,20})\]\s*/;

/** Lines that ask for rules or chains, with iptables-restore's counters in front or not. */
const ASKS = /^\s*(?:\[\d+:\d+\]\s*)?-(?:[AINP]\s|-(?:append|insert|new-chain|policy)\b)/;

/** Commands that a dump never holds and that do not make rules. */
const CHANGES = /^\s*-(?:[DRFXZELSC](?:\s|$)|-(?:delete|replace|flush|zero|rename)\b)/;

export const isRuleLine = (line: string): boolean => ASKS.test(line) || CHANGES.test(line);

/**
 * Reads a line of `iptables -S`, iptables-save or restore input into the open block. Throws a ParseError for a line that
 * iptables-restore would refuse.
 */
export function readRuleLine(state: State, first: string): void {
  const { at, problems } = state;
  const line = wholeLine(state, first);
  if (state.at === at) return readWholeLine(state, line);
  const said = problems.length;
  const place = unfolder(line, at + 1);
  try {
    readWholeLine(state, line);
  } catch (error) {
    throw error instanceof ParseError ? new ParseError(error.diagnostics.map(place)) : error;
  } finally {
    for (let index = said; index < problems.length; index++) problems[index] = place(problems[index]!);
  }
}

/** Puts problems whose column counts over line breaks at the line and column that they mean. */
function unfolder(whole: string, first: number): (problem: Problem) => Problem {
  const breaks: number[] = [];
  for (let at = whole.indexOf("\n"); at >= 0; at = whole.indexOf("\n", at + 1)) breaks.push(at + 1);
  return (problem) => {
    const above = countBelow(breaks, problem.column);
    return { ...problem, line: first + above, column: problem.column - (breaks[above - 1] ?? 0) };
  };
}

function readWholeLine(state: State, line: string): void {
  if (CHANGES.test(line)) {
    say(state, "warning", "left-out-command", "expected -A, -I, -N or -P, which make rules; this line is left out");
    return;
  }
  const prefix = COUNTERS.exec(line);
  const counters = prefix ? readCounters(prefix[1]!, prefix[2]!) : undefined;
  const words = splitRestoreLine(line, prefix?.[0].length ?? 0);
  const { reading } = readersOf(state, ruleBlock(state).family);
  const command = readCommand({ words, number: state.at + 1, text: line }, 0, reading);
  const declares = command.verb === "new" || command.verb === "policy";
  applyCommand(state, command, counters ?? command.counters, () =>
    declares && state.block?.form !== "save" ? blockForChain(state, "rules", command.chain) : ruleBlock(state),
  );
}

/** Longest comment, in lines, that is looked for behind an open quote. */
const QUOTED_LINES = 100;

/**
 * The line, with those behind it that belong to a quote which it opens: iptables-save writes a line break in a comment as
 * it is, though iptables-restore does not take it back.
 */
function wholeLine(state: State, first: string): string {
  const open = openQuote(first);
  if (open < 0) return first;
  let line = first;
  for (let ahead = 1; ahead <= QUOTED_LINES && state.at + ahead < state.lines.count; ahead++) {
    const next = state.lines.at(state.at + ahead);
    line += `\n${next}`;
    const close = closingQuote(next, 0);
    if (close < 0 || openQuote(next.slice(close + 1)) >= 0) continue;
    say(state, "info", "line-break", "a quoted text goes on in the next line", open + 1);
    state.at += ahead;
    return line;
  }
  return raise({ line: state.at + 1, column: open + 1 }, "open-quote", 'expected a closing ", got the end of the line');
}

/**
 * Reads `-A …` or `[12:840] -A …` as iptables prints it, right from the text; false, and nothing done, if the line is
 * anything else or needs the full reader.
 */
export function readPlainLine(state: State): boolean {
  const { lines, at } = state;
  const { text } = lines;
  const end = lines.end(at);
  let from = lines.start(at);
  let counters: Counters | undefined;
  if (text.charCodeAt(from) === BRACKET) {
    const close = text.indexOf("] -A ", from);
    const colon = text.indexOf(":", from);
    if (close < 0 || close > end || colon < 0 || colon > close) return false;
    counters = readCounters(text.slice(from + 1, colon), text.slice(colon + 1, close));
    if (counters === undefined) return false;
    from = close + 2;
  }
  if (!text.startsWith("-A ", from)) return false;
  const start = from + 3;
  const blank = text.indexOf(" ", start);
  const nameEnd = blank < 0 || blank > end ? end : blank;
  if (nameEnd === start || text.charCodeAt(start) === QUOTE) return false;
  const block = ruleBlock(state);
  const rule = readersOf(state, block.family).plain.read(text, nameEnd + 1, end, counters);
  if (rule === undefined) return false;
  const last = state.chain;
  const same = last !== undefined && last.name.length === nameEnd - start && text.startsWith(last.name, start);
  const chain = same ? last : chainDraft(block.chains, text.slice(start, nameEnd), at + 1);
  state.chain = chain;
  putRule(state, chain, rule);
  return true;
}

const BRACKET = 91;
const QUOTE = 34;

/** Rules may go on in what `*table` or `-P` started; behind a listing or commands they are another block. */
function ruleBlock(state: State): Block {
  const { block } = state;
  return block && (block.form === "save" || block.form === "rules") ? block : openBlock(state, "rules");
}

/** Does what a command says to the block that `blockOf` names once the command is known to be sound. */
export function applyCommand(
  state: State,
  command: Command,
  counters: Counters | undefined,
  blockOf: () => Block,
): void {
  const { place, chain: name } = command;
  switch (command.verb) {
    case "append":
    case "insert": {
      const block = blockOf();
      const chain = chainDraft(block.chains, name, state.at + 1);
      const position = command.verb === "append" ? undefined : (command.position ?? 1) - 1;
      const count = ruleCount(state, chain);
      if (position !== undefined && position > count)
        raise(place, "bad-value", `-I ${name}: expected a rule number up to ${count + 1}, got ${position + 1}`);
      for (const rule of command.rules)
        putRule(state, chain, counters && !rule.counters ? { ...rule, counters } : rule, position);
      return;
    }
    case "new": {
      checkName(name, place);
      const block = blockOf();
      if (block.chains.get(name)?.policy !== undefined)
        raise(place, "chain-exists", `-N ${name}: the chain exists already`);
      declare(state, block, name, null);
      return;
    }
    case "policy": {
      const { policy } = command;
      if (policy !== "ACCEPT" && policy !== "DROP")
        return raise(place, "bad-value", `-P ${name}: expected ACCEPT or DROP, got "${policy}"`);
      if (policy === "DROP" && state.block?.form === "save" && state.block.table === "nat")
        raise(place, "bad-verdict", `-P ${name} DROP: ${NO_FILTERING}; ":${name} DROP" sets it`);
      const chain = declare(state, blockOf(), name, policy);
      if (counters) chain.counters = counters;
      return;
    }
    default:
      raise(place, "bad-value", "expected a command that makes rules (-A, -I, -N, -P), got none");
  }
}

/** The comment that `toSave` puts in front of a rule with hidden conditions. */
export function readHiddenMark(line: string, mark: string): readonly HiddenField[] | undefined {
  if (!line.startsWith(mark)) return undefined;
  const fields = line
    .slice(mark.length)
    .split(" ")
    .filter((word): word is HiddenField => word === "in" || word === "out");
  return fields.length > 0 ? fields : undefined;
}
