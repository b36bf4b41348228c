import { addressBits } from "../../net/address.ts";
import type { Frame } from "../../predicate/frame.ts";
import type { SetDirection, SetLookup } from "../../predicate/memory.ts";
import { type Element, type IpSet, isExpired, type Part, type SetTable, type SkbInfo } from "./ip-set.ts";
import { bucketKey, bucketOf, elementsOf, hasVariant, isHardwareOpen, lengthsOf, put } from "./members.ts";
import { cutTo, packetParts } from "./packet-parts.ts";

/** What one packet does with sets: the table is replaced as counters rise. */
export interface Asking {
  sets: SetTable;
  readonly frame: Frame;
  readonly now: number;
  /** What `--map-set` takes from the set: of the last element that was found. */
  info: SkbInfo | null;
}

/** Found, not found, found as `nomatch`; open: it depends on a hardware address that is not said. */
export type Finding = "in" | "out" | "nomatch" | "open";

type Conditions = Pick<SetLookup, "returnNomatch" | "keepCounters" | "keepSubcounters" | "packets" | "bytes">;

/** A set of the other family, or with more dimensions than the rule gives, has nothing. Kernel: ip_set_test. */
export const fits = (set: IpSet, frame: Frame, directions: readonly SetDirection[]): boolean =>
  directions.length >= set.type.dimension && (set.family === null || (set.family === "ipv6") === frame.v6);

/** Puts a set back into the table, changed. */
export function keep(asking: Asking, set: IpSet): void {
  asking.sets = new Map(asking.sets).set(set.name, set);
}

/**
 * Whether the packet is in the set, counters and all.
 *
 * Kernel: net/netfilter/ipset/ip_set_core.c, ip_set_test.
 */
export function testSet(
  asking: Asking,
  name: string,
  directions: readonly SetDirection[],
  conditions: Conditions,
): Finding {
  const set = asking.sets.get(name);
  if (set === undefined || !fits(set, asking.frame, directions)) return "out";
  if (set.type.method === "list") return testList(asking, set, directions, conditions);
  const parts = packetParts(set, asking.frame, directions);
  if (parts === undefined) return "out";
  const found = testElements(asking, set, parts, conditions);
  if (!conditions.returnNomatch || !set.type.parts.includes("net")) return found;
  return found === "in" ? "nomatch" : found === "nomatch" ? "in" : found;
}

/** Kernel: list_set_ktest. The members' own counters are never compared. */
function testList(asking: Asking, list: IpSet, directions: readonly SetDirection[], conditions: Conditions): Finding {
  const inner: Conditions = {
    returnNomatch: conditions.returnNomatch,
    keepCounters: conditions.keepCounters || conditions.keepSubcounters,
    keepSubcounters: conditions.keepSubcounters,
  };
  for (const element of elementsOf(list.members)) {
    const [part] = element.parts;
    if (part?.kind !== "set" || isExpired(element, asking.now)) continue;
    const found = testSet(asking, part.name, directions, inner);
    if (found === "open") return found;
    if (found === "in" && matchExtensions(asking, list.name, element, conditions)) return "in";
  }
  return "out";
}

/** Looks for the packet with every length that networks of the set have, the longest first. Kernel: mtype_test_cidrs. */
function testElements(asking: Asking, set: IpSet, parts: readonly Part[], conditions: Conditions): Finding {
  const family = asking.frame.v6 ? "ipv6" : "ipv4";
  const nets = set.type.parts.flatMap((kind, at) => (kind === "net" ? [at] : []));
  const whole = [addressBits(family)];
  const [outer, inner] = nets;
  const lengthsAt = (at: number | undefined) => (at === undefined ? whole : lengthsOf(set.members, at));
  for (const first of lengthsAt(outer))
    for (const second of lengthsAt(inner)) {
      const cut = parts.map((part, at) =>
        at === outer ? cutTo(part, first, family) : at === inner ? cutTo(part, second, family) : part,
      );
      const found = testBucket(asking, set, cut, conditions);
      if (found === "stop") return "out";
      if (found !== "out") return found;
    }
  return "out";
}

/**
 * The elements of one bucket. One of the same network with another device ends the search: shorter networks are not
 * looked at (`multi` in mtype_test_cidrs).
 */
function testBucket(asking: Asking, set: IpSet, parts: readonly Part[], conditions: Conditions): Finding | "stop" {
  let others = false;
  for (const element of bucketOf(set.members, bucketKey(parts))) {
    const awaited = element.parts.find((part) => part.kind === "awaited");
    if (awaited) return fillHardware(asking, set, element, parts, awaited.seconds);
    if (isHardwareOpen(element, parts) && !isExpired(element, asking.now)) return "open";
    others = !hasVariant(element, parts);
    if (!others && matchExtensions(asking, set.name, element, conditions)) return element.nomatch ? "nomatch" : "in";
  }
  return others ? "stop" : "out";
}

/** An address without a hardware address takes that of the packet, as if it were added. Kernel: ip_set_test, -EAGAIN. */
function fillHardware(asking: Asking, set: IpSet, element: Element, parts: readonly Part[], seconds: number): Finding {
  const { counters } = set.settings;
  const filled: Element = {
    ...element,
    parts,
    expires: seconds === 0 ? null : asking.now + seconds,
    packets: counters ? 1n : 0n,
    bytes: counters ? BigInt(asking.frame.length) : 0n,
  };
  keep(asking, { ...set, members: put(set.members, filled, element) });
  return "in";
}

/**
 * Whether an element that was found counts: it has time left, and its counters, this packet included, are as the rule
 * wants them.
 *
 * Kernel: ip_set_match_extensions.
 */
function matchExtensions(asking: Asking, name: string, element: Element, conditions: Conditions): boolean {
  if (isExpired(element, asking.now)) return false;
  const set = asking.sets.get(name)!;
  let { packets, bytes } = element;
  if (set.settings.counters) {
    if (!conditions.keepCounters) {
      packets += 1n;
      bytes += BigInt(asking.frame.length);
      keep(asking, { ...set, members: put(set.members, { ...element, packets, bytes }, element) });
    }
    if (!compares(packets, conditions.packets) || !compares(bytes, conditions.bytes)) return false;
  }
  if (set.settings.skbinfo) asking.info = element.info;
  return true;
}

function compares(value: bigint, condition: SetLookup["packets"]): boolean {
  if (condition === undefined) return true;
  const limit = BigInt(condition.value);
  switch (condition.operation) {
    case "eq":
      return value === limit;
    case "ne":
      return value !== limit;
    case "lt":
      return value < limit;
    case "gt":
      return value > limit;
  }
}
