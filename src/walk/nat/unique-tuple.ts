import { type Entry, SRC_NAT_DONE } from "../../conntrack/entry.ts";
import { destinationWords, invert, sameSource, sameTuple, sourceWords, type Tuple } from "../../conntrack/tuple.ts";
import { compareWords, sameWords, type Words } from "../../net/address.ts";
import { jhash2 } from "../../net/jhash.ts";
import { hasPorts, isIcmp, UDP, UDPLITE } from "../../net/protocol.ts";
import { DST_NAT, SRC_NAT } from "../../predicate/frame.ts";
import type { Run } from "../run/run.ts";
import { type Manip, portOf, withPort } from "./manip.ts";

/** What a mapping may choose from. Kernel: struct nf_nat_range2. */
export interface Choice {
  readonly low: Words | null;
  readonly high: Words | null;
  readonly ports: { readonly low: number; readonly high: number; readonly base?: number } | null;
  readonly random: boolean;
  readonly persistent: boolean;
}

const isTaken = (run: Run, entry: Entry, tuple: Tuple): boolean => run.conntrack.taken(invert(tuple), entry);

/**
 * Whether a tuple that would be kept is in use by another connection. The same UDP connection opened from the other side,
 * and not translated, does not count: another port would not help it (E6).
 *
 * Kernel: nf_nat_used_tuple_new.
 */
function isTakenByOther(run: Run, entry: Entry, tuple: Tuple): boolean {
  if (!isTaken(run, entry, tuple)) return false;
  // Kernel: nf_nat_allow_clash (E12).
  if (tuple.proto !== UDP && tuple.proto !== UDPLITE) return true;
  const { conntrack } = run;
  const { zoneOriginal, zoneReply } = entry;
  const found =
    conntrack.find(tuple, zoneOriginal, zoneReply) ?? conntrack.find(invert(tuple), zoneOriginal, zoneReply);
  if (found === undefined) return false;
  const { status, original } = found.entry;
  return (status & (SRC_NAT | DST_NAT)) !== 0 || !sameTuple(original, entry.reply);
}

/** The tuple that a mapping gives a connection, free of others. Kernel: get_unique_tuple. */
export function uniqueTuple(run: Run, entry: Entry, original: Tuple, manip: Manip, choice: Choice): Tuple {
  if (manip === "source" && !choice.random) {
    if (inRange(original, choice)) {
      if (!isTakenByOther(run, entry, original)) return original;
    } else {
      const reused = sameSourceMapping(run, entry, original, choice);
      if (reused !== undefined && !isTaken(run, entry, reused)) return reused;
    }
  }
  const tuple = withAddress(original, manip, choice, entry.zoneOriginal || entry.zoneReply);
  if (!choice.random) {
    if (choice.ports !== null) {
      const { low, high, base } = choice.ports;
      const port = portOf(tuple, manip);
      if (base === undefined && port >= low && port <= high && (low === high || !isTaken(run, entry, tuple)))
        return tuple;
    } else if (!isTaken(run, entry, tuple)) return tuple;
  }
  return withFreePort(run, entry, tuple, manip, choice);
}

/** Kernel: nf_in_range. */
function inRange(tuple: Tuple, { low, high, ports }: Choice): boolean {
  const words = sourceWords(tuple);
  if (low !== null && high !== null && (compareWords(words, low) < 0 || compareWords(words, high) > 0)) return false;
  if (ports === null) return true;
  return tuple.sport >= ports.low && tuple.sport <= ports.high;
}

/** The mapping that an entry with the same source has already (N19, last sentence). Kernel: find_appropriate_src. */
function sameSourceMapping(run: Run, entry: Entry, original: Tuple, choice: Choice): Tuple | undefined {
  for (const other of run.conntrack.entries()) {
    if (
      other.original.proto !== original.proto ||
      other.original.sport !== original.sport ||
      !sameSource(other.original, original) ||
      other.zoneOriginal !== entry.zoneOriginal ||
      (other.status & SRC_NAT_DONE) === 0
    )
      continue;
    const mapped = invert(other.reply);
    const tuple: Tuple = {
      ...mapped,
      d0: original.d0,
      d1: original.d1,
      d2: original.d2,
      d3: original.d3,
      dport: original.dport,
    };
    if (inRange(tuple, choice)) return tuple;
  }
  return undefined;
}

