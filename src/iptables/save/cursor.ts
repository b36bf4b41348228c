import type { Word } from "../../text/words.ts";
import type { AddressCondition, Counters, DeviceCondition, ProtocolCondition } from "../ruleset/ruleset.ts";
import type { Command } from "./command.ts";
import { type MovingContext, placeOf, problemAt, type Reading } from "./reading.ts";
import type { Use } from "./use.ts";

/** One line in words, and how to cite them. */
export interface Line {
  readonly words: readonly Word[];
  readonly number: number;
  /** The line itself, from which options that are not modelled are kept as they stand; null where a shell undid its quotes. */
  readonly text: string | null;
}

/** What has been read of a line. */
export interface Draft {
  verb: Command["verb"];
  chain?: Word;
  table?: string;
  position?: number;
  policy?: string;
  counters?: Counters;
  source?: readonly (AddressCondition | undefined)[];
  destination?: readonly (AddressCondition | undefined)[];
  in?: DeviceCondition;
  out?: DeviceCondition;
  protocol?: ProtocolCondition;
  fragment?: boolean;
  goto?: string;
  readonly seen: Set<string>;
  /** In order of loading, each with the word that named it. */
  readonly uses: { readonly use: Use; readonly word: Word }[];
  /** By extension, what was loaded of it last: a line may load one a thousand times. */
  readonly modelled: Map<unknown, Use>;
  target?: { readonly use: Use; readonly word: Word };
}

/** Notes that an extension is the last one loaded. */
export function noteLoaded({ modelled }: Draft, use: Use): void {
  if (use.extension === undefined) return;
  modelled.delete(use.extension);
  modelled.set(use.extension, use);
}

/** A cursor over the words of one line. */
export interface Cursor {
  readonly line: Line;
  readonly reading: Reading;
  readonly context: MovingContext;
  at: number;
}

/** The word behind an option, or what was attached to it. Moves on. */
export function valueWord(cursor: Cursor, flag: string, attached: string | undefined): string {
  if (attached !== undefined) return attached;
  const word = cursor.line.words[cursor.at];
  if (word === undefined) cursor.context.fail(`${flag}: expected a value, got nothing`);
  cursor.at++;
  cursor.context.place = placeOf(word!, cursor.line.number);
  return word!.text;
}

/** `-s ! 10.0.0.0/8`, as releases before 1.4.3 print it. */
export function innerNegation(cursor: Cursor, flag: string, attached: string | undefined): boolean {
  const word = cursor.line.words[cursor.at];
  if (attached !== undefined || word?.text !== "!" || word.quoted || cursor.at + 1 >= cursor.line.words.length)
    return false;
  cursor.at++;
  const place = placeOf(word, cursor.line.number);
  cursor.reading.report(
    problemAt(place, "info", "old-negation", `${flag} !: read as "! ${flag}", which iptables writes since 1.4.3`),
  );
  return true;
}
