import type { UnknownMatch, UnknownTarget } from "../ruleset/ruleset.ts";
import type { Piece } from "./piece.ts";

/**
 * What a listing shows of an extension that is not modelled and came from save text: its options in brackets, since only
 * the extension knows how iptables would list it. {@link savedTexts} reads them back, so nothing is lost.
 */
export const unknownText = (unknown: UnknownMatch | UnknownTarget, role: "-m" | "-j"): string =>
  unknown.list ?? ` [${role} ${unknown.name}${unknown.save ?? ""}]`;

const OPENS = / *\[(-[mj]) ([^\s\]]+)/y;

/** Takes the brackets of {@link unknownText} from a place of a text; undefined if there are none. */
export function savedTexts(text: string): (from: number) => Piece | undefined {
  let ends: Int32Array | undefined;
  return (from) => {
    OPENS.lastIndex = from;
    const found = OPENS.exec(text);
    if (found === null) return undefined;
    const start = OPENS.lastIndex;
    ends ??= bracketEnds(text);
    const end = ends[start]!;
    if (end < 0) return undefined;
    const value: UnknownMatch & UnknownTarget = { kind: "unknown", name: found[2]!, save: text.slice(start, end) };
    return { kind: found[1] === "-m" ? "saved-match" : "saved-target", from, to: end + 1, value };
  };
}

/**
 * For each place outside quotes, where the next `]` outside quotes stands; -1 if there is none. From the end of the text
 * to its front, since whether a place is inside quotes depends on where one starts: each of a thousand brackets that
 * nothing closes would look through the whole text.
 */
function bracketEnds(text: string): Int32Array {
  const outside = new Int32Array(text.length + 1).fill(-1);
  /** The same for places inside quotes: of the next character, and of the one behind it. */
  let inside = -1;
  let second = -1;
  for (let at = text.length - 1; at >= 0; at--) {
    const char = text[at];
    outside[at] = char === "]" ? at : char === '"' ? inside : outside[at + 1]!;
    const here = char === '"' ? outside[at + 1]! : char === "\\" ? second : inside;
    second = inside;
    inside = here;
  }
  return outside;
}
