import type { UnknownMatch, UnknownTarget } from "../ruleset/ruleset.ts";
import type { Piece } from "./piece.ts";

/**
 * What a listing shows of an extension that is not modelled and came from save text: its options in brackets, since only
 * the extension knows how iptables would list it. {@link readSavedText} reads them back, so nothing is lost.
 */
export const unknownText = (unknown: UnknownMatch | UnknownTarget, role: "-m" | "-j"): string =>
  unknown.list ?? ` [${role} ${unknown.name}${unknown.save ?? ""}]`;

const SAVED = / *\[(-[mj]) ([^\s\]]+)((?:"(?:[^"\\]|\\.)*"|[^"\]])*)\]/sy;

/** Takes the brackets of {@link unknownText} from a place of a text; undefined if there are none. */
export function readSavedText(text: string, from: number): Piece | undefined {
  SAVED.lastIndex = from;
  const found = SAVED.exec(text);
  if (!found) return undefined;
  const value: UnknownMatch & UnknownTarget = { kind: "unknown", name: found[2]!, save: found[3]! };
  return { kind: found[1] === "-m" ? "saved-match" : "saved-target", from, to: SAVED.lastIndex, value };
}
