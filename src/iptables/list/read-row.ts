import { readNumber } from "../../text/number.ts";
import type {
  AddressCondition,
  DeviceCondition,
  HiddenField,
  ProtocolCondition,
  Rule,
  RuleTarget,
} from "../ruleset/ruleset.ts";
import { isShippedTarget, isVerdict } from "../ruleset/target-names.ts";
import { targetsListedAs } from "../targets/table.ts";
import { type ReadAddressCell, readAddressCell } from "./address.ts";
import { type Cell, type RowCells, splitRow } from "./cells.ts";
import type { Columns } from "./columns.ts";
import type { RowContext } from "./context.ts";
import { listCounters } from "./counters.ts";
import { onceRead } from "./known-texts.ts";
import { type RowText, readRowText } from "./row-text.ts";

/**
 * Reads one row of a listing; undefined if it is none, or if a cell is wrong, which then is said as an error.
 *
 * Every variant of `-L` is understood, of all releases and both flavours: names or numbers, IPv6 with and without its
 * `opt` column, padded, trimmed or re-aligned. Without `-v` the rule's interfaces are hidden, not absent.
 */
export function readRow(line: string, columns: Columns, context: RowContext): Rule | undefined {
  const cells = splitRow(line, columns, context.names);
  if (cells === undefined) return undefined;
  const { packets, bytes } = cells;
  const counters = packets && bytes && listCounters(packets.text, bytes.text);
  if (columns.verbose && !columns.uncounted && counters === undefined) return undefined;
  const protocol = readProtocolCell(cells.protocol, context);
  const source = readAddress(cells.source, context);
  const destination = readAddress(cells.destination, context);
  if (protocol === "wrong" || source === "wrong" || destination === "wrong") return undefined;
  warnOfAnywhere(cells, context);

  const target = readTarget(cells, context);
  const behind = readBehind(target, protocol, context);
  const fragment = cells.fragment?.text;
  const into = cells.in && readDevice(cells.in.text, context);
  const out = cells.out && readDevice(cells.out.text, context);
  // Key by key, since spreads took a third of the time of a row.
  const rule = {} as { -readonly [K in keyof Rule]: Rule[K] };
  if (source) rule.source = source;
  if (destination) rule.destination = destination;
  if (into) rule.in = into;
  if (out) rule.out = out;
  if (protocol) rule.protocol = protocol;
  if (fragment !== undefined && fragment !== "--") rule.fragment = fragment === "-f";
  rule.matches = behind.matches;
  rule.target = behind.target ?? target.known;
  if (counters) rule.counters = counters;
  if (!columns.verbose) rule.hidden = HIDDEN;
  return rule;
}

const HIDDEN: readonly HiddenField[] = Object.freeze(["in", "out"] as const);

/** A name that 1.8.8 and older, or a listing without `-n`, shows; or the number of 1.8.9. */
function readProtocolCell({ text, at }: Cell, context: RowContext): ProtocolCondition | undefined | "wrong" {
  const known = context.known?.protocols.get(text);
  if (known !== undefined) return known;
  const negated = text.startsWith("!");
  const name = negated ? text.slice(1) : text;
  const number = readNumber(name, 255) ?? context.names.protocol(name);
  if (number === 0 && !negated) return undefined;
  if (number) {
    const condition = { number, negated };
    context.known?.protocols.set(text, condition);
    return condition;
  }
  const message = `prot: expected a protocol name or a number from 0 to 255, got "${text}"`;
  context.problem("bad-protocol", "error", message, at + 1, text.length);
  return "wrong";
}

function readAddress({ text, at }: Cell, context: RowContext): AddressCondition | undefined | "wrong" {
  const { condition, problem } = addressCell(text, context);
  if (problem) context.problem(problem.code, problem.severity, problem.message, at + 1, text.length);
  return problem?.severity === "error" ? "wrong" : condition;
}

function addressCell(text: string, { family, names, known }: RowContext): ReadAddressCell {
  const found = known?.addresses.get(text);
  if (found !== undefined) return found;
  const read = readAddressCell(text, family, names);
  known?.addresses.set(text, read);
  return read;
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
function readDevice(text: string, { known }: RowContext): DeviceCondition | undefined {
  if (text === "any" || text === "*") return undefined;
  const found = known?.devices.get(text);
  if (found !== undefined) return found;
  const negated = text.startsWith("!");
  const condition = { pattern: negated ? text.slice(1) : text, negated };
  known?.devices.set(text, condition);
  return condition;
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

/** What stands behind the destination. Its meaning depends on the target's name and on the protocol, as port names do. */
function readBehind(
  { text, extension }: TargetColumn,
  protocol: ProtocolCondition | undefined,
  context: RowContext,
): RowText {
  const { known } = context;
  if (known === undefined) return readRowText(text, extension, protocol, context);
  const key = `${extension ?? ""} ${protocol?.negated ? "!" : ""}${protocol?.number ?? ""}`;
  return onceRead(known.rowTexts, key, text.text, (say) =>
    readRowText(text, extension, protocol, {
      ...context,
      problem(...said) {
        say();
        context.problem(...said);
      },
    }),
  );
}
