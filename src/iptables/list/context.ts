import type { Family } from "../../net/address.ts";
import type { NameTable } from "../../net/names.ts";
import type { Severity } from "../../text/problem.ts";
import type { KnownTexts } from "./known-texts.ts";

/** What the rows of one listing are read with; whoever reads the lines knows the line's number and adds it. */
export interface RowContext {
  readonly family: Family;
  readonly names: NameTable;
  /** User chains of this table as far as they are known: only they tell a jump from a target (formats.md, 4.1 no. 15). */
  readonly chains?: Pick<ReadonlySet<string>, "has">;
  /** What the rows above were read from; left out: every row is read for itself. */
  readonly known?: KnownTexts;
  /** Takes what is to be said: `column` counts from 1 in the line that was given. */
  problem(code: string, severity: Severity, message: string, column: number, length: number): void;
}
