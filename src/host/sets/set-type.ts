import type { Family } from "../../net/address.ts";

/** What one dimension of a set's elements is. */
export type PartKind = "ip" | "net" | "port" | "mac" | "iface" | "mark" | "set";

/**
 * A type of ipset: what its elements are made of, in the order of the rule's `src,dst`.
 *
 * Kernel: net/netfilter/ipset/ip_set_{hash,bitmap,list}_*.c, the `struct ip_set_type` at their ends.
 */
export interface SetType {
  readonly name: string;
  readonly method: "hash" | "bitmap" | "list";
  readonly parts: readonly PartKind[];
  /** How many of `src,dst` a rule must give at least: what it gives too many of is ignored. */
  readonly dimension: number;
  /** Networks of length 0 are allowed. */
  readonly wholeNet: boolean;
  /** The address of zeros is refused, and that of a packet is in no set. */
  readonly noZero: boolean;
  /** The family of its elements; null: there are none of a family. Undefined: as the set was created. */
  readonly family?: Family | null;
}

const type = (name: string, more: Partial<SetType> = {}): SetType => {
  const [method, parts] = name.split(":") as [SetType["method"], string];
  const kinds = parts.split(",") as PartKind[];
  return { name, method, parts: kinds, dimension: kinds.length, wholeNet: false, noZero: false, ...more };
};

const TYPES: readonly SetType[] = [
  type("hash:ip", { noZero: true }),
  type("hash:net"),
  type("hash:ip,port", { noZero: true }),
  type("hash:net,port"),
  type("hash:ip,port,ip"),
  type("hash:ip,port,net"),
  type("hash:net,net", { wholeNet: true }),
  type("hash:net,port,net", { wholeNet: true }),
  type("hash:net,iface", { wholeNet: true }),
  type("hash:ip,mark"),
  type("hash:ip,mac"),
  type("hash:mac", { family: null }),
  type("bitmap:ip", { family: "ipv4" }),
  type("bitmap:ip,mac", { family: "ipv4" }),
  type("bitmap:port", { family: null }),
  type("list:set", { family: null }),
];

/** The names that ipset had before its fifth version, and still takes. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  iphash: "hash:ip",
  nethash: "hash:net",
  ipporthash: "hash:ip,port",
  ipportiphash: "hash:ip,port,ip",
  ipportnethash: "hash:ip,port,net",
  ipmap: "bitmap:ip",
  macipmap: "bitmap:ip,mac",
  portmap: "bitmap:port",
  setlist: "list:set",
};

const BY_NAME: ReadonlyMap<string, SetType> = new Map(TYPES.map((one) => [one.name, one]));

/** A type by its name, or by the one that ipset gave it earlier. */
export const setType = (name: string): SetType | undefined =>
  BY_NAME.get(name) ?? BY_NAME.get(Object.hasOwn(OLD_NAMES, name) ? OLD_NAMES[name]! : "");

export const SET_TYPE_NAMES: readonly string[] = TYPES.map((one) => one.name);
