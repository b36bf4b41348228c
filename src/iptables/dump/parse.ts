import type { Family } from "../../net/address.ts";
import { NAMES, type Names, nameTable } from "../../net/names.ts";
import { ParseError, type Problem } from "../../text/problem.ts";
import { anything, oneOrMore, type Shape, shapeOf, unfit, text as words } from "../../text/shape.ts";
import { countBelow } from "../../text/sorted.ts";
import { isTableName, type Ruleset, TABLES, type TableName } from "../ruleset/ruleset.ts";
import { assume } from "./assume.ts";
import type { Block } from "./block.ts";
import { type Dump, finishDump } from "./finish.ts";
import { fits, inferTable } from "./infer-table.ts";
import { compatible, mergeInto, sameFlavour } from "./merge.ts";
import { type ReadText, readText } from "./read-text.ts";

/** What the caller knows and the text may not say. */
export interface ParseOptions {
  /** Read as this family where the text does not tell; where it holds both, this one is meant. */
  readonly family?: Family;
  /** The table of listings that do not name theirs. */
  readonly table?: TableName;
  /** What names of users, groups, hosts and services mean where the dump was made. */
  readonly names?: Names;
  /** Fills hidden fields: see {@link assume}. */
  readonly assume?: string | readonly string[];
}

/** A ruleset and what there is to say about its text, in the order of the text. */
export interface Parsed {
  readonly ruleset: Ruleset;
  readonly diagnostics: readonly Problem[];
}

/**
 * Reads any dump: `iptables -S`, iptables-save, iptables-restore input, `iptables -L` in all its forms, and the same
 * pasted into Markdown, mail or a shell session. Throws {@link ParseError} for text that is wrong.
 *
 * Of several dumps that are not of one host the first is returned, with a warning; see {@link parseAll}.
 */
export function parse(text: string, options: ParseOptions = {}): Parsed {
  const all = readAll(text, options);
  const { family } = options;
  const first = all.find((one) => one.ruleset.family === (family ?? one.ruleset.family)) ?? all[0]!;
  const said: Problem[] = [];
  const say = (code: string, message: string): void => {
    said.push({ severity: "warning", code, message, line: first.diagnostics[0]?.line ?? 1, column: 1 });
  };
  if (all.length > 1)
    say(
      "several-dumps",
      `the text holds ${all.length} dumps that are not the same rules; this is number ${all.indexOf(first) + 1} (parseAll gives each)`,
    );
  if (family !== undefined && first.ruleset.family !== family)
    say("other-family", `the text holds no ${family} rules: these are ${first.ruleset.family}`);
  return withAssumptions({ ...first, diagnostics: [...said, ...first.diagnostics] }, options);
}

/**
 * Reads every dump of a text: one result for each, in order. Tables of one host and family are one result.
 *
 * An assumption that fits none of several dumps is refused; one that fits some leaves the others as they are.
 */
export function parseAll(text: string, options: ParseOptions = {}): readonly Parsed[] {
  const all = readAll(text, options);
  let refused: ParseError | undefined;
  let fits = false;
  const assumed = all.map((one) => {
    try {
      const filled = withAssumptions(one, options);
      fits = true;
      return filled;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      refused ??= error;
      return { ...one, diagnostics: [...one.diagnostics, unassumed(error, one)] };
    }
  });
  if (refused !== undefined && !fits) throw refused;
  return assumed;
}

/** What is said of a dump that the assumptions do not fit, where they fit another one of the text. */
const unassumed = ({ diagnostics }: ParseError, { diagnostics: said }: Parsed): Problem => ({
  severity: "warning",
  code: "unfit-assumption",
  message: `nothing is assumed of this dump: ${diagnostics[0]!.message}`,
  line: said[0]?.line ?? 1,
  column: 1,
});

function withAssumptions({ ruleset, diagnostics }: Parsed, { assume: given = [] }: ParseOptions): Parsed {
  const assumed = assume(ruleset, typeof given === "string" ? [given] : given);
  return { ruleset: assumed.ruleset, diagnostics: [...diagnostics, ...assumed.diagnostics] };
}

/** What {@link ParseOptions} may hold; the values of the closed lists are looked at by {@link readAll}. */
const OPTIONS: Shape = shapeOf<ParseOptions>({
  family: anything,
  table: anything,
  names: NAMES,
  assume: oneOrMore(words('an assumption such as "istio"')),
});

const textHint = (given: unknown): string | undefined =>
  given instanceof Uint8Array
    ? 'decode it first: new TextDecoder().decode(bytes), or readFile(path, "utf8")'
    : undefined;

