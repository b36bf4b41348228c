import type { Family } from "../../net/address.ts";
import type { NameTable } from "../../net/names.ts";
import { ParseError, type Problem, type Severity } from "../../text/problem.ts";
import { readable } from "../../text/readable.ts";
import type { Word } from "../../text/words.ts";
import type { ReadContext } from "../extension/context.ts";

/** What the rules of one dump are read with. */
export interface Reading {
  readonly family: Family;
  readonly names: NameTable;
  /** Takes what is to be said while reading goes on. */
  report(problem: Problem): void;
}

/** A stretch of one line, for what is said about it. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly length?: number;
}

export const placeOf = (word: Word, line: number): Place => ({
  line,
  column: word.column,
  length: Math.max(1, word.text.length),
});

type Details = Pick<Problem, "expected" | "received" | "hint">;

/** A message quotes what was found, and that may be a word of a megabyte. */
const LONGEST_MESSAGE = 400;

export const problemAt = (
  place: Place,
  severity: Severity,
  code: string,
  message: string,
  details: Partial<Details> = {},
): Problem => ({ severity, code, message: readable(message, LONGEST_MESSAGE), ...place, ...details });

/** Gives up on a line. */
export function raise(place: Place, code: string, message: string, details: Partial<Details> = {}): never {
  throw new ParseError([problemAt(place, "error", code, message, details)]);
}

/** A {@link ReadContext} whose place and protocol move along the rule as it is read. */
export interface MovingContext extends ReadContext {
  protocol: number;
  protocolNegated: boolean;
  place: Place;
}

export function movingContext(reading: Reading, place: Place): MovingContext {
  return {
    family: reading.family,
    names: reading.names,
    protocol: 0,
    protocolNegated: false,
    place,
    fail(message, details = {}) {
      raise(this.place, "bad-value", message, details);
    },
    warn(code, message) {
      reading.report(problemAt(this.place, "warning", code, message));
    },
  };
}
