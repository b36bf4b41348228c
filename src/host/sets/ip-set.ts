import type { Family, Words } from "../../net/address.ts";
import type { Members } from "./members.ts";
import type { SetType } from "./set-type.ts";

/** One dimension of an element. An address is a network of its whole length. */
export type Part =
  | { readonly kind: "net"; readonly words: Words; readonly length: number }
  | { readonly kind: "port"; readonly proto: number; readonly port: number }
  /** "": one that a packet had, which packets here do not carry. */
  | { readonly kind: "mac"; readonly address: string }
  /** bitmap:ip,mac: that of the first packet, from which on the element has so many seconds, 0 for ever. */
  | { readonly kind: "awaited"; readonly seconds: number }
  | { readonly kind: "iface"; readonly name: string; readonly physical: boolean; readonly wildcard: boolean }
  | { readonly kind: "mark"; readonly mark: number }
  | { readonly kind: "set"; readonly name: string };

/** What `-j SET --map-set` gives to the packet. Signed. */
export interface SkbInfo {
  readonly mark: number;
  readonly markMask: number;
  /** As it is written, `1:10`. */
  readonly prio?: string;
  readonly queue?: number;
}

/** A member of a set with its extensions. */
export interface Element {
  readonly parts: readonly Part[];
  /** Second after which it is gone; null: never. */
  readonly expires: number | null;
  readonly nomatch: boolean;
  readonly packets: bigint;
  readonly bytes: bigint;
  readonly info: SkbInfo | null;
  readonly comment: string | null;
}

/** What a set was created with. */
export interface SetSettings {
  /** Seconds that an element lives if nothing else is said, 0 for ever; null: elements have no time. */
  readonly timeout: number | null;
  readonly counters: boolean;
  readonly comment: boolean;
  readonly skbinfo: boolean;
  readonly forceadd: boolean;
  readonly maxelem: number;
  /** What addresses are masked with, from `netmask` or `bitmask`; null: nothing. */
  readonly mask: Words | null;
  readonly markmask: number;
  /** Of bitmaps: the first and last number that fits. */
  readonly range: readonly [low: number, high: number] | null;
  /** The options as they were written, for whoever writes the set again. */
  readonly words: string;
}

/** One ipset, as a value. */
export interface IpSet {
  readonly name: string;
  readonly type: SetType;
  /** null: elements of no family, for rules of both. */
  readonly family: Family | null;
  readonly settings: SetSettings;
  readonly members: Members;
}

/** The sets of a namespace by name. */
export type SetTable = ReadonlyMap<string, IpSet>;

/** Whether its time is over. Kernel: ip_set_timeout_expired. */
export const isExpired = ({ expires }: Element, now: number): boolean => expires !== null && now > expires;

/** Whether the number of a bitmap's first part fits it. */
export function isWithin(part: Part, { range }: SetSettings): boolean {
  if (range === null) return true;
  const number = part.kind === "net" ? part.words[3] >>> 0 : part.kind === "port" ? part.port : range[0];
  return number >= range[0] && number <= range[1];
}

/** The address of zeros, which some types cannot hold. */
export const isZero = (part: Part): boolean => part.kind === "net" && part.words.every((word) => word === 0);

export const maskWords = (words: Words, mask: Words): Words => [
  words[0] & mask[0],
  words[1] & mask[1],
  words[2] & mask[2],
  words[3] & mask[3],
];
