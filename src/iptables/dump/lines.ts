/** A text by lines, which are cut out only when asked for. */
export interface Lines {
  /** The text without BOM, carriage returns and quote marks; lines end with `\n`. */
  readonly text: string;
  readonly count: number;
  /** Index of a line's first character; of the one behind the last line, where it would start. */
  start(index: number): number;
  /** Index behind a line's last character. */
  end(index: number): number;
  /** The line, from 0; empty outside the text. */
  at(index: number): string;
}

/** Quoted mail and Markdown quotes. */
const QUOTES = /^[ \t]*(?:>[ \t]?)+/gm;

/** Splits a text; columns are those of the text as it was given, but for quoted mail. */
export function linesOf(given: string): Lines {
  let text = given.charCodeAt(0) === 0xfeff ? given.slice(1) : given;
  // A carriage return ends a line only where nothing else does, as on old Macs.
  if (text.includes("\r"))
    text = text.includes("\n") ? text.replace(/(?<!\r)\r+(?=\n|$)/g, "") : text.replace(/\r/g, "\n");
  if (text.includes(">")) text = text.replace(QUOTES, "");
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  starts.push(text.length + 1);
  return {
    text,
    count: starts.length - 1,
    start: (index) => starts[index]!,
    end: (index) => starts[index + 1]! - 1,
    at: (index) => (index < 0 || index >= starts.length - 1 ? "" : text.slice(starts[index], starts[index + 1]! - 1)),
  };
}
