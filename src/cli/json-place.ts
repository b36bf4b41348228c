const BLANKS = /[ \t\r\n]*/y;
/** Everything from the blank on but `"` and `\`, or an escape. */
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = new RegExp(`${STRING.source}|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|true|false|null`, "y");

/**
 * Where a text stops being JSON: the index of the first thing that does not fit; -1 if it is JSON.
 *
 * `JSON.parse` tells the place only in some of its messages, and in other words with each release of V8.
 */
export function badJsonAt(text: string): number {
  const blanks = (at: number): number => matchFrom(BLANKS, text, at)!;
  const value = (from: number): number => {
    const at = blanks(from);
    const open = text[at];
    if (open !== "{" && open !== "[") return matchFrom(SCALAR, text, at) ?? fail(at);
    const close = open === "{" ? "}" : "]";
    let next = blanks(at + 1);
    if (text[next] === close) return next + 1;
    for (;;) {
      if (open === "{") {
        next = blanks(matchFrom(STRING, text, next) ?? fail(next));
        if (text[next] !== ":") fail(next);
        next++;
      }
      next = blanks(value(next));
      if (text[next] === close) return next + 1;
      if (text[next] !== ",") fail(next);
      next = blanks(next + 1);
    }
  };
  try {
    const end = blanks(value(0));
    return end === text.length ? -1 : end;
  } catch (error) {
    if (error instanceof Misfit) return error.at;
    throw error;
  }
}

/** Ends the scan; it never leaves this file. */
class Misfit extends Error {
  readonly at: number;
  constructor(at: number) {
    super(`no JSON at ${at}`);
    this.at = at;
  }
}

const fail = (at: number): never => {
  throw new Misfit(at);
};

function matchFrom(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
