import type { Problem } from "../text/problem.ts";
import { Failure, problemsText } from "./failure.ts";
import { badJsonAt } from "./json-place.ts";

/** Reads JSON text; what is wrong is shown with its place. `line` is that of the text in its file. */
export function readJson(text: string, name: string, line = 1): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = badJsonAt(text);
    if (!(error instanceof SyntaxError) || at < 0) throw error;
    const before = text.slice(0, at).split("\n");
    const got = /^\S{0,20}/.exec(text.slice(at))![0];
    const problem: Problem = {
      severity: "error",
      code: "bad-json",
      message: `expected JSON, got ${got === "" ? "the end" : `"${got}"`}`,
      line: line + before.length - 1,
      column: before.at(-1)!.length + 1,
    };
    throw new Failure(problemsText([problem], name, "\n".repeat(line - 1) + text));
  }
}
