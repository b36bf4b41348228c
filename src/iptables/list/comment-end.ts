import type { Piece } from "./piece.ts";

/**
 * Joins a comment that holds its own end mark with the rest of it, which looks like text that nobody understands:
 *
 * ```
 *  /* a *\/ b *\/      comment "a", unknown "b *\/"      is      comment "a *\/ b"
 * ```
 *
 * Only where no reading but this explains the end mark: no extension prints one outside quotes. Two comments may also be
 * one (`/* a *\/ /* b *\/`); they are read as two, which means the same (formats.md, 4.1 no. 10).
 */
export function joinComments(text: string, pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  /** Where the last comment stands among them. */
  let start = -1;
  for (const piece of pieces) {
    const end = start >= 0 && piece.kind === "unknown" ? endMark(text.slice(piece.from, piece.to)) : undefined;
    if (end === undefined) {
      if (piece.kind === "match" && piece.value.kind === "comment") start = joined.length;
      joined.push(piece);
      continue;
    }
    const { from } = joined[start]!;
    const to = piece.from + end;
    const inside = text.slice(from, to).trim().slice("/* ".length, -" */".length);
    joined.splice(start);
    joined.push({ kind: "match", from, to, value: { kind: "comment", text: inside }, warnings: [] });
    if (text.slice(to, piece.to).trim() !== "") joined.push({ ...piece, from: to });
  }
  return joined;
}

/** The index behind the last end mark in a text that opens no comment and holds no quotes. */
function endMark(text: string): number | undefined {
  const end = text.lastIndexOf(" */");
  return end < 0 || /["]|\/\*/.test(text) ? undefined : end + " */".length;
}
