import type { Family } from "../../net/address.ts";
import type { NameTable } from "../../net/names.ts";

/** What an extension may ask and say while one rule is read; the reader adds the place to whatever is said. */
export interface ReadContext {
  readonly family: Family;
  readonly names: NameTable;
  /** Protocol number of the rule so far, 0 for any; `protocolNegated` for `! -p`. */
  readonly protocol: number;
  readonly protocolNegated: boolean;
  /** Gives up on this rule with an error: `message` is subject, expected and got. */
  fail(
    message: string,
    details?: { readonly expected?: string; readonly received?: string; readonly hint?: string },
  ): never;
  /** Something is lost or assumed, and reading goes on. */
  warn(code: string, message: string): void;
}

/** How a listing spells things. */
export interface ListStyle {
  /** `-n`: numbers in place of names. */
  readonly numeric: boolean;
  readonly family: Family;
  readonly names: NameTable;
  /** Protocol number of the rule, 0 for any: port names depend on it. */
  readonly protocol: number;
}
