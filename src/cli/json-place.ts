const BLANKS = /[ \t\r\n]*/y;
/** Everything from the blank on but `"` and `\`, or an escape. */
const STRING = /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*"/y;
const SCALAR = new RegExp(`${STRING.source}|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|true|false|null`, "y");
const BEHIND = { name: "colon", colon: "value", value: "next" } as const;
const SEPARATORS = { name: STRING, colon: /:/y, next: /,/y } as const;

/**
 * Where a text stops being JSON: the index of the first thing that does not fit; -1 if it is JSON.
 *
 * `JSON.parse` tells the place only in some of its messages, and in other words with each release of V8.
 */
export function badJsonAt(text: string): number {
  /** What closes the lists and objects that are open: no recursion, since a text may open more than the stack holds. */
  const open: string[] = [];
  let want: "value" | "name" | "colon" | "next" = "value";
  let opened = false;
  let at = 0;
  for (;;) {
    at = matchFrom(BLANKS, text, at)!;
    const close = open.at(-1);
    const got = text[at];
    if (want === "next" && close === undefined) return at === text.length ? -1 : at;
    if ((want === "next" || opened) && got !== undefined && got === close) {
      open.pop();
      [want, opened, at] = ["next", false, at + 1];
      continue;
    }
    opened = want === "value" && (got === "{" || got === "[");
    if (opened) {
      open.push(got === "{" ? "}" : "]");
      [want, at] = [got === "{" ? "name" : "value", at + 1];
      continue;
    }
    const end = want === "value" ? matchFrom(SCALAR, text, at) : matchFrom(SEPARATORS[want], text, at);
    if (end === undefined) return at;
    want = want !== "next" ? BEHIND[want] : close === "}" ? "name" : "value";
    at = end;
  }
}

function matchFrom(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
