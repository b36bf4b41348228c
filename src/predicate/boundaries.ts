import { addToAddress, type Family, type Prefix, sameWords, type Words } from "../net/address.ts";
import { type AddressField, NUMBER_FIELDS, type NumberField } from "./field.ts";
import type { Predicate } from "./predicate.ts";

/**
 * The values at which the answers of some predicates change: for each field what they name first, then the neighbours
 * just outside of it. Every value once, in the order in which the predicates name them.
 */
export interface Boundaries {
  readonly numbers: Readonly<Partial<Record<NumberField, readonly number[]>>>;
  readonly addresses: Readonly<Record<AddressField, readonly Words[]>>;
  /** Device names that fit a pattern which is named. */
  readonly devices: Readonly<Record<"in" | "out", readonly string[]>>;
  /** The conntrack states that are asked for, as CT_ bits. */
  readonly states: number;
}

interface Draft {
  readonly named: Map<NumberField, Set<number>>;
  readonly near: Map<NumberField, Set<number>>;
  readonly addresses: Record<AddressField, { named: Words[]; near: Words[] }>;
  readonly devices: Record<"in" | "out", Set<string>>;
  states: number;
}

/** Collects the boundary values that predicates of one family name. Bits of `mark` that are masked out are zero. */
export function boundariesOf(predicates: Iterable<Predicate>, family: Family): Boundaries {
  const draft: Draft = {
    named: new Map(),
    near: new Map(),
    addresses: { src: { named: [], near: [] }, dst: { named: [], near: [] } },
    devices: { in: new Set(), out: new Set() },
    states: 0,
  };
  for (const predicate of predicates) collect(predicate, family, draft);
  const fields = [...new Set([...draft.named.keys(), ...draft.near.keys()])];
  const numbers = Object.fromEntries(
    fields.map((field) => [field, [...new Set([...(draft.named.get(field) ?? []), ...(draft.near.get(field) ?? [])])]]),
  );
  const { src, dst } = draft.addresses;
  return {
    numbers,
    addresses: { src: distinct([...src.named, ...src.near]), dst: distinct([...dst.named, ...dst.near]) },
    devices: { in: [...draft.devices.in], out: [...draft.devices.out] },
    states: draft.states,
  };
}

function distinct(all: readonly Words[]): Words[] {
  const seen = new Set<string>();
  return all.filter((words) => {
    const key = words.join(" ");
    return seen.has(key) ? false : seen.add(key);
  });
}

function add(map: Map<NumberField, Set<number>>, field: NumberField, value: number): void {
  if (value < 0 || value > NUMBER_FIELDS[field].max) return;
  const set = map.get(field);
  if (set) set.add(value);
  else map.set(field, new Set([value]));
}

function collect(predicate: Predicate, family: Family, draft: Draft): void {
  switch (predicate.kind) {
    case "all":
    case "any":
      for (const one of predicate.of) collect(one, family, draft);
      return;
    case "range":
      for (const [low, high] of predicate.ranges) range(draft, predicate.field, low, high);
      return;
    case "group":
      range(draft, "gid", predicate.low, predicate.high);
      return;
    case "bits": {
      const value = predicate.value >>> 0;
      add(draft.named, predicate.field, value);
      // One bit of the mask turned is the nearest value that does not fit.
      const lowest = (predicate.mask & -predicate.mask) >>> 0;
      add(draft.near, predicate.field, (value ^ lowest) >>> 0);
      return;
    }
    case "prefix":
      prefix(draft, predicate.field, predicate.prefix);
      return;
    case "span": {
      const ends = draft.addresses[predicate.field];
      ends.named.push(predicate.low, predicate.high);
      ends.near.push(addToAddress(family, predicate.low, -1), addToAddress(family, predicate.high, 1));
      return;
    }
    case "name":
      if (predicate.field === "in" || predicate.field === "out")
        draft.devices[predicate.field].add(
          predicate.pattern.endsWith("+") ? `${predicate.pattern.slice(0, -1)}0` : predicate.pattern,
        );
      return;
    case "state":
      draft.states |= predicate.states;
      return;
    default:
      return;
  }
}

function range(draft: Draft, field: NumberField, low: number, high: number): void {
  add(draft.named, field, low);
  add(draft.named, field, high);
  add(draft.near, field, low - 1);
  add(draft.near, field, high + 1);
}

/** First and last address, and their neighbours outside; a mask with holes has a first and last one as well. */
function prefix(draft: Draft, field: AddressField, { family, address, mask }: Prefix): void {
  const last: Words = [address[0] | ~mask[0], address[1] | ~mask[1], address[2] | ~mask[2], address[3] | ~mask[3]];
  const end: Words = family === "ipv4" ? [0, 0, 0, last[3]] : last;
  const ends = draft.addresses[field];
  ends.named.push(address);
  if (!sameWords(address, end)) ends.named.push(end);
  const everything = mask.every((word) => word === 0);
  if (!everything) ends.near.push(addToAddress(family, address, -1), addToAddress(family, end, 1));
}
