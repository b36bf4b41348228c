import type { Family } from "../../net/address.ts";
import type { NameTable } from "../../net/names.ts";
import type { Problem, Severity } from "../../text/problem.ts";
import { type Columns, type KnownTexts, newKnownTexts } from "../list/read.ts";
import { type ChainDraft, chainDraft } from "../ruleset/builder.ts";
import {
  BUILT_IN,
  type Flavour,
  type HiddenField,
  isTableName,
  type Rule,
  type TableName,
} from "../ruleset/ruleset.ts";
import { type PlainReader, plainReader } from "../save/read-line.ts";
import { problemAt, type Reading } from "../save/reading.ts";
import { type Block, newBlock } from "./block.ts";
import { type FamilyEvidence, familyFinder } from "./evidence.ts";
import type { Lines } from "./lines.ts";

/** What the caller knows and the text may not say. */
export interface Given {
  readonly family?: Family | undefined;
  readonly table?: TableName | undefined;
  readonly names: NameTable;
}

/** What the last command or header said about the text behind it. */
export interface Told {
  readonly family?: Family | undefined;
  readonly flavour?: Flavour | undefined;
  readonly table?: TableName | undefined;
}

/** What the lines of one family are read with; each keeps what it has read, for the lines below. */
export interface Readers {
  readonly reading: Reading;
  readonly plain: PlainReader;
  readonly known: KnownTexts;
}

/** Rules that were put in front of a chain, each in front of the one before, and their lines. */
export interface Front {
  readonly rules: Rule[];
  readonly lines: number[];
}

/** How far the reading of one text has come. */
export interface State {
  readonly lines: Lines;
  readonly given: Given;
  readonly problems: Problem[];
  readonly blocks: Block[];
  readonly readers: Map<Family, Readers>;
  readonly familyFrom: (line: number) => FamilyEvidence | undefined;
  /** Rules that `-I` put in front of chains and that are not in them yet. */
  readonly fronts: Map<ChainDraft, Front>;
  /** Index of the line that is read. */
  at: number;
  told: Told;
  /** The block that the next line may go on with. */
  block: Block | undefined;
  /** The chain whose rows follow, in a listing. */
  chain: ChainDraft | undefined;
  columns: Columns | undefined;
  /** Said by a comment of `toSave` about the next rule. */
  hidden: readonly HiddenField[] | undefined;
  /** First line of a run that is no part of a dump. */
  ignoredFrom: number | undefined;
  errors: number;
}

export function newState(lines: Lines, given: Given): State {
  return {
    lines,
    given,
    problems: [],
    blocks: [],
    readers: new Map(),
    familyFrom: familyFinder(lines),
    fronts: new Map(),
    at: 0,
    told: {},
    block: undefined,
    chain: undefined,
    columns: undefined,
    hidden: undefined,
    ignoredFrom: undefined,
    errors: 0,
  };
}

/** Says something about the line that is read. */
export function say(
  state: State,
  severity: Severity,
  code: string,
  message: string,
  column = 1,
  length?: number,
): void {
  const place = { line: state.at + 1, column, ...(length !== undefined && { length }) };
  state.problems.push(problemAt(place, severity, code, message));
}

/** Nothing that follows belongs to the open block. */
export function closeBlock(state: State): void {
  state.block = undefined;
  state.chain = undefined;
  state.columns = undefined;
}

/** Starts a block at this line; `table` if the text names it right here. */
export function openBlock(state: State, form: Block["form"], table?: TableName): Block {
  const evidence = state.familyFrom(state.at);
  const family =
    state.told.family ??
    (evidence?.own ? evidence.family : undefined) ??
    state.given.family ??
    evidence?.family ??
    state.blocks.at(-1)?.family;
  if (family === undefined)
    say(state, "info", "assumed-family", "nothing here tells IPv4 from IPv6: read as IPv4 (give family to say so)");
  const told = { ...state.told, family: family ?? "ipv4" };
  const block = newBlock(form, state.at + 1, table ? { ...told, table } : told);
  state.blocks.push(block);
  state.block = block;
  state.chain = undefined;
  return block;
}

/** The readers of a family, made once: what was read is shared between all rules of the text. */
export function readersOf(state: State, family: Family): Readers {
  let readers = state.readers.get(family);
  if (readers === undefined) {
    const reading: Reading = {
      family,
      names: state.given.names,
      report: (problem) => state.problems.push(problem),
    };
    readers = { reading, plain: plainReader(reading), known: newKnownTexts() };
    state.readers.set(family, readers);
  }
  return readers;
}

const HOOK_ORDER: readonly string[] = BUILT_IN.mangle;

/**
 * The block that declares a chain next: a new one if the open one is of another form, has the chain already, or is past
 * its place in hook order, since then another table or another dump starts here.
 *
 * ```
 * -P INPUT ACCEPT
 * -P FORWARD ACCEPT
 * -P OUTPUT ACCEPT
 * -P PREROUTING ACCEPT     no table has PREROUTING behind OUTPUT: nat starts
 * ```
 */
export function blockForChain(state: State, form: Block["form"], name: string): Block {
  const { block } = state;
  if (block === undefined || block.form !== form) return openBlock(state, form);
  const known = block.chains.get(name);
  const again = known !== undefined && known.policy !== undefined;
  const builtIn = HOOK_ORDER.includes(name);
  if (!again && !(builtIn && isBehind(block, name))) return block;
  if (builtIn) state.told = { ...state.told, table: undefined };
  return openBlock(state, form);
}

/** nat of nft up to 1.8.5 has OUTPUT behind POSTROUTING, and no table starts with OUTPUT. */
const isBehind = (block: Block, name: string): boolean =>
  name !== "OUTPUT" &&
  [...block.chains.values()].some(
    (chain) => typeof chain.policy === "string" && HOOK_ORDER.indexOf(chain.name) > HOOK_ORDER.indexOf(name),
  );

/** Declares a chain in a block. */
export function declare(state: State, block: Block, name: string, policy: ChainDraft["policy"]): ChainDraft {
  const chain = chainDraft(block.chains, name, state.at + 1);
  chain.policy = policy;
  return chain;
}

/** Reads `-t NAME`; says so if there is no such table. */
export function tableNamed(state: State, name: string): TableName | undefined {
  if (isTableName(name)) return name;
  say(state, "warning", "unknown-table", `-t: expected one of ${Object.keys(BUILT_IN).join(", ")}, got "${name}"`);
  return undefined;
}
