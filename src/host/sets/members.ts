import type { Element, Part } from "./ip-set.ts";

type Bucket = readonly Element[];

/** How many changes stand beside the base before they are folded into a new one. */
const RECENT = 48;

const NOTHING: Bucket = [];

/**
 * The elements of a set, as a value: a base that many values share, and the recent changes over it.
 *
 * A bucket holds the elements that differ only in what a look-up cannot compute a key of (a wildcard of an interface, a
 * MAC address), in the order in which they were added; of most types it holds one. What the kernel hashes is the same.
 */
export interface Members {
  readonly base: ReadonlyMap<string, Bucket>;
  readonly recent: ReadonlyMap<string, Bucket>;
  readonly size: number;
  /** For each dimension that is a network: how many elements have each length. Others: empty. */
  readonly lengths: readonly ReadonlyMap<number, number>[];
}

/** The key of a part within its bucket's key; undefined for those that elements of one bucket differ in. */
function partKey(part: Part): string | undefined {
  switch (part.kind) {
    case "net":
      return `${part.words.join(".")}/${part.length}`;
    case "port":
      return `${part.proto}:${part.port}`;
    case "mark":
      return `${part.mark}`;
    case "set":
      return part.name;
    case "iface":
    case "mac":
    case "awaited":
      return undefined;
  }
}

/** What elements of one bucket have in common. */
export function bucketKey(parts: readonly Part[]): string {
  const [first] = parts;
  if (parts.length === 1) return partKey(first!) ?? "";
  return parts.map((part) => partKey(part) ?? "").join(" ");
}

export const bucketOf = ({ base, recent }: Members, key: string): Bucket => recent.get(key) ?? base.get(key) ?? NOTHING;

/**
 * Whether an element of a bucket has the parts that the bucket's key leaves out. A wildcard is every name that begins
 * with it. Kernel: hash_netiface4_data_equal.
 */
export const hasVariant = ({ parts }: Element, asked: readonly Part[]): boolean =>
  parts.every((part, at) => {
    const other = asked[at]!;
    if (part.kind === "iface" && other.kind === "iface")
      return (
        part.physical === other.physical &&
        (part.wildcard ? other.name.startsWith(part.name) : part.name === other.name)
      );
    return part.kind !== "mac" || other.kind !== "mac" || part.address === other.address;
  });

/** Whether an element is the packet's is for a hardware address to say, and one of the two is not known. */
export const isHardwareOpen = (element: Element, asked: readonly Part[]): boolean =>
  element.parts.some((part, at) => {
    const other = asked[at];
    return part.kind === "mac" && other?.kind === "mac" && (part.address === "" || other.address === "");
  });

/** The element that is the same to the set. */
export const findSame = (members: Members, parts: readonly Part[]): Element | undefined =>
  bucketOf(members, bucketKey(parts)).find((one) => hasVariant(one, parts));

/** Puts an element in the place of `before`, or at the end of its bucket. */
export function put(members: Members, element: Element, before: Element | undefined): Members {
  const key = bucketKey(element.parts);
  const bucket = bucketOf(members, key);
  const next = before === undefined ? [...bucket, element] : bucket.map((one) => (one === before ? element : one));
  const grown = before === undefined ? 1 : 0;
  return changed(members, key, next, grown, grown === 1 ? element : undefined);
}

export function remove(members: Members, element: Element): Members {
  const key = bucketKey(element.parts);
  const rest = bucketOf(members, key).filter((one) => one !== element);
  return changed(members, key, rest, -1, element);
}

function changed(members: Members, key: string, bucket: Bucket, by: -1 | 0 | 1, counted: Element | undefined): Members {
  const recent = new Map(members.recent).set(key, bucket);
  const lengths = counted === undefined ? members.lengths : countLengths(members.lengths, counted.parts, by);
  const size = members.size + by;
  if (recent.size <= RECENT) return { base: members.base, recent, size, lengths };
  const base = new Map(members.base);
  for (const [one, held] of recent) {
    if (held.length === 0) base.delete(one);
    else base.set(one, held);
  }
  return { base, recent: new Map(), size, lengths };
}

function countLengths(
  lengths: readonly ReadonlyMap<number, number>[],
  parts: readonly Part[],
  by: number,
): readonly ReadonlyMap<number, number>[] {
  return parts.map((part, at) => {
    const known = lengths[at] ?? new Map<number, number>();
    if (part.kind !== "net") return known;
    const count = (known.get(part.length) ?? 0) + by;
    const next = new Map(known);
    if (count > 0) next.set(part.length, count);
    else next.delete(part.length);
    return next;
  });
}

/** Many elements at once: what a text is read into. */
export function membersOf(elements: Iterable<Element>): Members {
  const base = new Map<string, Element[]>();
  const lengths: Map<number, number>[] = [];
  let size = 0;
  for (const element of elements) {
    const key = bucketKey(element.parts);
    const bucket = base.get(key);
    if (bucket === undefined) base.set(key, [element]);
    else bucket.push(element);
    size++;
    for (const [at, part] of element.parts.entries()) {
      lengths[at] ??= new Map();
      if (part.kind === "net") lengths[at].set(part.length, (lengths[at].get(part.length) ?? 0) + 1);
    }
  }
  return { base, recent: new Map(), size, lengths };
}

/** All elements; those that changed lately last. */
export function* elementsOf({ base, recent }: Members): Generator<Element> {
  for (const [key, bucket] of base) yield* recent.get(key) ?? bucket;
  for (const [key, bucket] of recent) if (!base.has(key)) yield* bucket;
}

/** The lengths that networks of one dimension have, the longest first: the order in which they are tried. */
export const lengthsOf = ({ lengths }: Members, at: number): readonly number[] =>
  [...(lengths[at]?.keys() ?? [])].sort((a, b) => b - a);
