import { readChainHeader, readColumns, readRow } from "../list/read.ts";
import type { Problem } from "../text/problem.ts";
import { blockForChain, declare, type State, say } from "./state.ts";

/** Reads `Chain NAME (…)` and opens the chain; false if the line is not that. */
export function readHeaderLine(state: State, line: string): boolean {
  const header = readChainHeader(line);
  if (header === undefined) return false;
  const block = blockForChain(state, "list", header.name);
  const chain = declare(state, block, header.name, header.policy);
  if (header.counters) {
    chain.counters = header.counters;
    if (header.counters.rounded)
      say(
        state,
        "info",
        "rounded-counter",
        `${header.name}: the counters are rounded (iptables -x shows them exactly)`,
      );
  }
  state.chain = chain;
  state.columns = undefined;
  return true;
}

/** Whether a line is a row of column names; if a chain is open, its rows follow. */
export function readColumnLine(state: State, line: string): boolean {
  const columns = readColumns(line);
  if (columns === undefined) return false;
  if (state.chain !== undefined && state.block?.form === "list") state.columns = columns;
  return true;
}

/** Reads a row of the open chain; false if the line is none. */
export function readRowLine(state: State, line: string): boolean {
  const { block, chain, columns } = state;
  if (block?.form !== "list" || chain === undefined || columns === undefined) return false;
  const problems: Problem[] = [];
  const rule = readRow(line, columns, {
    family: block.family,
    names: state.given.names,
    chains: userChains(state),
    problem(code, severity, message, column, length) {
      problems.push({ severity, code, message, line: state.at + 1, column, length });
    },
  });
  if (rule === undefined) {
    // A row that is wrong stands among others; a sentence stands behind an empty line.
    if (problems.some((problem) => problem.severity === "error")) state.problems.push(...problems);
    return problems.length > 0;
  }
  state.problems.push(...problems);
  if (rule.counters?.rounded)
    say(state, "info", "rounded-counter", "the rule's counters are rounded (iptables -x shows them exactly)");
  chain.rules.push(rule);
  chain.lines.push(state.at + 1);
  if (rule.hidden && rule.hidden.length > 0) block.hidden++;
  return true;
}

const known = new WeakMap<object, { size: number; names: Set<string> }>();

/** User chains that the block has shown so far; rebuilt only when there are more. */
function userChains(state: State): ReadonlySet<string> {
  const { chains } = state.block!;
  const cached = known.get(chains);
  if (cached && cached.size === chains.size) return cached.names;
  const names = new Set([...chains.values()].flatMap((chain) => (chain.policy === null ? [chain.name] : [])));
  known.set(chains, { size: chains.size, names });
  return names;
}
