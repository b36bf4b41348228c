import type { Prefix, Words } from "../net/address.ts";
import type { MissingName } from "../net/missing-name.ts";
import type { AddressField, EntryAddressField, EntryNumberField, NameField, NumberField } from "./field.ts";
import type { Memory, SetLookup } from "./memory.ts";
import type { OpenKind } from "./question.ts";

/**
 * What a rule asks of a packet, as data: a tree of conditions over the fields of predicate/field.ts.
 *
 * From this one tree come the compiled test (compile.ts), the why-not with both values (describe.ts), the values at which
 * answers change (boundaries.ts), what depends on the host alone (resolve.ts), and the set of all packets that match. No
 * leaf runs code, and none holds its own spelling, so that equal meanings are equal.
 *
 * `negated` inverts the answer about a value that is there; `absent` is the answer about a field that the packet does not
 * have (by default: what a kernel gives that compares nothing and then inverts, so `negated` itself; see rule O1).
 */
export type Predicate =
  | { readonly kind: "always" }
  | { readonly kind: "never" }
  | All
  | Any
  | Range
  | Bits
  | InPrefix
  | Span
  | Named
  | State
  | EntryRange
  | EntryBits
  | EntryPrefix
  | Group
  | Has
  | Chance
  | Atom
  | Remembered
  | FindsSocket
  | HostLeaf;

interface Leaf {
  readonly negated: boolean;
}

/** Every one holds; tested left to right, and one that remembers only when those before it hold (T6). */
export interface All {
  readonly kind: "all";
  readonly of: readonly Predicate[];
}

/** At least one holds. */
export interface Any extends Leaf {
  readonly kind: "any";
  readonly of: readonly Predicate[];
}

/** A number lies in one of the ranges, both ends included. */
export interface Range extends Leaf {
  readonly kind: "range";
  readonly field: NumberField;
  readonly ranges: readonly (readonly [low: number, high: number])[];
  readonly absent?: boolean;
}

/** `(field & mask) === value`; bits of value outside of mask make it never true (M3). Both signed 32-bit. */
export interface Bits extends Leaf {
  readonly kind: "bits";
  readonly field: NumberField;
  readonly value: number;
  readonly mask: number;
}

export interface InPrefix extends Leaf {
  readonly kind: "prefix";
  readonly field: AddressField;
  readonly prefix: Prefix;
}

/** An address from `low` to `high`, both included. */
export interface Span extends Leaf {
  readonly kind: "span";
  readonly field: AddressField;
  readonly low: Words;
  readonly high: Words;
}

/** A name fits a pattern, which may end in `+`; a missing one is `""` (R10). */
export interface Named extends Leaf {
  readonly kind: "name";
  readonly field: NameField;
  readonly pattern: string;
}

/** The conntrack state is one of a set of CT_ bits, virtual SNAT and DNAT included. */
export interface State extends Leaf {
  readonly kind: "state";
  readonly states: number;
}

/** A number of the conntrack entry; without an entry it never holds, negated or not (C7). */
export interface EntryRange extends Leaf {
  readonly kind: "entryRange";
  readonly field: EntryNumberField;
  readonly low: number;
  readonly high: number;
}

/** `(field & mask) === value` of the entry; `anyOf`: at least one bit of `mask` is set, instead of all of value. */
export interface EntryBits extends Leaf {
  readonly kind: "entryBits";
  readonly field: EntryNumberField;
  readonly value: number;
  readonly mask: number;
  readonly anyOf: boolean;
}

export interface EntryPrefix extends Leaf {
  readonly kind: "entryPrefix";
  readonly field: EntryAddressField;
  readonly prefix: Prefix;
}

/** The primary or a supplementary group of the socket's owner lies in a range. */
export interface Group extends Leaf {
  readonly kind: "group";
  readonly low: number;
  readonly high: number;
}

/** The packet has a conntrack entry, or belongs to a local socket. */
export interface Has extends Leaf {
  readonly kind: "has";
  readonly what: "entry" | "socket";
}

/** True with a probability, independently at each evaluation. */
export interface Chance extends Leaf {
  readonly kind: "chance";
  readonly probability: number;
}

/** What of the packet a fact is about, as it is when it is asked: another value is another fact. */
export type FactField = AddressField | "in" | "out" | "sport" | "dport" | "ttl" | "tos" | "length" | "mark";

/** What of a packet a match may look at that reads its headers. */
export const HEADERS: readonly FactField[] = ["src", "dst", "sport", "dport", "ttl", "tos"];

/**
 * A fact that nothing here decides. One subject and key, with the values of `of`, is one fact, whoever asks and however
 * often, and its negation is its negation.
 */
export interface Atom extends Leaf {
  readonly kind: "atom";
  readonly why: Exclude<OpenKind, "chance">;
  /** A field, or the name of an extension. */
  readonly subject: string;
  readonly key: string;
  readonly of: readonly FactField[];
  /** Each rule's is a fact of its own: what is not modelled may remember, or draw. */
  readonly own: boolean;
  readonly reason?: string;
  readonly missing?: MissingName;
}

