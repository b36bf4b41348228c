import type { Words } from "../net/address.ts";
import type { AddressField } from "./field.ts";

/**
 * What a rule remembers of earlier packets, as data: which memory, what it goes by, and its parameters. How each goes on
 * from one packet to the next is told in walk/leaves/memory.ts.
 */
export type Memory =
  | BucketMemory
  | BucketsMemory
  | ListMemory
  | { readonly memory: "nth"; readonly every: number; readonly packet: number }
  /** `bytes`: decimal, up to 2⁶⁴ - 1. */
  | { readonly memory: "quota"; readonly bytes: string }
  | ConnectionsMemory
  | { readonly memory: "set"; readonly lookup: SetLookup };

/** One bucket of credit: `cost` for a packet, at most `cap`, one unit earned every 1/`scale` s. */
export interface BucketMemory {
  readonly memory: "limit";
  readonly scale: number;
  readonly cost: number;
  readonly cap: number;
}

/** How fast packets may come: a time for each, or a price for each 16 bytes. */
export type Pace =
  | { readonly kind: "packets"; readonly period: number; readonly burst: number }
  /** `cost`: of 16 bytes, where a second earns 2³²; `burst`: how many seconds' worth may be refilled at once. */
  | { readonly kind: "bytes"; readonly cost: number; readonly burst: number };

export type KeyPart = "srcip" | "srcport" | "dstip" | "dstport";

/** `-m hashlimit`: a bucket for each address or port, in a table that rules of one family share by its name (S5). */
export interface BucketsMemory {
  readonly memory: "hashlimit";
  /** null: the rule's own table. */
  readonly name: string | null;
  readonly key: readonly KeyPart[];
  readonly pace: Pace;
  /** Lengths of prefixes; undefined: whole addresses. */
  readonly srcmask: number | undefined;
  readonly dstmask: number | undefined;
  /** Milliseconds after which an idle key is forgotten, and is full again. */
  readonly expire: number;
}

/** Stamps of an address that are kept, and so the most that `--hitcount` may ask for. Kernel: XT_RECENT_MAX_NSTAMPS. */
export const MAX_STAMPS = 65_535;

/** `-m recent`: whether and when an address was put on a list that rules share by its name (S6). */
export interface ListMemory {
  readonly memory: "recent";
  readonly name: string;
  readonly operation: "set" | "rcheck" | "update" | "remove";
  /** The rule is negated: `update` stamps when the rule matches, negation included. */
  readonly inverted: boolean;
  readonly field: AddressField;
  readonly mask: Words;
  readonly seconds: number | undefined;
  readonly hitcount: number | undefined;
  readonly reap: boolean;
  /** Only stamps of packets with the same TTL count. */
  readonly sameTtl: boolean;
}

/** `-m connlimit`: how many connections share the masked address; it holds while they are at most `limit`. */
export interface ConnectionsMemory {
  readonly memory: "connlimit";
  readonly field: AddressField;
  readonly mask: Words;
  readonly limit: number;
}

/** Which side of the packet goes to one dimension of an ipset. */
export type SetDirection = "src" | "dst";

/** A comparison with a counter of an ipset's element. */
export interface CounterCondition {
  readonly operation: "eq" | "ne" | "lt" | "gt";
  /** Decimal, up to 2⁶⁴ - 1. */
  readonly value: string;
}

/** What a rule asks of an ipset. */
export interface SetLookup {
  readonly name: string;
  readonly directions: readonly SetDirection[];
  /** Elements that say `nomatch` are what is asked for, and no others. */
  readonly returnNomatch: boolean;
  readonly keepCounters: boolean;
  /** The counters of a list's members stay as they are. */
  readonly keepSubcounters: boolean;
  readonly packets?: CounterCondition;
  readonly bytes?: CounterCondition;
}

/** What memory rules share by name; null: the rule's own. A list of addresses is of both families (S6), buckets of one. */
export function sharedName(memory: Memory, v6: boolean): string | null {
  if (memory.memory === "recent") return `recent ${memory.name}`;
  if (memory.memory === "hashlimit" && memory.name !== null) return `hashlimit${v6 ? "6" : "4"} ${memory.name}`;
  return null;
}
