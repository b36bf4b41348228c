import { ParseError } from "../../text/problem.ts";

/** One scalar of a list and where it starts, from 1. */
export interface YamlWord {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

function fail(line: number, column: number, message: string): never {
  throw new ParseError([{ severity: "error", code: "bad-yaml", message, line: line + 1, column: column + 1 }]);
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0", e: "\x1b" };

/** The quoted text that starts at `from`, and the column behind its closing quote. */
function readQuoted(line: string, at: number, from: number): { text: string; end: number } {
  const quote = line[from]!;
  let text = "";
  for (let i = from + 1; i < line.length; i++) {
    const char = line[i]!;
    if (char === quote && quote === "'" && line[i + 1] === "'") {
      text += "'";
      i++;
    } else if (char === quote) return { text, end: i + 1 };
    else if (char === "\\" && quote === '"' && i + 1 < line.length) {
      const next = line[++i]!;
      text += ESCAPES[next] ?? next;
    } else text += char;
  }
  return fail(at, from, `expected a closing ${quote} on the same line`);
}

/** The scalar of a `- ` item: `from` is its column, `at` its line, both from 0. */
export function readScalar(line: string, at: number, from: number): YamlWord {
  const place = { line: at + 1, column: from + 1 };
  const first = line[from];
  if (first === '"' || first === "'") {
    const { text, end } = readQuoted(line, at, from);
    if (!/^\s*(#.*)?$/.test(line.slice(end))) fail(at, end, "expected the end of the line behind a quoted item");
    return { text, ...place };
  }
  const plain = line
    .slice(from)
    .replace(/(^|\s)#.*$/, "")
    .trim();
  if (/^[|>&!%@`{[]/.test(plain)) fail(at, from, `expected a plain or quoted item, got ${JSON.stringify(plain)}`);
  if (/^\S+:(\s|$)/.test(plain)) fail(at, from, `expected text, got the map ${JSON.stringify(plain)}`);
  return { text: plain === "~" || plain === "null" ? "" : plain, ...place };
}

/** `[a, "b", …]` from the bracket at column `from` of line `at`; may end on a later line. */
export function readFlow(lines: readonly string[], at: number, from: number): { words: YamlWord[]; next: number } {
  const words: YamlWord[] = [];
  for (let row = at; row < lines.length; row++) {
    const line = lines[row]!;
    let column = row === at ? from + 1 : 0;
    while (column < line.length) {
      const char = line[column]!;
      if (char === "]") return { words, next: row + 1 };
      if (char === '"' || char === "'") {
        const { text, end } = readQuoted(line, row, column);
        words.push({ text, line: row + 1, column: column + 1 });
        column = end;
      } else if (char === "#" && /(^|\s)$/.test(line.slice(0, column))) break;
      else if (/[\s,]/.test(char)) column++;
      else if (/[{[&!|>]/.test(char)) fail(row, column, `expected a plain or quoted item, got ${JSON.stringify(char)}`);
      else {
        const text = /^[^,\]]+/.exec(line.slice(column))![0];
        words.push({ text: text.trimEnd(), line: row + 1, column: column + 1 });
        column += text.length;
      }
    }
  }
  return fail(at, from, "expected a closing ] ");
}