/** Kernel: find_best_ips_proto. */
function withAddress(tuple: Tuple, manip: Manip, { low, high, persistent }: Choice, zone: number): Tuple {
  if (low === null || high === null) return tuple;
  const words = sameWords(low, high) ? low : hashed(tuple, manip, { low, high, persistent }, zone);
  const [w0, w1, w2, w3] = words;
  return manip === "source"
    ? { ...tuple, s0: w0, s1: w1, s2: w2, s3: w3 }
    : { ...tuple, d0: w0, d1: w1, d2: w2, d3: w3 };
}

const swap = (word: number): number =>
  ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);

/**
 * An address of a range by hash of source, destination and zone (N17). IPv6 mixes the destination in word by word, and
 * for a destination translation those words are the new ones already; behind the first word that is not the range's last
 * all of 2^32 - 1 values may follow (E3).
 */
function hashed(
  tuple: Tuple,
  manip: Manip,
  { low, high, persistent }: { readonly low: Words; readonly high: Words; readonly persistent: boolean },
  zone: number,
): Words {
  // The kernel keeps an IPv4 address in the first of the four words and the rest zero.
  const order = (words: Words): number[] => (tuple.v6 ? words.map(swap) : [swap(words[3]), 0, 0, 0]);
  const source = order(sourceWords(tuple));
  const destination = order(destinationWords(tuple));
  const last = tuple.v6 ? 3 : 0;
  let hash = jhash2(source, persistent ? 0 : destination[last]! ^ zone);
  const chosen: number[] = [];
  let wide = false;
  const lows = tuple.v6 ? low : [low[3]];
  const highs = tuple.v6 ? high : [high[3]];
  for (let at = 0; at <= last; at++) {
    const from = wide ? 0 : lows[at]! >>> 0;
    // Kept in 32 bits, where a range of all addresses has no span.
    const span = wide ? 0xffffffff : ((highs[at]! >>> 0) - from + 1) >>> 0;
    const offset = Number((BigInt(hash >>> 0) * BigInt(span)) >> 32n);
    chosen.push((from + offset) | 0);
    if (chosen[at] !== (highs[at]! | 0)) wide = true;
    if (!persistent) hash ^= manip === "destination" ? swap(chosen[at]!) : destination[at]!;
  }
  return tuple.v6 ? (chosen as unknown as Words) : [0, 0, 0, chosen[0]!];
}

/** How many ports are tried one after another; the kernel gives up sooner where many are taken. */
const ATTEMPTS = 65536;

/**
 * A port, or ICMP id, that makes the reply tuple free. Where the kernel draws at random, the lowest free one stands for
 * the draw, and the walk says so (N15, N19).
 *
 * Kernel: nf_nat_l4proto_unique_tuple.
 */
function withFreePort(run: Run, entry: Entry, tuple: Tuple, manip: Manip, choice: Choice): Tuple {
  if (!hasPorts(tuple.proto) && !isIcmp(tuple.proto)) return tuple;
  let low: number;
  let size: number;
  const port = portOf(tuple, manip);
  if (choice.ports !== null) {
    low = choice.ports.low;
    size = choice.ports.high - low + 1;
  } else if (isIcmp(tuple.proto)) {
    low = 0;
    size = 65536;
  } else if (manip === "destination") return tuple;
  else if (port < 512) {
    low = 1;
    size = 511;
  } else if (port < 1024) {
    low = 600;
    size = 424;
  } else {
    low = 1024;
    size = 64512;
  }
  const { base } = choice.ports ?? {};
  let offset = base === undefined ? 0 : (((port - base) % size) + size) % size;
  if (base === undefined && (choice.random || manip === "source")) {
    run.observer?.({
      kind: "note",
      text: `the kernel draws the port at random from ${low} to ${low + size - 1}; without draws the lowest free one stands for it`,
    });
    offset = run.oracle.pick(size);
  }
  let candidate = tuple;
  for (let tries = 0; tries < Math.min(size, ATTEMPTS); tries++, offset++) {
    candidate = withPort(tuple, manip, low + (offset % size));
    if (!isTaken(run, entry, candidate)) break;
  }
  // All taken: the last one stays. Where that was a destination, POSTROUTING finds another source port (N7).
  return candidate;
}
