import type { Family } from "../../net/address.ts";
import type { Effect } from "../../predicate/effect.ts";
import type { ListStyle, ReadContext } from "./context.ts";
import type { ListReader } from "./list-reader.ts";
import type { Placement } from "./match.ts";
import type { Options, Values } from "./value.ts";

/** What a target does to a packet, and where control goes then: on to the next rule, or out of the chain. */
export interface Action {
  readonly effects: readonly Effect[];
  readonly control: "continue" | "accept" | "drop";
}

/** The action of a target after which the packet goes on to the next rule. */
export const goesOn = (...effects: readonly Effect[]): Action => ({ effects, control: "continue" });

/** The action of a target that ends its chain, unless an effect ends the packet's way. */
export const accepts = (...effects: readonly Effect[]): Action => ({ effects, control: "accept" });

/** Everything there is to say about one target extension. */
export interface TargetExtension<T extends { readonly kind: string }, O extends Options = Options> extends Placement {
  /** The name behind `-j`. */
  readonly kind: T["kind"];
  /** What a listing shows in its target column where that is not `kind`: NOTRACK is listed as `CT`. */
  readonly listedAs?: string;
  /** What it does, in a few words. */
  readonly summary: string;
  readonly families?: readonly Family[];
  readonly options: O;
  /** Data of the options that were read; `fail` for combinations that iptables refuses. */
  fromSave(values: Values<O>, context: ReadContext): T;
  /** What `iptables -S` prints behind `-j KIND`: `""`, or text that starts with a blank. */
  toSave(target: T): string;
  /** Takes this target's text from the front of the rest of a listing row; undefined if it is not this target's. */
  fromList(reader: ListReader, context: ReadContext): T | undefined;
  /** What `iptables -L` prints behind the matches: `""`, or text with its leading blank. */
  toList(target: T, style: ListStyle): string;
  /** What it does, and where control goes. */
  action(target: T, family: Family): Action;
}

/** Checks a record against its data type and keeps the types of its options: `defineTarget<RedirectTarget>()({ … })`. */
export const defineTarget =
  <T extends { readonly kind: string }>() =>
  <const O extends Options>(extension: TargetExtension<T, O>): TargetExtension<T, O> =>
    extension;