function readAll(text: string, options: ParseOptions): readonly Parsed[] {
  if (typeof text !== "string") unfit("parse", "a text", text, textHint(text));
  OPTIONS(options, "options");
  const { family, table } = options;
  if (family !== undefined && family !== "ipv4" && family !== "ipv6")
    throw new RangeError(`family: expected "ipv4" or "ipv6", got ${JSON.stringify(family)}`);
  if (table !== undefined && !isTableName(table))
    throw new RangeError(`table: expected one of ${TABLES.join(", ")}, got ${JSON.stringify(table)}`);
  const read = readText(text, { family, table, names: nameTable(options.names) });
  const problems = [...read.problems];
  const dumps = dumpsOf(read.blocks, table, problems);
  const isError = (problem: Problem): boolean => problem.severity === "error";
  if (dumps.length === 0 && !problems.some(isError)) refuseEmpty(read, problems);
  if (problems.some(isError)) throw new ParseError(problems);
  if (dumps.length === 0)
    return [{ ruleset: { family: family ?? "ipv4", flavour: "legacy", tables: [] }, diagnostics: problems }];
  const said = problemsOf(dumps, problems);
  return dumps.map((dump, at) => {
    const mine = said[at]!;
    const ruleset = finishDump(dump, mine);
    return { ruleset, diagnostics: mine.sort((a, b) => a.line - b.line || a.column - b.column) };
  });
}

/** Puts each block where it belongs: blocks of one family whose rules do not contradict one another are one dump. */
function dumpsOf(blocks: readonly Block[], given: TableName | undefined, problems: Problem[]): readonly Dump[] {
  const dumps: Dump[] = [];
  for (const block of blocks) {
    const last = dumps.findLast((dump) => dump.blocks[0]!.family === block.family);
    if (block.table === undefined || !fits(block, block.table)) nameTableOf(block, given, last?.blocks ?? [], problems);
    if (block.table === undefined) continue;
    const same = last?.blocks.find((one) => one.table === block.table);
    if (last === undefined || !last.blocks.every((one) => sameFlavour(one, block))) dumps.push({ blocks: [block] });
    else if (same === undefined) last.blocks.push(block);
    else if (compatible(same, block)) mergeInto(same, block);
    else dumps.push({ blocks: [block] });
  }
  return dumps;
}

function nameTableOf(block: Block, given: TableName | undefined, around: readonly Block[], problems: Problem[]): void {
  const place = { line: block.line, column: 1 };
  if (block.table !== undefined && block.form !== "list") return;
  if (given !== undefined && fits(block, given)) {
    block.table = given;
    return;
  }
  const inferred = inferTable(block, around);
  if (inferred) {
    block.table = inferred.table;
    const message = `the text does not name the table: taken as ${inferred.table} by ${inferred.why}`;
    problems.push({ severity: "info", code: "assumed-table", message, ...place });
  } else {
    const chains = [...block.chains.keys()].join(", ");
    const message = `table: expected something that tells which one this is, got only ${chains}`;
    problems.push({ severity: "error", code: "unknown-table", message, hint: "give table", ...place });
  }
}

/** Gives each problem to the dump that its line belongs to: that of the last block that starts above it. */
function problemsOf(dumps: readonly Dump[], problems: readonly Problem[]): readonly Problem[][] {
  const starts = dumps.flatMap((dump, at) => dump.blocks.map(({ line }) => ({ line, at })));
  starts.sort((a, b) => a.line - b.line || a.at - b.at);
  const lines = starts.map(({ line }) => line);
  const said: Problem[][] = dumps.map(() => []);
  for (const problem of problems) {
    const above = Math.max(0, countBelow(lines, problem.line + 1) - 1);
    // Of blocks that start in one line the first counts.
    said[starts[countBelow(lines, lines[above]!)]!.at]!.push(problem);
  }
  return said;
}

/** Text without any dump: commands that were refused are what is wrong with it; nothing at all is an empty ruleset. */
function refuseEmpty({ empty }: ReadText, problems: Problem[]): void {
  let refused = false;
  for (const [at, problem] of problems.entries())
    if (problem.code === "refused-command") {
      problems[at] = { ...problem, severity: "error" };
      refused = true;
    }
  if (refused) return;
  const message = "expected what iptables prints (-S, -L, iptables-save), found none";
  problems.push({ severity: empty ? "warning" : "error", code: "no-dump", message, line: 1, column: 1 });
}
