import { readNumber } from "../extension/value.ts";
import type { AddressCondition, DeviceCondition, ProtocolCondition, Rule, RuleTarget } from "../ruleset/ruleset.ts";
import { isShippedTarget, isVerdict } from "../ruleset/target-names.ts";
import { targetsListedAs } from "../targets/table.ts";
import { readAddressCell } from "./address.ts";
import { type Cell, type RowCells, splitRow } from "./cells.ts";
import type { Columns } from "./columns.ts";
import type { RowContext } from "./context.ts";
import { listCounters } from "./counters.ts";
import { readRowText } from "./row-text.ts";

/**
 * Reads one row of a listing; undefined if it is none, or if a cell is wrong, which then is said as an error.
 *
 * Every variant of `-L` is understood, of all releases and both flavours: names or numbers, IPv6 with and without its
 * `opt` column, padded, trimmed or re-aligned. Without `-v` the rule's interfaces are hidden, not absent.
 */
export function readRow(line: string, columns: Columns, context: RowContext): Rule | undefined {
  const cells = splitRow(line, columns, context.names);
  if (cells === undefined) return undefined;
  const counters = cells.counters && listCounters(cells.counters.packets.text, cells.counters.bytes.text);
  if (columns.verbose && counters === undefined) return undefined;
  const protocol = readProtocolCell(cells.protocol, context);
  const source = readAddress(cells.source, context);
  const destination = readAddress(cells.destination, context);
  if (protocol === "wrong" || source === "wrong" || destination === "wrong") return undefined;
  warnOfAnywhere(cells, context);

  const target = readTarget(cells, context);
  const behind = readRowText(target.text, target.extension, protocol, context);
  const fragment = cells.fragment?.text;
  return {
    ...(source && { source }),
    ...(destination && { destination }),
    ...deviceCondition("in", cells.in),
    ...deviceCondition("out", cells.out),
    ...(protocol && { protocol }),
    ...(fragment !== undefined && fragment !== "--" && { fragment: fragment === "-f" }),
    matches: behind.matches,
    target: behind.target ?? target.known,
    ...(counters && { counters }),
    ...(!columns.verbose && { hidden: ["in", "out"] }),
  };
}

/** A name that 1.8.8 and older, or a listing without `-n`, shows; or the number of 1.8.9. */
function readProtocolCell({ text, at }: Cell, context: RowContext): ProtocolCondition | undefined | "wrong" {
  const negated = text.startsWith("!");
  const name = negated ? text.slice(1) : text;
  const number = readNumber(name, 255) ?? context.names.protocol(name);
  if (number !== undefined && !(number === 0 && negated)) return number === 0 ? undefined : { number, negated };
  const message = `prot: expected a protocol name or a number from 0 to 255, got "${text}"`;
  context.problem("bad-protocol", "error", message, at + 1, text.length);
  return "wrong";
}

function readAddress({ text, at }: Cell, context: RowContext): AddressCondition | undefined | "wrong" {
  const { condition, problem } = readAddressCell(text, context.family, context.names);
  if (problem) context.problem(problem.code, problem.severity, problem.message, at + 1, text.length);
  return problem?.severity === "error" ? "wrong" : condition;
}

/** ip6tables without `-n` prints `anywhere` for every network that starts at `::`, also `::/96` and `::/128`. */
function warnOfAnywhere({ source, destination }: RowCells, context: RowContext): void {
  const shown = [source, destination].find(({ text }) => /^!?anywhere$/.test(text));
  if (context.family !== "ipv6" || shown === undefined) return;
  const message =
    '"anywhere" is read as ::/0; without -n, ip6tables also prints it for ::/128 and every other ::/LENGTH';
  context.problem("ambiguous-anywhere", "warning", message, shown.at + 1, shown.text.length);
}

/** `any` and `*` are no condition; `!+`, which never matches, is one that `-S` of 1.8.9 loses. */
function deviceCondition(
  field: "in" | "out",
  cell: Cell | undefined,
): { readonly [F in typeof field]?: DeviceCondition } {
  if (cell === undefined || cell.text === "any" || cell.text === "*") return {};
  const negated = cell.text.startsWith("!");
  return { [field]: { pattern: negated ? cell.text.slice(1) : cell.text, negated } };
}

/** What the target column says, and the text behind `[goto]`. */
interface TargetColumn {
  /** The target, where its text says no more. */
  readonly known: RuleTarget | null;
  /** The extension whose text follows the matches. */
  readonly extension?: string;
  readonly text: Cell;
}

function readTarget({ target, text }: RowCells, { chains }: RowContext): TargetColumn {
  if (target === undefined) return { known: null, text };
  const name = target.text;
  const goto = /^ *\[goto\](?: |$)/.exec(text.text)?.[0].length ?? 0;
  if (goto > 0)
    return { known: { kind: "goto", chain: name }, text: { text: text.text.slice(goto), at: text.at + goto } };
  if (isVerdict(name)) return { known: { kind: name }, text };
  const isExtension = targetsListedAs(name).length > 0 || isShippedTarget(name);
  if (isExtension && !chains?.has(name)) return { known: null, extension: name, text };
  return { known: { kind: "jump", chain: name }, text };
}
