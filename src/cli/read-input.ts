import { assume } from "../iptables/dump/assume.ts";
import { type Parsed, type ParseOptions, parseAll } from "../iptables/dump/parse.ts";
import { isTableName, type Ruleset, TABLES, type TableName } from "../iptables/ruleset/ruleset.ts";
import type { Family } from "../net/address.ts";
import { readPacket } from "../net/packet.ts";
import type { PacketSpec } from "../net/packet-spec.ts";
import { readPacketWords } from "../net/packet-words.ts";
import { createNetns, type Netns } from "../netns/netns.ts";
import { NETNS } from "../netns/shapes.ts";
import type { NetnsSpec } from "../netns/spec.ts";
import { ParseError, type Problem } from "../text/problem.ts";
import { unfit } from "../text/shape.ts";
import { dumpHint } from "./dump-hint.ts";
import { Failure, parseFailure, remarksText } from "./failure.ts";
import type { Io } from "./io.ts";
import { readJson } from "./read-json.ts";

/** Why the system refuses a file, in words. */
const REFUSALS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EISDIR: "is a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EAGAIN: "nothing is there to be read",
};

/** A failure about a file. */
export function fileFailure(name: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { code = "", message = String(error) } = error as { readonly code?: string; readonly message?: string };
  return new Failure(`${name}: ${Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : message}`);
}

/** A file's text, or that of standard input for `-`. */
export function readText(path: string, io: Io): { readonly name: string; readonly text: string } {
  const name = path === "-" ? "standard input" : path === "" ? '""' : path;
  try {
    return { name, text: path === "-" ? io.stdin() : io.readFile(path) };
  } catch (error) {
    throw fileFailure(name, error);
  }
}

/** What the options of a command say about the dumps and their host. */
export interface NetnsOptions {
  readonly family?: string | undefined;
  readonly table?: string | undefined;
  readonly assume?: readonly string[] | undefined;
  readonly netns?: string | undefined;
  readonly sets?: string | undefined;
  readonly flavour?: string | undefined;
}

/**
 * Reads dumps into the namespace that a command works in; what there is to say about their texts goes to standard error.
 *
 * Files of one family are one host's: their tables are put together, and a table that two of them hold is refused.
 */
export function readNetns(paths: readonly string[], options: NetnsOptions, io: Io): Netns {
  const family = oneOf("--family", options.family, ["ipv4", "ipv6"] as const);
  const table = readTable(options.table);
  const flavour = oneOf("--flavour", options.flavour, ["legacy", "nft"] as const);
  const spec = options.netns === undefined ? {} : readSpec(options.netns, io);
  const sets = options.sets === undefined ? undefined : readText(options.sets, io);
  const rulesets: { ruleset: Ruleset; name: string }[] = [];
  for (const path of paths) {
    const { name, text } = readText(path, io);
    const names = spec.names;
    for (const ruleset of readDump(
      name,
      text,
      { ...(family && { family }), ...(table && { table }), ...(names && { names }) },
      io,
    ))
      add(rulesets, flavour === undefined ? ruleset : { ...ruleset, flavour }, name);
  }
  if (paths.length > 0 && rulesets.every(({ ruleset }) => ruleset.tables.length === 0))
    throw new Failure(
      `${rulesets.map(({ name }) => name).join(", ")}: expected rules, got none\n  hint: look whether the command that prints them failed; "-P OUTPUT ACCEPT" is a host without rules`,
    );
  const assumed = assumeAll(
    rulesets.map((one) => one.ruleset),
    options.assume ?? [],
    io,
  );
  try {
    return createNetns({ ...spec, ...(sets && { sets: sets.text }), rulesets: assumed });
  } catch (error) {
    // The one text among a namespace's members is that of its sets.
    if (error instanceof ParseError && sets) throw parseFailure(error, sets.name, sets.text);
    if (error instanceof ParseError) throw new Failure(`${options.netns}: sets: ${error.message}`);
    if (error instanceof TypeError) throw new Failure(`${options.netns ?? "the dumps"}: ${error.message}`);
    throw error;
  }
}

/** One of a closed list of words, or a failure that names them. */
export function oneOf<T extends string>(option: string, value: string | undefined, words: readonly T[]): T | undefined {
  const found = words.find((word) => word === value);
  if (value === undefined || found !== undefined) return found;
  throw new Failure(`${option}: expected ${words.join(" or ")}, got "${value}"`);
}

function readTable(value: string | undefined): TableName | undefined {
  if (value === undefined || isTableName(value)) return value;
  throw new Failure(`--table: expected one of ${TABLES.join(", ")}, got "${value}"`);
}

/** The rulesets of one text, one for each family; of several dumps of one family the first, with a warning. */
function readDump(name: string, text: string, options: ParseOptions, io: Io): readonly Ruleset[] {
  let all: readonly Parsed[];
  try {
    all = parseAll(text, options);
  } catch (error) {
    if (error instanceof ParseError) throw parseFailure(hinted(error, text), name, text);
    throw error;
  }
  const taken = new Map<Family, Parsed>();
  for (const one of all) {
    const { family } = one.ruleset;
    if (!taken.has(family) && (options.family ?? family) === family) taken.set(family, one);
  }
  const said = [...taken.values()].flatMap((one) => one.diagnostics);
  if (said.length > 0) io.stderr(`${remarksText(said, name, text)}\n`);
  if (all.length > taken.size && options.family === undefined)
    io.stderr(
      `${name}: warning: holds ${all.length} dumps that are not the same rules; the first of each family is taken\n`,
    );
  if (taken.size === 0) throw new Failure(`${name}: expected rules of ${options.family}, got none`);
  return [...taken.values()].map((one) => one.ruleset);
}

