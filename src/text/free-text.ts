/** The index of the `"` that closes a quoted text whose first character is at `from`, `\` being before an escaped one; -1. */
export function closingQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) return at;
    if (code === 92) at++;
  }
  return -1;
}

/** Where a quote opens that nothing closes; -1 if there is none. */
export function openQuote(text: string): number {
  for (let at = text.indexOf('"'); at >= 0; ) {
    const end = closingQuote(text, at + 1);
    if (end < 0) return at;
    at = text.indexOf('"', end + 1);
  }
  return -1;
}

/**
 * Finds the ends of what may hold anything, `"…"` and `/*…*\/`: the index behind the one that opens at a place, or the
 * place itself if none opens there, or none that is closed.
 *
 * However often it is asked, it looks at the text twice: all quotes behind an open one are escaped ones of it, so they
 * are open too, and a comment is open behind the last end mark.
 */
export function freeTextEnds(text: string): (at: number) => number {
  const lastMark = text.lastIndexOf("*/");
  let open = text.length;
  return (at) => {
    const code = text.charCodeAt(at);
    if (code === 34 && at < open) {
      const end = closingQuote(text, at + 1);
      if (end >= 0) return end + 1;
      open = at;
    } else if (code === 47 && at + 2 <= lastMark && text.charCodeAt(at + 1) === 42)
      return text.indexOf("*/", at + 2) + 2;
    return at;
  };
}
