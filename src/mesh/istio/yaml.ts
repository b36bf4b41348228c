import { ParseError, type Problem } from "../../text/problem.ts";
import { type ArgPlace, isToolVariable } from "./flags.ts";
import { readFlow, readScalar, type YamlWord } from "./yaml-words.ts";

/** The arguments of an init container, ready for `istioSettings(args, places)`. */
export interface YamlArgs {
  readonly args: readonly string[];
  readonly places: readonly ArgPlace[];
  /** The release in the image's tag, `1.19.0`. */
  readonly release?: string;
  readonly diagnostics: readonly Problem[];
}

/** One `args:` or `command:` list, or a bare list without a key. */
interface Found {
  readonly words: readonly YamlWord[];
  /** First line of the list, from 0. */
  readonly line: number;
  /** Column of its key, from 0; 0 without a key. */
  readonly column: number;
}

const KEY = /^(\s*(?:- +)?)["']?(args|command)["']?\s*:\s*(.*)$/;
const ITEM = /^(\s*)-(?: +(.*))?$/;

/**
 * The argument list of a container that was pasted as YAML or JSON: a whole pod, a container, or the list alone.
 *
 * Reads lines, not all of YAML: block lists (`- x`) and flow lists (`["x", …]`, also over several lines) of plain,
 * `'…'` and `"…"` scalars with comments. Of several lists it takes the one with flags that names `istio-iptables`,
 * else the one with most flags. Variables of the same container that the tool knows (`env:`) come first as `NAME=value`.
 *
 * @throws ParseError with the place, where there is no list, or an item is not text (block scalars, maps, anchors).
 */
export function argsFromYaml(text: string): YamlArgs {
  const lines = text.split(/\r?\n/);
  const found = listsOf(lines);
  const best = [...found].sort((a, b) => score(b) - score(a))[0];
  if (best === undefined || score(best) === 0) {
    const message = 'expected a list of arguments ("args:" and "- …" lines), found none';
    throw new ParseError([{ severity: "error", code: "no-arguments", message, line: 1, column: 1 }]);
  }
  const words = [...environmentOf(lines, containerOf(lines, best)), ...best.words];
  const release = releaseOf(lines, best.line);
  const diagnostics: Problem[] = [];
  if (found.filter((one) => score(one) > 0).length > 1) {
    const message = `several lists of arguments: the one at line ${best.line + 1} is taken`;
    diagnostics.push({ severity: "info", code: "several-lists", message, line: best.line + 1, column: 1 });
  }
  return {
    args: words.map((word) => word.text),
    places: words.map(({ line, column }) => ({ line, column })),
    ...(release !== undefined && { release }),
    diagnostics,
  };
}

/** Short flags are the tool's; a sidecar's own arguments are long ones. Its name only counts beside flags. */
function score({ words }: Found): number {
  const flags = words.map((word) => (/^-[a-z]/.test(word.text) ? 10 : word.text.startsWith("--") ? 1 : 0));
  const total = flags.reduce<number>((sum, one) => sum + one, 0);
  return total > 0 && words.some((word) => /(^|\/)istio-iptables$/.test(word.text)) ? total + 1000 : total;
}

function listsOf(lines: readonly string[]): Found[] {
  const found: Found[] = [];
  let at = 0;
  while (at < lines.length) {
    const key = KEY.exec(lines[at]!);
    const bare = key === null && found.length === 0 && /^\s*-\s+["']?(-|istio-iptables)/.test(lines[at]!);
    if (key !== null && key[3]!.startsWith("[")) {
      const { words, next } = readFlow(lines, at, lines[at]!.indexOf("["));
      found.push({ words, line: at, column: key[1]!.length });
      at = next;
    } else if (bare || (key !== null && /^(#.*)?$/.test(key[3]!))) {
      const { words, next } = readBlock(lines, bare ? at : at + 1, key === null ? 0 : key[1]!.length);
      found.push({ words, line: at, column: key === null ? 0 : key[1]!.length });
      at = Math.max(next, at + 1);
    } else at++;
  }
  return found;
}

/** `- item` lines that stand no further left than `indent`, which is the key's own column. */
function readBlock(lines: readonly string[], from: number, indent: number): { words: YamlWord[]; next: number } {
  const words: YamlWord[] = [];
  let at = from;
  let own: number | undefined;
  for (; at < lines.length; at++) {
    const line = lines[at]!;
    if (/^\s*(#.*)?$/.test(line)) continue;
    const item = ITEM.exec(line);
    if (item === null || item[1]!.length < indent || (own ?? item[1]!.length) !== item[1]!.length) break;
    own = item[1]!.length;
    words.push(readScalar(line, at, item[2] === undefined ? line.length : line.length - item[2].length));
  }
  return { words, next: at };
}

/** Lines, from 0, the last one not included. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The item of `initContainers:` that a list of arguments stands in, by how far lines are indented; else all lines. */
function containerOf(lines: readonly string[], { line, column }: Found): Span {
  const indent = (text: string) => text.search(/\S/);
  let from = line;
  while (from >= 0 && !(/^\s*- /.test(lines[from]!) && indent(lines[from]!) < column)) from--;
  if (from < 0) return { from: 0, to: lines.length };
  const dash = indent(lines[from]!);
  const end = lines.findIndex((text, at) => at > from && /\S/.test(text) && indent(text) <= dash);
  return { from, to: end < 0 ? lines.length : end };
}

/** `- name: X` with `value: Y` below it, for variables that the tool reads. */
function environmentOf(lines: readonly string[], { from, to }: Span): YamlWord[] {
  return lines.slice(0, to).flatMap((line, at) => {
    const name = /^\s*- +name: *["']?([A-Z][A-Z0-9_]*)["']?\s*$/.exec(line)?.[1];
    const value = /^(\s*value: *)\S/.exec(lines[at + 1] ?? "");
    if (at < from || name === undefined || !isToolVariable(name) || value === null) return [];
    const word = readScalar(lines[at + 1]!, at + 1, value[1]!.length);
    return [{ ...word, text: `${name}=${word.text}` }];
  });
}

/** Tag of the nearest `image:` below the list, else above it. */
function releaseOf(lines: readonly string[], from: number): string | undefined {
  const order = [...lines.slice(from), ...lines.slice(0, from).reverse()];
  for (const line of order) {
    const tag = /image["']?: *["']?\S*proxyv2:(\d+\.\d+[\w.-]*)/.exec(line)?.[1];
    if (tag !== undefined) return tag;
  }
  return undefined;
}