/** Where no dump was found, says what the text is instead. */
function hinted({ diagnostics }: ParseError, text: string): ParseError {
  const errors = diagnostics.filter((one) => one.severity === "error");
  const isLost = ({ code }: Problem): boolean => code === "no-dump" || code === "refused-command";
  const hint = errors.every(isLost) ? dumpHint(text) : undefined;
  return hint === undefined ? new ParseError(diagnostics) : new ParseError(errors.map((one) => ({ ...one, hint })));
}

function add(rulesets: { ruleset: Ruleset; name: string }[], ruleset: Ruleset, name: string): void {
  const at = rulesets.findIndex(({ ruleset: one }) => one.family === ruleset.family && one.flavour === ruleset.flavour);
  if (at < 0) {
    rulesets.push({ ruleset, name });
    return;
  }
  const known = rulesets[at]!;
  const both = ruleset.tables.find((table) => known.ruleset.tables.some((one) => one.name === table.name));
  if (both) throw new Failure(`${name}: table ${both.name} of ${ruleset.family} was read from ${known.name} already`);
  rulesets[at] = { name, ruleset: { ...ruleset, tables: [...known.ruleset.tables, ...ruleset.tables] } };
}

/** Applies assumptions to the rulesets that they fit; one that fits none is a failure. */
function assumeAll(rulesets: readonly Ruleset[], assumptions: readonly string[], io: Io): readonly Ruleset[] {
  if (assumptions.length === 0) return rulesets;
  let first: ParseError | undefined;
  let fits = false;
  const filled = rulesets.map((ruleset) => {
    try {
      const { ruleset: result, diagnostics } = assume(ruleset, assumptions);
      for (const one of diagnostics) io.stderr(`note: ${one.message}\n`);
      fits = true;
      return result;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      first ??= error;
      return ruleset;
    }
  });
  if (fits || first === undefined) return filled;
  const { message, hint } = first.diagnostics[0]!;
  throw new Failure(`--assume: ${message}${hint === undefined ? "" : `\n  hint: ${hint}`}`);
}

/** A namespace in JSON, as createNetns takes it; its `names` are for the dumps too. */
function readSpec(path: string, io: Io): NetnsSpec {
  const { name, text } = readText(path, io);
  const spec = readJson(text, name);
  if (typeof spec !== "object" || spec === null || Array.isArray(spec))
    throw new Failure(
      `${name}: expected an object with interfaces, routes, rules, sysctl, sockets, names${Array.isArray(spec) ? ', got a list\n  hint: what ip -j addr prints goes into a member: {"interfaces": […]}' : ""}`,
    );
  if ("rulesets" in spec)
    throw new Failure(`${name}: netns.rulesets: the rules are those of the dumps; leave this out`);
  try {
    NETNS(spec, "netns");
  } catch (error) {
    if (error instanceof TypeError) throw new Failure(`${name}: ${error.message}`);
    throw error;
  }
  return spec;
}

/** A packet in words or as JSON, checked; `line` is where it stands in a file called `name`. */
export const readPacketText = (text: string, name: string, line = 1): PacketSpec =>
  readChecked(text, name, line, (spec) => {
    readPacket(spec);
    return spec;
  });

/** A packet, and the second at which it is sent. */
export interface TimedPacket {
  readonly packet: PacketSpec;
  readonly time: number | undefined;
}

/** Like {@link readPacketText}, for a packet that may say its `time`. */
export const readTimedPacket = (text: string, name: string, line: number): TimedPacket =>
  readChecked(text, name, line, ({ time, ...packet }: PacketSpec & { readonly time?: number }) => {
    readPacket(packet);
    if (time !== undefined && !(typeof time === "number" && time >= 0 && time < Infinity))
      unfit("packet.time", "seconds", time);
    return { packet, time };
  });

/** Reads a packet and hands it to `check`; what either refuses is told with the place. */
function readChecked<T>(text: string, name: string, line: number, check: (spec: PacketSpec) => T): T {
  try {
    return check(text.trimStart().startsWith("{") ? (readJson(text, name, line) as PacketSpec) : readPacketWords(text));
  } catch (error) {
    if (error instanceof ParseError) {
      const moved = new ParseError(error.diagnostics.map((one) => ({ ...one, line: one.line + line - 1 })));
      throw parseFailure(moved, name, "\n".repeat(line - 1) + text);
    }
    if (error instanceof TypeError) throw new Failure(`${name}:${line}: ${error.message}`);
    throw error;
  }
}

/** Seconds, from `--time`. */
export function readTime(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(value)) throw new Failure(`--time: expected seconds, got "${value}"`);
  return Number(value);
}
