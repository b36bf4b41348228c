import { freeTextEnds } from "../../text/free-text.ts";
import type { Attempts } from "./attempt.ts";
import type { Piece } from "./piece.ts";
import { savedTexts } from "./saved-text.ts";

/** How a remark starts; `#conn` is how connlimit's text starts. */
const NOTE = /[ \t]*(?:#(?!conn )|\/\/|<-|←)/y;

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
  const understood = reader(text, tries);
  const endAt = freeTextEnds(text);
  const end = text.trimEnd().length;
  /** Whether there is anything that nobody understands in front. */
  let doubtful = false;
  for (let at = 0; at < end; ) {
    const sure: boolean = !doubtful || pieces.at(-1)!.kind === "target";
    const piece: Piece =
      understood(at) ??
      (sure && isNoteFrom(text, at)
        ? { kind: "note", from: at, to: text.length }
        : { kind: "unknown", from: at, to: firstPlace(text, at, endAt, understood) ?? text.length });
    doubtful ||= piece.kind === "unknown";
    pieces.push(piece);
    at = piece.to;
  }
  return pieces;
}

type Understood = (from: number) => Piece | undefined;

/** What is understood at a place of a text: a match, the target with nothing but a remark behind it, saved text. */
function reader(text: string, tries: Attempts): Understood {
  const saved = savedTexts(text);
  const end = text.trimEnd().length;
  // The text of LOG goes to the last quote wherever it begins, so one place is asked about again and again.
  let asked = -1;
  let last = false;
  const isLast = (at: number): boolean => {
    if (at !== asked) last = at >= end || isNoteFrom(text, at);
    asked = at;
    return last;
  };
  return (from) => {
    const match = tries.match(from);
    if (match) return { kind: "match", from, ...match };
    const target = tries.target(from);
    if (target && target.to > from && isLast(target.to)) return { kind: "target", from, ...target };
    return saved(from);
  };
}

/**
 * The first place behind `from` where a text begins that `fits`: at the blank before a word that is not inside quotes or
 * a comment; `endAt` knows where these end.
 */
export function firstPlace(
  text: string,
  from: number,
  endAt: (at: number) => number,
  fits: (at: number) => unknown,
): number | undefined {
  for (let at = from; at < text.length; ) {
    const end = endAt(at);
    if (end === at && at > from && text[at] === " " && /\S/.test(text[at + 1] ?? "") && fits(at)) return at;
    at = Math.max(end, at + 1);
  }
  return undefined;
}
