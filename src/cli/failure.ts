import { caret, type ParseError, type Problem, problemText } from "../text/problem.ts";

/** Input that a command cannot work with: its message is for the person who typed it, and the exit code is 2. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** How many problems of one input are shown. */
const MOST_SHOWN = 8;

/** Problems with their places, each with the line and a caret below; at most {@link MOST_SHOWN}. */
export function problemsText(problems: readonly Problem[], name: string, text: string): string {
  const shown = problems.slice(0, MOST_SHOWN).map((problem) => {
    const kind = problem.severity === "error" ? "" : `${problem.severity === "info" ? "note" : "warning"}: `;
    const hint = problem.hint === undefined ? "" : `\n  hint: ${problem.hint}`;
    const head = problemText({ ...problem, message: `${kind}${problem.message}` }, name);
    return `${head}\n${indented(caret(text, problem))}${hint}`;
  });
  if (problems.length > MOST_SHOWN) shown.push(`… and ${problems.length - MOST_SHOWN} more in ${name}`);
  return shown.join("\n");
}

const indented = (text: string): string => text.replace(/^/gm, "  ");

/** Remarks about a text that could be read: warnings first, of remarks with one code only the first. */
export function remarksText(problems: readonly Problem[], name: string, text: string): string {
  const warnings = problems.filter((one) => one.severity === "warning");
  const infos = problems.filter((one) => one.severity === "info");
  const shown = infos.flatMap((one, at) => {
    const alike = infos.filter(({ code }) => code === one.code).length - 1;
    if (infos.findIndex(({ code }) => code === one.code) !== at) return [];
    return alike === 0 ? [one] : [{ ...one, message: `${one.message} (and ${alike} more like this)` }];
  });
  return problemsText([...warnings, ...shown], name, text);
}

/** What was wrong with a text: its errors, or all that was said about it. */
export function parseFailure(error: ParseError, name: string, text: string): Failure {
  const errors = error.diagnostics.filter((one) => one.severity === "error");
  return new Failure(problemsText(errors.length > 0 ? errors : error.diagnostics, name, text));
}
