import { ParseError, problemText } from "../src/text/problem.ts";

/** The message with which reading refuses a text, with its place; "taken" if it does not. */
export function refusalOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof ParseError) return problemText(error.diagnostics[0]!);
    throw error;
  }
  return "taken";
}
