import { ParseError } from "../../text/problem.ts";
import type { ReadContext } from "../extension/context.ts";
import type { ListReader } from "../extension/list-reader.ts";
import type { TargetExtension } from "../extension/target.ts";
import type { Match } from "../matches/table.ts";
import type { ProtocolCondition } from "../ruleset/ruleset.ts";
import type { Target } from "../targets/table.ts";
import type { RowContext } from "./context.ts";
import { mayStart } from "./starts.ts";

/** What an extension took from a text: `to` is the index behind it. */
export interface Taken<T> {
  readonly value: T;
  readonly to: number;
  readonly warnings: readonly (readonly [code: string, message: string])[];
}

/** Tries extensions at places of one row's text; what they warn of is said only if their reading stands. */
export interface Attempts {
  /** The first match extension that takes something at `at`. */
  match(at: number): Taken<Match> | undefined;
  /** The first target of the column that understands what is at `at`; it may take nothing. */
  target(at: number): Taken<Target> | undefined;
}

type Extension<T> = { fromList(reader: ListReader, context: ReadContext): T | undefined };

/** Readers of what `reader` holds; it is handed over, since it knows what its text does not hold. */
export function attempts(
  reader: ListReader,
  targets: readonly TargetExtension<Target>[],
  protocol: ProtocolCondition | undefined,
  context: RowContext,
): Attempts {
  const { text } = reader;
  let warnings: (readonly [string, string])[] = [];
  const extensionContext: ReadContext = {
    family: context.family,
    names: context.names,
    protocol: protocol?.number ?? 0,
    protocolNegated: protocol?.negated ?? false,
    // A text that an extension refuses is a text that is not understood: it is kept, with a warning.
    fail(message) {
      throw new ParseError([{ severity: "error", code: "bad-value", message, line: 1, column: 1 }]);
    },
    warn: (code, message) => warnings.push([code, message]),
  };
  function attempt<T>(extension: Extension<T>, at: number): Taken<T> | undefined {
    reader.at = at;
    if (warnings.length > 0) warnings = [];
    try {
      const value = extension.fromList(reader, extensionContext);
      // What was taken ends at a blank, or it was the front of some other word.
      if (value === undefined || !/\s|^$/.test(text.charAt(reader.at))) return undefined;
      return { value, to: reader.at, warnings };
    } catch (error) {
      if (error instanceof ParseError) return undefined;
      throw error;
    }
  }
  return {
    match(at) {
      for (const extension of mayStart(context.family, text, at)) {
        const taken = attempt(extension, at);
        if (taken && taken.to > at) return taken;
      }
      return undefined;
    },
    target(at) {
      for (const extension of targets) {
        const taken = attempt(extension, at);
        if (taken) return taken;
      }
      return undefined;
    },
  };
}
