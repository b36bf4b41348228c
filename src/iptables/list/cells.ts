import type { NameTable } from "../../net/names.ts";
import type { Columns } from "./columns.ts";

/** One cell of a row and where it starts in the line, from 0. */
export interface Cell {
  readonly text: string;
  readonly at: number;
}

/** The columns of a row, each as it stands: negations are glued in front. Without `-v` there are no counters and devices. */
export interface RowCells {
  readonly packets: Cell | undefined;
  readonly bytes: Cell | undefined;
  /** Undefined: the rule has no target and the column is blank. */
  readonly target: Cell | undefined;
  readonly protocol: Cell;
  /** `--`, `-f`, `!f`; undefined where an old ip6tables leaves it blank. */
  readonly fragment: Cell | undefined;
  readonly in: Cell | undefined;
  readonly out: Cell | undefined;
  readonly source: Cell;
  readonly destination: Cell;
  /** What stands behind the destination's column: `[goto]`, matches and the target's text. */
  readonly text: Cell;
}

const OPT = new Set(["--", "-f", "!f"]);
/** Up to 1.8.8 nothing separates a protocol of five or more characters from the next column. */
const GLUED = /^(!?[^\s!]{5,})(--|-f|!f)$/;

/** Spaces that are not ASCII come in with text copied from a page. */
const isBlank = (code: number): boolean => code <= 32 || (code > 127 && /\s/.test(String.fromCharCode(code)));

/** The first `count` words of a line. By hand, since every row passes here: three times the speed of a pattern. */
function wordsOf(line: string, count: number): Cell[] {
  const words: Cell[] = [];
  const { length } = line;
  for (let at = 0; at < length && words.length < count; ) {
    while (at < length && isBlank(line.charCodeAt(at))) at++;
    const start = at;
    while (at < length && !isBlank(line.charCodeAt(at))) at++;
    if (at > start) words.push({ text: line.slice(start, at), at: start });
  }
  return words;
}

/**
 * Cuts a row into its columns; undefined if it cannot be one.
 *
 * By words, not by positions: cells are padded but never cut, and people trim and re-align what they paste. The `opt`
 * column is the anchor, since a rule without a target leaves its column blank:
 *
 * ```
 * ISTIO_IN_REDIRECT  tcp  --  anywhere  anywhere  tcp dpt:9080      opt is word 3: there is a target
 *            tcp  --  anywhere             anywhere                 opt is word 2: there is none
 * RETURN     udplite--  anywhere             anywhere               glued, up to 1.8.8
 * ACCEPT     all      anywhere             anywhere                 IPv6 up to 1.8.8: blank, the protocol is the anchor
 * ```
 *
 * Source: iptables/xshared.c, print_rule_details, print_fragment, print_ifaces, print_ipv4_addresses.
 */
export function splitRow(line: string, columns: Columns, names: NameTable): RowCells | undefined {
  const words = wordsOf(line, 10);
  let next = 0;
  if (columns.lineNumbers && !/^\d+$/.test(words[next++]?.text ?? "")) return undefined;
  const counted = columns.verbose && !columns.uncounted;
  const packets = counted ? words[next++] : undefined;
  const bytes = counted ? words[next++] : undefined;
  const isProtocol = (word: string): boolean => {
    const name = word.replace(/^!/, "");
    return /^\d{1,3}$/.test(name) || names.protocol(name) !== undefined;
  };
  const text = (ahead: number): string => words[next + ahead]?.text ?? "";

  let target: Cell | undefined;
  let opt: "own" | "glued" | "blank" = "own";
  if (OPT.has(text(1))) target = undefined;
  else if (OPT.has(text(2))) target = words[next++];
  else if (GLUED.test(text(1))) {
    target = words[next++];
    opt = "glued";
  } else if (GLUED.test(text(0))) opt = "glued";
  else {
    opt = "blank";
    if (isProtocol(text(1))) target = words[next++];
    else if (!isProtocol(text(0))) return undefined;
  }

  let protocol = words[next++];
  let fragment: Cell | undefined;
  if (opt === "own") fragment = words[next++];
  else if (opt === "glued") {
    const [, name, rest] = GLUED.exec(protocol!.text)!;
    fragment = { text: rest!, at: protocol!.at + name!.length };
    protocol = { text: name!, at: protocol!.at };
  }
  const into = columns.verbose ? words[next++] : undefined;
  const out = columns.verbose ? words[next++] : undefined;
  const source = words[next++];
  const destination = words[next++];
  if (protocol === undefined || source === undefined || destination === undefined) return undefined;
  // Absent columns as undefined, not left out: a conditional spread for each made a row take twice as long.
  return {
    packets,
    bytes,
    target,
    protocol,
    fragment,
    in: into,
    out,
    source,
    destination,
    text: textBehind(line, destination),
  };
}

/** Width of an address column, without the place for its `!` and the blank behind. */
const ADDRESS_WIDTH = 19;

/** Space, tab, carriage return, no-break space. */
const isPadding = (code: number): boolean => code === 32 || code === 9 || code === 13 || code === 0xa0;

/** Texts that stand right behind the padding. */
const WITHOUT_BLANK = /^(?:$|\[goto\]|match bpf |eui64 )/;

/**
 * The text behind the destination. Where the padding is iptables' own it is cut off exactly, because some texts start
 * without a blank (`match bpf`, `[goto]`) and others with two; where it was changed, one blank is put for it.
 */
function textBehind(line: string, destination: Cell): Cell {
  const end = destination.at + destination.text.length;
  const start = destination.at + (destination.text.startsWith("!") ? 1 : 0);
  const padded = Math.max(start + ADDRESS_WIDTH, end) + 1;
  let length = line.length;
  while (length > end && isPadding(line.charCodeAt(length - 1)) && line[length - 1] !== " ") length--;
  const rest = line.slice(0, length);
  let next = end;
  while (next < length && rest[next] === " ") next++;
  const exact = next >= Math.min(padded, length);
  const at = exact ? Math.min(padded, length) : end;
  const text = rest.slice(at);
  let blanks = 0;
  while (blanks < text.length && isPadding(text.charCodeAt(blanks))) blanks++;
  if (exact && (blanks === 1 || blanks === 2 || WITHOUT_BLANK.test(text))) return { text, at };
  const kept = text === "" ? 0 : blanks - 1;
  return { text: rest.slice(at + kept).replace(/^[\t\u00a0]/, " "), at: at + kept };
}