/** What earlier packets have left decides: a bucket, a count, a list, a set that rules change. */
export interface Remembered extends Leaf {
  readonly kind: "memory";
  readonly memory: Memory;
}

/** `-m socket`: a local socket waits for the packet. */
export interface FindsSocket extends Leaf {
  readonly kind: "socket";
  readonly transparent: boolean;
  readonly noWildcard: boolean;
}

/** What the host alone decides, until it is resolved. */
export type HostLeaf = AddressTypes | LeadsBack | InSet | Protected;

/** `-m addrtype`: a set of kinds as bits of ADDRESS_TYPES; `limit` restricts the look-up to the in or out device. */
export interface AddressTypes extends Leaf {
  readonly kind: "addressTypes";
  readonly field: AddressField;
  readonly types: number;
  readonly limit?: "in" | "out";
}

/** `-m rpfilter`. */
export interface LeadsBack extends Leaf {
  readonly kind: "leadsBack";
  readonly loose: boolean;
  readonly validMark: boolean;
  readonly acceptLocal: boolean;
}

/** `-m set`: the packet is in an ipset. */
export interface InSet extends Leaf {
  readonly kind: "inSet";
  readonly lookup: SetLookup;
}

/** `-m policy`: IPsec protects the packet, as it came in or as it leaves (U1). */
export interface Protected extends Leaf {
  readonly kind: "protected";
  readonly direction: "in" | "out";
}

/** Kinds of address that `-m addrtype` and routing tell apart, as bits of a set. */
export const ADDRESS_TYPES = [
  "UNSPEC",
  "UNICAST",
  "LOCAL",
  "BROADCAST",
  "ANYCAST",
  "MULTICAST",
  "BLACKHOLE",
  "UNREACHABLE",
  "PROHIBIT",
  "THROW",
  "NAT",
  "XRESOLVE",
] as const;
export type AddressType = (typeof ADDRESS_TYPES)[number];

/** One condition of a rule: what it asks, and how the rule spells it. */
export interface Condition {
  readonly test: Predicate;
  /** As `iptables -S` writes it, but for a `!` in front: `--dport 80`. */
  readonly words: string;
  readonly negated: boolean;
}

export const condition = (words: string, test: Predicate, negated = false): Condition => ({ test, words, negated });

/** `! --dport 80`, as `iptables -S` writes the condition. */
export const conditionText = ({ words, negated }: Condition): string => (negated ? `! ${words}` : words);

export const ALWAYS: Predicate = { kind: "always" };
export const NEVER: Predicate = { kind: "never" };

/** The conjunction, flattened; `always` vanishes. */
export function all(of: readonly Predicate[]): Predicate {
  const flat = of.flatMap((one) => (one.kind === "all" ? one.of : one.kind === "always" ? [] : [one]));
  const [only] = flat;
  return only === undefined ? ALWAYS : flat.length === 1 ? only : { kind: "all", of: flat };
}

export const any = (of: readonly Predicate[], negated = false): Predicate => ({ kind: "any", of, negated });

/** `field` lies in `[low, high]`. */
export const inRange = (field: NumberField, low: number, high: number, negated = false): Predicate => ({
  kind: "range",
  field,
  ranges: [[low, high]],
  negated,
});

/** `field` lies in one of the ranges: in order, and those that meet or overlap as one, so that equal meanings are equal. */
export function inRanges(field: NumberField, ranges: Range["ranges"], negated = false): Predicate {
  const merged: [number, number][] = [];
  for (const [low, high] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = merged.at(-1);
    if (low > high) continue;
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return { kind: "range", field, ranges: merged, negated };
}

/** `(field & mask) === value`. */
export const bits = (field: NumberField, value: number, mask: number, negated = false): Predicate => ({
  kind: "bits",
  field,
  value: value | 0,
  mask: mask | 0,
  negated,
});

export const inPrefix = (field: AddressField, prefix: Prefix, negated = false): Predicate => ({
  kind: "prefix",
  field,
  prefix,
  negated,
});

export const named = (field: NameField, pattern: string, negated = false): Predicate => ({
  kind: "name",
  field,
  pattern,
  negated,
});

export const has = (what: Has["what"], negated = false): Predicate => ({ kind: "has", what, negated });

export const remembered = (memory: Memory, negated = false): Predicate => ({ kind: "memory", memory, negated });

/** What an extension asks that the model of a packet cannot decide. */
export const unmodelled = (
  subject: string,
  key: string,
  {
    negated = false,
    of = [],
    own = false,
  }: { readonly negated?: boolean; readonly of?: readonly FactField[]; readonly own?: boolean } = {},
): Predicate => ({ kind: "atom", why: "unmodelled", subject, key: key.trim(), of, own, negated });
