/**
 * A cursor over the text behind the destination column of one listing row.
 *
 * Matches stand there without delimiters (formats.md, 4.1 no. 14), so every `fromList` takes what is surely its own from
 * the front and leaves the rest; it returns undefined, having taken what it likes, if the text is not its own.
 */
export interface ListReader {
  /** Whole text of the row from the destination's end. */
  readonly text: string;
  at: number;
  /** Takes what a sticky (`/…/y`) pattern finds at the cursor, blanks before it skipped; null and unmoved if nothing. */
  take(pattern: RegExp): RegExpExecArray | null;
}

export function listReader(text: string): ListReader {
  return {
    text,
    at: 0,
    take(pattern) {
      let from = this.at;
      while (text.charCodeAt(from) === 32) from++;
      pattern.lastIndex = from;
      const found = pattern.exec(text);
      if (found) this.at = pattern.lastIndex;
      return found;
    },
  };
}
