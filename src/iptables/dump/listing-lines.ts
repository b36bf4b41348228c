import type { Problem } from "../../text/problem.ts";
import { namesColumns, readChainHeader, readColumns, readRow } from "../list/read.ts";
import { blockForChain, declare, readersOf, type State, say } from "./state.ts";

/** Reads `Chain NAME (…)` and opens the chain; false if the line is not that. */
export function readHeaderLine(state: State, line: string): boolean {
  const header = readChainHeader(line);
  if (header === undefined) return false;
  const block = blockForChain(state, "list", header.name);
  const chain = declare(state, block, header.name, header.policy);
  if (header.counters) {
    chain.counters = header.counters;
    if (header.counters.rounded) sayRounded(state, line, `${header.name}: the`);
  }
  state.chain = chain;
  state.columns = undefined;
  return true;
}

/** Says which counter of a line is rounded: the first that has a suffix, as `28K`. */
function sayRounded(state: State, line: string, whose: string): void {
  const counter = /(?<!\S)\d+[KMGT](?!\S)/.exec(line);
  state.problems.push({
    severity: "info",
    code: "rounded-counter",
    message: `${whose} counters are rounded (iptables -x shows them exactly)`,
    line: state.at + 1,
    column: (counter?.index ?? 0) + 1,
    length: counter?.[0].length ?? 1,
  });
}

/** Whether a line is a row of column names; if a chain is open, its rows follow. */
export function readColumnLine(state: State, line: string): boolean {
  const columns = readColumns(line);
  if (columns === undefined) {
    // Without its columns the rows of a chain cannot be told apart: leaving them out would be a wrong answer.
    if (state.chain === undefined || state.block?.form !== "list" || !namesColumns(line)) return false;
    const expected = "target prot opt [in out] source destination, with num and pkts bytes in front or not";
    say(state, "error", "bad-columns", `columns: expected ${expected}, got "${line.trim()}"`, 1, line.length);
    return true;
  }
  if (state.chain !== undefined && state.block?.form === "list") state.columns = columns;
  return true;
}

/** Lines that something else than a row may be, though they can be cut into columns. */
const OTHER = /^\s*(?:[^\s\w]|Chain )/;

/** Whether a line can be nothing but a row, so that nothing else has to be asked about it. */
export const isPlainRow = (state: State, line: string): boolean =>
  state.columns !== undefined && !OTHER.test(line) && !line.includes("tables");

/** Reads a row of the open chain; false if the line is none. */
export function readRowLine(state: State, line: string): boolean {
  const { block, chain, columns } = state;
  if (block?.form !== "list" || chain === undefined || columns === undefined) return false;
  const problems: Problem[] = [];
  const rule = readRow(line, columns, {
    family: block.family,
    names: state.given.names,
    // A chain that the block has shown so far.
    chains: { has: (name) => block.chains.get(name)?.policy === null },
    known: readersOf(state, block.family).known,
    problem(code, severity, message, column, length) {
      problems.push({ severity, code, message, line: state.at + 1, column, length });
    },
  });
  if (rule === undefined) {
    // A row that is wrong stands among others; a sentence stands behind an empty line.
    if (problems.some((problem) => problem.severity === "error")) for (const one of problems) state.problems.push(one);
    return problems.length > 0;
  }
  // One by one: there may be more than a call takes arguments.
  for (const one of problems) state.problems.push(one);
  if (rule.counters?.rounded) sayRounded(state, line, "the rule's");
  chain.rules.push(rule);
  chain.lines.push(state.at + 1);
  if (rule.hidden && rule.hidden.length > 0) block.hidden++;
  return true;
}
