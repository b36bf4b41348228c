import type { NameTable } from "../net/names.ts";
import type { Columns } from "./columns.ts";

/** One cell of a row and where it starts in the line, from 0. */
export interface Cell {
  readonly text: string;
  readonly at: number;
}

/** The columns of a row, each as it stands: negations are glued in front. */
export interface RowCells {
  readonly counters?: { readonly packets: Cell; readonly bytes: Cell };
  /** Undefined: the rule has no target and the column is blank. */
  readonly target?: Cell;
  readonly protocol: Cell;
  /** `--`, `-f`, `!f`; undefined where an old ip6tables leaves it blank. */
  readonly fragment?: Cell;
  readonly in?: Cell;
  readonly out?: Cell;
  readonly source: Cell;
  readonly destination: Cell;
  /** What stands behind the destination's column: `[goto]`, matches and the target's text. */
  readonly text: Cell;
}

const OPT = new Set(["--", "-f", "!f"]);
/** Up to 1.8.8 nothing separates a protocol of five or more characters from the next column. */
const GLUED = /^(!?[^\s!]{5,})(--|-f|!f)$/;

/** The first `count` words of a line. */
function wordsOf(line: string, count: number): Cell[] {
  const words: Cell[] = [];
  const word = /\S+/g;
  for (let found = word.exec(line); found && words.length < count; found = word.exec(line))
    words.push({ text: found[0], at: found.index });
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
  const counters = columns.verbose ? { packets: words[next++], bytes: words[next++] } : undefined;
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
  const devices = columns.verbose ? { in: words[next++], out: words[next++] } : undefined;
  const source = words[next++];
  const destination = words[next++];
  if (protocol === undefined || source === undefined || destination === undefined) return undefined;
  return {
    ...(counters && { counters: { packets: counters.packets!, bytes: counters.bytes! } }),
    ...(target && { target }),
    protocol,
    ...(fragment && { fragment }),
    ...(devices && { in: devices.in!, out: devices.out! }),
    source,
    destination,
    text: textBehind(line, destination),
  };
}

/** Width of an address column, without the place for its `!` and the blank behind. */
const ADDRESS_WIDTH = 19;

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
  const rest = line.replace(/[\t\r\u00a0]+$/, "");
  const exact = /^ *$/.test(rest.slice(end, padded));
  const at = exact ? Math.min(padded, rest.length) : end;
  const text = rest.slice(at);
  const blanks = text.search(/[^ \t\u00a0]|$/);
  if (exact && (blanks === 1 || blanks === 2 || WITHOUT_BLANK.test(text))) return { text, at };
  const kept = text === "" ? 0 : blanks - 1;
  return { text: rest.slice(at + kept).replace(/^[\t\u00a0]/, " "), at: at + kept };
}
