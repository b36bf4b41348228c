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
  /**
   * Takes all up to and with the next place where a global (`/…/g`) pattern fits, and gives what stands before it;
   * undefined and unmoved if it fits nowhere. What was found holds for every place up to there, so each of a thousand
   * beginnings with one end, or without any, does not look through the whole text.
   */
  takeUntil(end: RegExp): string | undefined;
}

export function listReader(text: string): ListReader {
  /** By pattern: where it was looked for, where it fitted, and what is behind it. */
  const ends = new Map<string, { readonly from: number; readonly index: number; readonly to: number }>();
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
    takeUntil(end) {
      const from = this.at;
      let next = ends.get(end.source);
      if (next === undefined || from < next.from || from > next.index) {
        end.lastIndex = from;
        const index = end.exec(text)?.index ?? Infinity;
        next = { from, index, to: end.lastIndex };
        ends.set(end.source, next);
      }
      if (next.index === Infinity) return undefined;
      this.at = next.to;
      return text.slice(from, next.index);
    },
  };
}
