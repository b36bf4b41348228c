import type { Attempts } from "./attempt.ts";
import type { Piece } from "./piece.ts";
import { readSavedText } from "./saved-text.ts";

/** How a remark starts; `#conn` is how connlimit's text starts. */
const NOTE = /[ \t]*(?:#(?!conn )|\/\/|<-|←)/y;

const isBlankFrom = (text: string, at: number): boolean => /^\s*$/.test(text.slice(at));

function isNoteFrom(text: string, at: number): boolean {
  NOTE.lastIndex = at;
  return NOTE.test(text);
}

/**
 * Cuts a text into pieces. Its parts follow one another without delimiters:
 *
 * ```
 *  tcp dpt:9080 ! owner UID match 1337 policy match dir in pol none redir ports 15001  # note
 *  ^match       ^match                 ^unknown, up to the next     ^target            ^note
 * ```
 *
 * At each place every match is tried, then the target, whose text must be the last; a remark is one only where all that
 * stands before it is understood.
 */
export function segment(text: string, tries: Attempts): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (!isBlankFrom(text, at)) {
    const sure = !pieces.some((piece) => piece.kind === "unknown") || pieces.at(-1)!.kind === "target";
    const piece: Piece =
      understood(text, at, tries) ??
      (sure && isNoteFrom(text, at)
        ? { kind: "note", from: at, to: text.length }
        : { kind: "unknown", from: at, to: nextUnderstood(text, at, tries) });
    pieces.push(piece);
    at = piece.to;
  }
  return pieces;
}

function understood(text: string, from: number, tries: Attempts): Piece | undefined {
  const match = tries.match(from);
  if (match) return { kind: "match", from, ...match };
  const target = tries.target(from);
  if (target && target.to > from && (isBlankFrom(text, target.to) || isNoteFrom(text, target.to)))
    return { kind: "target", from, ...target };
  return readSavedText(text, from);
}

function nextUnderstood(text: string, from: number, tries: Attempts): number {
  for (const place of places(text, from)) if (understood(text, place, tries)) return place;
  return text.length;
}

/** Where a text may begin behind `from`: at the blank before a word that is not inside quotes or a comment. */
export function* places(text: string, from: number): Generator<number> {
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"|\/\*.*?\*\/| (?=\S)/gsy;
  for (let at = from; at < text.length; ) {
    token.lastIndex = at;
    const found = token.exec(text);
    if (found?.[0] === " " && at > from) yield at;
    at = found && found[0] !== " " ? token.lastIndex : at + 1;
  }
}
