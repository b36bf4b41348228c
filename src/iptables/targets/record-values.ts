import { utf8Length } from "../../text/utf8.ts";
import type { ReadContext } from "../extension/context.ts";
import type { ValueType } from "../extension/value.ts";

/** A free text of at least one character, on one line. */
export const shortWord: ValueType<string> = {
  expected: "a text of at least one character, without line breaks",
  read: (word) => (word === "" || word.includes("\n") ? undefined : word),
};

/** The text as the kernel keeps it: cut to `limit` bytes of UTF-8, which iptables does in silence and this says. */
export function cutBytes(subject: string, text: string, limit: number, context: ReadContext): string {
  let kept = "";
  let size = 0;
  for (const char of text) {
    size += utf8Length(char);
    if (size > limit) break;
    kept += char;
  }
  if (kept.length === text.length) return text;
  context.warn("truncated", `${subject}: only the first ${limit} bytes are kept`);
  return kept;
}

/** A value as `saveString` writes it: bare, or in quotes with escapes. */
export const SAVED_STRING: RegExp = /"(?:[^"\\]|\\.)*"|[^\s"]+/sy;

/** Undoes `saveString` for what {@link SAVED_STRING} found. */
export const readSavedString = (text: string): string =>
  text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/gs, "$1") : text;
