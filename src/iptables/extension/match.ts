import type { Family } from "../../net/address.ts";
import type { Hook } from "../../predicate/effect.ts";
import type { Condition } from "../../predicate/predicate.ts";
import type { Flavour } from "../../predicate/rule-ref.ts";
import type { ListStyle, ReadContext } from "./context.ts";
import type { ListReader } from "./list-reader.ts";
import type { Options, Values } from "./value.ts";

/** Where an extension may stand; what is left out is not restricted. */
export interface Placement {
  readonly tables?: readonly string[];
  /** A user chain counts as every hook that reaches it. */
  readonly hooks?: readonly Hook[];
  /** The rule must have one of these protocols, not negated. */
  readonly protocols?: readonly number[];
}

/** Everything there is to say about one match extension. */
export interface MatchExtension<M extends { readonly kind: string }, O extends Options = Options> extends Placement {
  /** The name behind `-m`. */
  readonly kind: M["kind"];
  /** What it looks at, in a few words. */
  readonly summary: string;
  readonly families?: readonly Family[];
  readonly options: O;
  /** Data of the options that were read; `fail` for combinations that iptables refuses. */
  fromSave(values: Values<O>, context: ReadContext): M;
  /** What `iptables -S` prints behind `-m kind`: `""`, or text that starts with a blank. */
  toSave(match: M): string;
  /** Takes this match from the front of a listing row's text, or returns undefined. */
  fromList(reader: ListReader, context: ReadContext): M | undefined;
  /** What `iptables -L` prints, with its leading blank. */
  toList(match: M, style: ListStyle): string;
  /** The one meaning, condition by condition: tested, explained, generated and analysed from here. */
  meaning(match: M, family: Family, flavour: Flavour): readonly Condition[];
}

/** Checks a record against its data type and keeps the types of its options: `defineMatch<MarkMatch>()({ … })`. */
export const defineMatch =
  <M extends { readonly kind: string }>() =>
  <const O extends Options>(extension: MatchExtension<M, O>): MatchExtension<M, O> =>
    extension;
