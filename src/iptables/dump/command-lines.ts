import { ParseError } from "../../text/problem.ts";
import { NO_FILTERING } from "../ruleset/check.ts";
import type { TableName } from "../ruleset/ruleset.ts";
import type { Command } from "../save/command.ts";
import { readCommand } from "../save/read-rule.ts";
import { type Block, newBlock } from "./block.ts";
import type { Call } from "./call.ts";
import { applyCommand } from "./rule-lines.ts";
import { closeBlock, readersOf, type State, say, tableNamed } from "./state.ts";

/**
 * Takes a command: one that lists names table, family and flavour of what follows, one that makes rules is done to a
 * block of commands, anything else is left out with a diagnostic.
 */
export function readCall(state: State, call: Call): void {
  const { family, flavour } = call;
  if (call.tool !== "iptables") {
    if (call.commented && call.words.some((word) => !word.text.startsWith("-") && !/^[\w./]+$/.test(word.text))) return;
    closeBlock(state);
    state.told = { family, flavour };
    return;
  }
  let command: Command;
  const before = state.problems.length;
  try {
    const { reading } = readersOf(state, family);
    command = readCommand({ words: call.words, number: state.at + 1, text: null }, 0, reading);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    // A sentence in a comment may start with the tool's name.
    if (call.commented) return;
    for (const { column, length, message } of error.diagnostics)
      say(state, "warning", "refused-command", `the command is left out: ${message}`, column, length);
    return;
  }
  const table = command.table === undefined ? "filter" : tableNamed(state, command.table);
  if (command.verb === "list" || command.verb === "rules") {
    closeBlock(state);
    state.told = { family, flavour, ...(table && { table }) };
    return;
  }
  if (call.commented) {
    state.problems.length = before;
    say(state, "info", "commented-command", "a command in a comment is left out");
    return;
  }
  if (table === undefined) return;
  if (table === "nat" && command.verb === "policy" && command.policy === "DROP") {
    const { column, length } = command.place;
    const message = `the command is left out: -P ${command.chain} DROP: ${NO_FILTERING}`;
    say(state, "warning", "refused-command", message, column, length);
    return;
  }
  try {
    applyCommand(state, command, command.counters, () => commandBlock(state, call, table));
    const { line, ...place } = command.place;
    say(state, "info", "command", `a command, done to table ${table}`, place.column, place.length);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    for (const { column, length, message } of error.diagnostics)
      say(state, "warning", "refused-command", `the command is left out: ${message}`, column, length);
  }
}

/** The block of commands for a table: commands to several tables may alternate. */
function commandBlock(state: State, { family, flavour }: Call, table: TableName): Block {
  let found: Block | undefined;
  for (let at = state.blocks.length - 1; at >= 0 && state.blocks[at]!.form === "commands"; at--) {
    const block = state.blocks[at]!;
    if (block.table === table && block.family === family) found = block;
  }
  if (found === undefined) {
    found = newBlock("commands", state.at + 1, { family, flavour, table });
    state.blocks.push(found);
  }
  closeBlock(state);
  state.block = found;
  return found;
}
