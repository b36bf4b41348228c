import type { Prefix, Words } from "../net/address.ts";
import type {
  AddressField,
  EntryAddressField,
  EntryNumberField,
  Frame,
  NumberField,
  Question,
  ReversePathLookup,
  SetLookup,
  SocketLookup,
} from "./frame.ts";

/**
 * What a match means, as data: a tree of conditions over named fields of the packet.
 *
 * From this one tree come the compiled test (compile.ts), the why-not with both values (describe.ts), the boundary values
 * that generators aim at (boundaries.ts) and, later, the set of all packets that match.
 *
 * `text` is the condition as `iptables -S` spells it, negation included. `negated` inverts the answer about a value that is
 * there; `whenAbsent` is the answer about a field that the packet does not have (by default: what a kernel gives that
 * compares nothing and then inverts, so `negated` itself; see rule O1).
 */
export type Predicate =
  | { readonly kind: "always" }
  | { readonly kind: "never"; readonly text: string }
  | All
  | Any
  | InRanges
  | Bits
  | InPrefix
  | InAddressRange
  | OnDevice
  | StateIn
  | EntryInRanges
  | EntryBits
  | EntryInPrefix
  | AddressTypes
  | GroupIn
  | HasSocket
  | FindsSocket
  | LeadsBack
  | PacketTypeIs
  | Chance
  | Stateful
  | Connections
  | OnBridge
  | Transformed
  | InSet
  | Open;

interface Leaf {
  readonly text: string;
  readonly negated: boolean;
}

/** Every one holds; tested left to right, and a stateful one only when those before it held (T6). */
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
export interface InRanges extends Leaf {
  readonly kind: "inRanges";
  readonly field: NumberField;
  readonly ranges: readonly (readonly [low: number, high: number])[];
  readonly whenAbsent?: boolean;
}

/** `(field & mask) === value`; bits of value outside of mask make it never true (M3). */
export interface Bits extends Leaf {
  readonly kind: "bits";
  readonly field: NumberField;
  readonly value: number;
  readonly mask: number;
  readonly whenAbsent?: boolean;
}

export interface InPrefix extends Leaf {
  readonly kind: "inPrefix";
  readonly field: AddressField;
  readonly prefix: Prefix;
}

export interface InAddressRange extends Leaf {
  readonly kind: "inAddressRange";
  readonly field: AddressField;
  readonly low: Words;
  readonly high: Words;
}

/** The name of the in or out device fits a pattern, a missing device being `""` (R10). */
export interface OnDevice extends Leaf {
  readonly kind: "onDevice";
  readonly field: "in" | "out";
  readonly pattern: string;
}

/** The conntrack state is one of a set of CT_ bits, virtual SNAT and DNAT included. */
export interface StateIn extends Leaf {
  readonly kind: "stateIn";
  readonly states: number;
  /**
   * A packet without an entry: `rest` are the other conditions of the same `-m conntrack`, which the kernel skips then
   * (C7), so they hang here and not beside it.
   */
  readonly rest?: readonly Predicate[];
}

/** A number of the conntrack entry; without an entry it never holds, negated or not (C7). */
export interface EntryInRanges extends Leaf {
  readonly kind: "entryInRanges";
  readonly field: EntryNumberField;
  readonly ranges: readonly (readonly [low: number, high: number])[];
}

/** `(field & mask) === value` of the entry; `anyOf`: at least one bit of `mask` is set, instead of all of value. */
export interface EntryBits extends Leaf {
  readonly kind: "entryBits";
  readonly field: EntryNumberField;
  readonly value: number;
  readonly mask: number;
  readonly anyOf?: boolean;
}

export interface EntryInPrefix extends Leaf {
  readonly kind: "entryInPrefix";
  readonly field: EntryAddressField;
  readonly prefix: Prefix;
}

/** `-m addrtype`: a set of kinds as bits of ADDRESS_TYPES; `limit` restricts the look-up to the in or out device. */
export interface AddressTypes extends Leaf {
  readonly kind: "addressTypes";
  readonly field: AddressField;
  readonly types: number;
  readonly limit?: "in" | "out";
}

/** The primary or a supplementary group of the socket's owner lies in a range. */
export interface GroupIn extends Leaf {
  readonly kind: "groupIn";
  readonly low: number;
  readonly high: number;
}

