import { ParseError, type Problem } from "../../text/problem.ts";
import { readable } from "../../text/readable.ts";
import { HIDDEN_MARK } from "../save/write.ts";
import type { Block } from "./block.ts";
import { findCalls } from "./call.ts";
import { readCall } from "./command-lines.ts";
import { linesOf } from "./lines.ts";
import { isPlainRow, readColumnLine, readHeaderLine, readRowLine } from "./listing-lines.ts";
import { settleFronts } from "./put-rule.ts";
import { isRuleLine, readHiddenMark, readPlainLine, readRuleLine } from "./rule-lines.ts";
import { closeBlock, type Given, newState, type State, say } from "./state.ts";
import { readChainLine, readTableLine } from "./table-lines.ts";

/** What a text holds: its tables in order, and what was said on the way. */
export interface ReadText {
  readonly blocks: readonly Block[];
  readonly problems: readonly Problem[];
  /** Whether there is anything but blank lines and comments. */
  readonly empty: boolean;
}

const ENOUGH_ERRORS = 100;
const FENCE = /^\s*(?:```+|~~~+)\s*(\S*)/;

/** Reads all blocks of a text, line by line; errors are among the problems. */
export function readText(text: string, given: Given): ReadText {
  const lines = linesOf(text);
  const state = newState(lines, given);
  // In a page, dumps stand between fences; all the rest is prose.
  const page = text.includes("```") || text.includes("~~~");
  let fenced = false;
  let empty = true;
  for (; state.at < lines.count && state.errors < ENOUGH_ERRORS; state.at++) {
    if (!page && readPlainLine(state)) {
      if (state.ignoredFrom !== undefined) flushIgnored(state, state.at);
      continue;
    }
    const line = lines.at(state.at);
    const fence = page ? FENCE.exec(line) : null;
    if (fence) {
      fenced = fence[1] !== "" || !fenced;
      closeBlock(state);
      state.told = {};
      continue;
    }
    if (page && !fenced) continue;
    try {
      if (!readLine(state, line)) {
        empty = false;
        state.ignoredFrom ??= state.at;
        continue;
      }
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      state.problems.push(...error.diagnostics);
      state.errors++;
    }
    endIgnored(state, line);
  }
  settleFronts(state);
  if (state.block?.form === "save") {
    state.at = lines.count - 1;
    say(state, "warning", "no-commit", "the last table does not end with COMMIT: the text may be cut off");
  }
  state.ignoredFrom !== undefined && flushIgnored(state, lines.count);
  return { blocks: state.blocks, problems: state.problems, empty };
}

function endIgnored(state: State, line: string): void {
  if (state.ignoredFrom === undefined || line.trim() === "") return;
  flushIgnored(state, state.at);
}

/** One remark for each run of lines that are no part of a dump. */
function flushIgnored(state: State, to: number): void {
  const from = state.ignoredFrom!;
  state.ignoredFrom = undefined;
  const message = to - from > 1 ? `lines ${from + 1} to ${to} are no part of a dump` : "the line is no part of a dump";
  state.problems.push({ severity: "info", code: "ignored-text", message, line: from + 1, column: 1 });
}

/** Takes one line; false if it is no part of a dump. Throws a ParseError if it is a wrong one. */
function readLine(state: State, line: string): boolean {
  const first = line.charCodeAt(0);
  // The order is that of frequency in large dumps: "-A …", "[12:840] -A …".
  if ((first === 45 || first === 91) && isRuleLine(line)) {
    readRuleLine(state, line);
    return true;
  }
  if (state.block?.form === "save") return readSaveLine(state, line);
  if (isPlainRow(state, line) && readRowLine(state, line)) return true;
  if (line.trim() === "") return true;
  if (first === 42 && readTableLine(state, line)) return true;
  if (/^\s*#/.test(line) && !(state.columns && looksLikeRow(line))) return readComment(state, line);
  if (readHeaderLine(state, line) || readColumnLine(state, line)) return true;
  const calls = findCalls(line);
  if (calls.length > 0) {
    for (const call of calls) readCall(state, call);
    return true;
  }
  if (/^[ \t]/.test(line) && isRuleLine(line)) {
    readRuleLine(state, line);
    return true;
  }
  if (readRowLine(state, line)) return true;
  if (/^\s*ip6?tables\S* v\d\S* \(nf_tables\)/.test(line)) {
    setNft(state);
    return true;
  }
  if (isBrokenRow(state)) {
    say(
      state,
      "error",
      "bad-row",
      `expected a rule as the columns above name them, got "${readable(line.trim(), 80)}"`,
    );
    state.errors++;
    return true;
  }
  state.chain = undefined;
  state.columns = undefined;
  return false;
}

/** Between `*table` and COMMIT there is nothing that iptables-restore does not understand. */
function readSaveLine(state: State, line: string): boolean {
  if (line.startsWith(":")) {
    readChainLine(state, line);
    return true;
  }
  if (line.trim() === "") return true;
  if (/^\s*#/.test(line)) return readComment(state, line);
  if (/^COMMIT\s*$/.test(line)) closeBlock(state);
  else if (readTableLine(state, line)) return true;
  else if (isRuleLine(line)) readRuleLine(state, line);
  else {
    const message = `expected a chain, a rule or COMMIT, got "${readable(line.trim(), 80)}"`;
    say(state, "error", "bad-line", message, line.search(/\S/) + 1, line.trim().length);
    state.errors++;
  }
  return true;
}

/** A chain may be called `#x`, and then a row of `iptables -L` starts with it (formats.md, 1.1). */
const looksLikeRow = (line: string): boolean => /^#\S+\s+!?\S+\s+(?:--|-f|!f)\s/.test(line);

/** A line that is no row but stands directly below one, so it was meant to be one. */
function isBrokenRow(state: State): boolean {
  if (state.columns === undefined) return false;
  const above = state.lines.at(state.at - 1);
  return above.trim() !== "" && !/^\s*#/.test(above);
}

function setNft(state: State): void {
  state.told = { ...state.told, flavour: "nft" };
  if (state.block) state.block.flavour = "nft";
}

/** Comments are left out, but some tell what follows. */
function readComment(state: State, line: string): boolean {
  const hidden = readHiddenMark(line, HIDDEN_MARK);
  if (hidden) {
    state.hidden = hidden;
    return true;
  }
  const generated = /^# Generated by (\S+) v\S+( \(nf_tables\))?/.exec(line);
  if (generated) {
    const tool = generated[1]!;
    closeBlock(state);
    const flavour = generated[2] || tool.includes("-nft") ? "nft" : tool.includes("-legacy") ? "legacy" : undefined;
    state.told = { family: tool.startsWith("ip6") ? "ipv6" : "ipv4", flavour };
  } else if (/^# Warning: ip6?tables-legacy tables present/.test(line)) {
    setNft(state);
    say(state, "warning", "other-flavour", "there are legacy tables too, which this dump does not show");
  } else if (/^# Table `[^']*' (?:is incompatible|contains incompatible)/.test(line))
    say(state, "warning", "incompatible-table", `nftables rules that iptables cannot show: ${line.slice(2)}`);
  else for (const call of findCalls(line)) readCall(state, { ...call, commented: true });
  return true;
}
