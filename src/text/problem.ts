import { CONTROL, readable } from "./readable.ts";

/** How bad a {@link Problem} is: an error stops the reading, a warning means that something is lost or assumed. */
export type Severity = "error" | "warning" | "info";

/**
 * One thing that a reader has to say about its input, with the place it means.
 *
 * `line` and `column` count from 1, `column` in UTF-16 units; `length` is how much of the line is meant.
 */
export interface Problem {
  readonly severity: Severity;
  /** Stable kebab-case name, made for programs: `hidden-interface`, `bad-value`, … */
  readonly code: string;
  /** What is wrong, without the place: subject, what was expected, what was found. */
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly length?: number;
  readonly expected?: string;
  readonly received?: string;
  readonly hint?: string;
}

/** Longer messages are cut: what they quote may be anything. */
const LONGEST = 400;

/** `3:14: --mark: expected …`, with the file's name in front when there is one; one line, whatever the bytes. */
export const problemText = (problem: Problem, file?: string): string =>
  `${file === undefined ? "" : `${file}:`}${problem.line}:${problem.column}: ${readable(problem.message, LONGEST)}`;

/**
 * Text that is wrong. `diagnostics` holds every problem found, the errors first; the message is that of the first one,
 * with its place.
 */
export class ParseError extends Error {
  override readonly name = "ParseError";
  readonly diagnostics: readonly Problem[];

  constructor(diagnostics: readonly Problem[]) {
    const sorted = [
      ...diagnostics.filter((one) => one.severity === "error"),
      ...diagnostics.filter((one) => one.severity !== "error"),
    ];
    const first = sorted[0];
    super(first === undefined ? "the text could not be read" : problemText(first));
    this.diagnostics = sorted;
  }
}

/** How much of a line is shown around what is meant. */
const WIDTH = 160;

/**
 * The line that a problem means with a caret under its place, for a terminal: two lines, tabs kept so that they align,
 * other control characters shown as `.`, and of a long line what is around the place.
 */
export function caret(text: string, problem: Problem): string {
  const whole = text.split(text.includes("\n") ? /\r?\n/ : /\r/)[problem.line - 1] ?? "";
  const column = problem.column - 1;
  const from = whole.length <= WIDTH ? 0 : Math.max(0, column - WIDTH / 2);
  const until = from + WIDTH;
  const line = whole.slice(from, until).replace(CONTROL, ".");
  const left = from > 0 ? "… " : "";
  const before = left.replace("…", " ") + line.slice(0, column - from).replace(/[^\t]/g, " ");
  const width = Math.max(1, Math.min(problem.length ?? 1, line.length - (column - from)));
  return `${left}${line}${whole.length > until ? " …" : ""}\n${before}${"^".repeat(width)}`;
}