/** The packet belongs to a local socket. */
export interface HasSocket extends Leaf {
  readonly kind: "hasSocket";
}

/** `-m socket`. */
export interface FindsSocket extends Leaf {
  readonly kind: "findsSocket";
  readonly lookup: SocketLookup;
}

/** `-m rpfilter`. */
export interface LeadsBack extends Leaf {
  readonly kind: "leadsBack";
  readonly lookup: ReversePathLookup;
}

/** `-m pkttype`: unicast unless the destination is broadcast or multicast (D2). */
export interface PacketTypeIs extends Leaf {
  readonly kind: "packetTypeIs";
  readonly type: "unicast" | "broadcast" | "multicast";
}

/** True with a probability, independently at each evaluation. */
export interface Chance extends Leaf {
  readonly kind: "chance";
  readonly probability: number;
}

/** A match with a memory. `step` is pure; its state starts as undefined. */
export interface Stateful extends Leaf {
  readonly kind: "stateful";
  /** Shared by name (hashlimit, recent) or undefined: the rule's own. */
  readonly shared?: string;
  readonly step: (state: unknown, frame: Frame, now: number) => { readonly state: unknown; readonly holds: boolean };
}

/** `-m connlimit`: how many entries share the masked address. */
export interface Connections extends Leaf {
  readonly kind: "connections";
  readonly field: AddressField;
  readonly mask: Words;
  /** Holds while the count is at most this, `negated` for above. */
  readonly limit: number;
}

/** `-m set`: the packet is in an ipset. */
export interface InSet extends Leaf {
  readonly kind: "inSet";
  readonly lookup: SetLookup;
}

/** A device name that a bridge port is compared with, or only that there is one. */
export interface PortCondition {
  readonly negated: boolean;
  /** Undefined: any port. */
  readonly pattern?: string;
}

/** `-m physdev`, all of its options: the kernel answers them together (U2, U4, U5). */
export interface OnBridge extends Leaf {
  readonly kind: "onBridge";
  readonly conditions: {
    readonly isIn?: PortCondition;
    readonly in?: PortCondition;
    readonly isOut?: PortCondition;
    readonly out?: PortCondition;
    readonly isBridged?: PortCondition;
  };
}

/** `-m policy`: whether IPsec protects the packet; `negated` for `--pol none` (U1). */
export interface Transformed extends Leaf {
  readonly kind: "transformed";
  readonly direction: "in" | "out";
  /** It is also asked how, which is not modelled. */
  readonly detailed: boolean;
}

/** What nobody can decide: a hidden field, or an extension that is kept as text only. */
export interface Open {
  readonly kind: "open";
  readonly question: Question;
}

export const ALWAYS: Predicate = { kind: "always" };
export const never = (text: string): Predicate => ({ kind: "never", text });

/** The conjunction, flattened; `always` vanishes. */
export function all(of: readonly Predicate[]): Predicate {
  const flat = of.flatMap((one) => (one.kind === "all" ? one.of : one.kind === "always" ? [] : [one]));
  return flat.length === 0 ? ALWAYS : flat.length === 1 ? flat[0]! : { kind: "all", of: flat };
}

interface LeafOptions {
  readonly negated?: boolean;
  readonly text: string;
}

/** `field` lies in `[low, high]`. */
export const inRange = (field: NumberField, low: number, high: number, options: LeafOptions): Predicate => ({
  kind: "inRanges",
  field,
  ranges: [[low, high]],
  negated: options.negated ?? false,
  text: options.text,
});

/** `(field & mask) === value`. */
export const bits = (field: NumberField, value: number, mask: number, options: LeafOptions): Predicate => ({
  kind: "bits",
  field,
  value: value | 0,
  mask: mask | 0,
  negated: options.negated ?? false,
  text: options.text,
});

export const inPrefix = (field: AddressField, prefix: Prefix, options: LeafOptions): Predicate => ({
  kind: "inPrefix",
  field,
  prefix,
  negated: options.negated ?? false,
  text: options.text,
});

/** A condition that the packet model cannot decide, asked by an extension that is otherwise known. */
export const unmodelled = (subject: string, text: string): Predicate => ({
  kind: "open",
  question: { kind: "unmodelled", subject, text },
});
