import type { Counters, Rule } from "../ruleset/ruleset.ts";
import type { Place } from "./reading.ts";

/** What one line of save text or one command line asks for, with the rules that it stands for. */
export interface Command {
  readonly verb: "append" | "insert" | "new" | "policy" | "list" | "rules" | "none";
  readonly chain: string;
  /** `-t`, if it is there. */
  readonly table?: string;
  /** Of `-I`: from 1. */
  readonly position?: number;
  /** Of `-P`. */
  readonly policy?: string;
  /** Of `-P … -c p b`. */
  readonly counters?: Counters;
  /** Several where `-s a,b` or a host name stands for several addresses; at least one for `-A` and `-I`. */
  readonly rules: readonly Rule[];
  /** Where the chain's name stands. */
  readonly place: Place;
}
