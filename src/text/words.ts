import { closingQuote } from "./free-text.ts";

/** One word of a command line or rule: its text with quotes and escapes undone, and where it stood. */
export interface Word {
  readonly text: string;
  /** Column in its line, from 1. */
  readonly column: number;
  /** It was written in quotes, so it is never an option, a `!` or a shell comment. */
  readonly quoted: boolean;
}

/**
 * Splits a line the way `iptables-restore` does: blanks separate, only `"` quotes, `\` escapes inside quotes only, and a
 * closing quote ends the word.
 *
 * Source: iptables/xshared.c, add_param_to_argv.
 *
 * @example
 * splitRestoreLine('-m comment --comment "a \\"b\\""').map((word) => word.text); // ["-m", "comment", "--comment", 'a "b"']
 */
export function splitRestoreLine(line: string, from = 0): Word[] {
  // A line without quotes is the rule.
  return line.indexOf('"', from) < 0 ? splitBlanks(line, from) : splitQuoted(line, from);
}

function splitBlanks(line: string, from: number): Word[] {
  const words: Word[] = [];
  const { length } = line;
  let at = from;
  while (at < length) {
    while (at < length && line.charCodeAt(at) <= 32) at++;
    if (at >= length) break;
    const start = at;
    while (at < length && line.charCodeAt(at) > 32) at++;
    words.push({ text: line.slice(start, at), column: start + 1, quoted: false });
  }
  return words;
}

const QUOTE = 34;

/** Blank, tab, vertical tab, form feed, carriage return. */
const isBlank = (code: number): boolean => code === 32 || (code >= 9 && code <= 13 && code !== 10);

function splitQuoted(line: string, from: number): Word[] {
  const words: Word[] = [];
  const { length } = line;
  for (let at = from; ; ) {
    while (at < length && isBlank(line.charCodeAt(at))) at++;
    if (at >= length) return words;
    const start = at;
    while (at < length && line.charCodeAt(at) !== QUOTE && !isBlank(line.charCodeAt(at))) at++;
    let text = line.slice(start, at);
    const quoted = line.charCodeAt(at) === QUOTE;
    if (quoted) {
      const close = closingQuote(line, at + 1);
      const end = close < 0 ? length : close;
      text += unescaped(line.slice(at + 1, end));
      at = end + 1;
    }
    words.push({ text, column: start + 1, quoted });
  }
}

const unescaped = (text: string): string => (text.includes("\\") ? text.replace(/\\(.)/gs, "$1") : text);

/**
 * Splits a line as a POSIX shell does, as far as a pasted command needs: `'…'`, `"…"`, `\x`, and a `#` that starts a word
 * ends the line. Variables and substitutions stay as they are.
 */
export function splitShellLine(line: string, from = 0): Word[] {
  const words: Word[] = [];
  let at = from;
  while (at < line.length) {
    while (at < line.length && isBlank(line.charCodeAt(at))) at++;
    if (at >= line.length || line[at] === "#") break;
    const start = at;
    let text = "";
    let quoted = false;
    while (at < line.length && !isBlank(line.charCodeAt(at))) {
      const char = line[at]!;
      if (char === '"' || char === "'") {
        quoted = true;
        at++;
        while (at < line.length && line[at] !== char) {
          if (char === '"' && line[at] === "\\" && /["\\$`]/.test(line[at + 1] ?? "")) at++;
          text += line[at++];
        }
        at++;
      } else if (char === "\\" && at + 1 < line.length) {
        text += line[at + 1];
        at += 2;
      } else {
        text += char;
        at++;
      }
    }
    words.push({ text, column: start + 1, quoted });
  }
  return words;
}

/**
 * A value as `iptables-save` writes it: bare if it holds only letters, digits, `-` and `_`, else in `"…"` with `\` before
 * each of `" \ '`.
 *
 * Source: libxtables/xtables.c, xtables_save_string.
 */
export const saveString = (value: string): string =>
  /^[-_0-9A-Za-z]+$/.test(value) ? value : `"${value.replace(/["\\']/g, "\\$&")}"`;
