/** Gathers a long text from short ones. */
export interface TextWriter {
  add(text: string): void;
  /** All of it. */
  text(): string;
}

/** How many short texts are joined at once. */
const AT_ONCE = 512;

/**
 * A writer that joins its pieces now and then: `+=` only notes which two texts follow one another, and the notes of a
 * large dump take more memory than its text, and most of the time (measured: half).
 */
export function textWriter(): TextWriter {
  const whole: string[] = [];
  let pieces: string[] = [];
  const join = (): void => {
    whole.push(pieces.join(""));
    pieces = [];
  };
  return {
    add(text) {
      if (pieces.push(text) === AT_ONCE) join();
    },
    text() {
      join();
      return whole.join("");
    },
  };
}
