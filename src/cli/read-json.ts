import type { Problem } from "../text/problem.ts";
import { Failure, problemsText } from "./failure.ts";

/** Reads JSON text; what is wrong is shown with its place. `line` is that of the text in its file. */
export function readJson(text: string, name: string, line = 1): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const at = Number(/position (\d+)/.exec(message)?.[1] ?? (/end of JSON/.test(message) ? text.length : 0));
    const before = text.slice(0, at).split("\n");
    const problem: Problem = {
      severity: "error",
      code: "bad-json",
      message: `expected JSON, got ${JSON.stringify(text.slice(at, at + 12)) === '""' ? "the end" : JSON.stringify(text.slice(at, at + 12))}`,
      line: line + before.length - 1,
      column: before.at(-1)!.length + 1,
    };
    const padded = "\n".repeat(line - 1) + text;
    throw new Failure(problemsText([problem], name, padded));
  }
}
