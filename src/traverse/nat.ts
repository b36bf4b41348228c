import { DST_NAT_DONE, type Entry, SRC_NAT_DONE } from "../conntrack/entry.ts";
import {
  destinationWords,
  invert,
  sameDestination,
  sameSource,
  sameTuple,
  sourceWords,
  type Tuple,
} from "../conntrack/tuple.ts";
import { addressText, compareWords, type Prefix, sameWords, type Words } from "../net/address.ts";
import { jhash2 } from "../net/jhash.ts";
import { hasPorts, isIcmp, UDP, UDPLITE } from "../net/protocol.ts";
import { isConfigured, isLoopback6, redirectAddress, sourceOn } from "../netns/routing.ts";
import type { NatAction } from "../predicate/action.ts";
import { DST_NAT, SRC_NAT } from "../predicate/frame.ts";
import { INPUT, OUTPUT, POSTROUTING, type Run } from "./run.ts";

export type Manip = "source" | "destination";

/** The manip that belongs to a hook. Kernel: HOOK2MANIP. */
export const manipOf = (hook: number): Manip => (hook === POSTROUTING || hook === INPUT ? "source" : "destination");

const doneBit = (manip: Manip): number => (manip === "source" ? SRC_NAT_DONE : DST_NAT_DONE);

export const isDecided = (entry: Entry, manip: Manip): boolean => (entry.status & doneBit(manip)) !== 0;

/** What a mapping may choose from. Kernel: struct nf_nat_range2. */
interface Choice {
  readonly low: Words | null;
  readonly high: Words | null;
  readonly ports: { readonly low: number; readonly high: number; readonly base?: number } | null;
  readonly random: boolean;
  readonly persistent: boolean;
}

/** A choice of one address, or of none (null: the address is kept). */
const oneAddress = (words: Words | null, action: NatAction | null): Choice => ({
  low: words,
  high: words,
  ports: action?.ports ?? null,
  random: action?.random ?? false,
  persistent: action?.persistent ?? false,
});

/**
 * Sets up the mapping that a NAT target asks for. False: there is no address to map to, the packet is dropped (N10).
 */
export function mapByTarget(run: Run, entry: Entry, action: NatAction): boolean {
  const manip = action.manip === "hook" ? manipOf(run.hook) : action.manip;
  const { frame, host, family } = run;
  const { address } = action;
  switch (address.kind) {
    case "keep":
      setUp(run, entry, manip, oneAddress(null, action));
      return true;
    case "range":
      setUp(run, entry, manip, { ...oneAddress(address.low, action), high: address.high });
      return true;
    case "redirect": {
      const words =
        run.hook === OUTPUT
          ? LOOPBACK[family]
          : redirectAddress(host.devices.get(frame.inDevice), family, destinationWords(frame));
      if (words === undefined) return false;
      setUp(run, entry, manip, oneAddress(words, action));
      return true;
    }
    case "masquerade": {
      const words = masqueradeAddress(run);
      if (words === undefined) return false;
      entry.masqueradeDevice = frame.outDevice;
      setUp(run, entry, manip, oneAddress(words, action));
      return true;
    }
    case "netmap": {
      const tuple = invert(entry.reply);
      const old = manip === "source" ? sourceWords(tuple) : destinationWords(tuple);
      setUp(run, entry, manip, oneAddress(mapInto(address.prefix, old), action));
      return true;
    }
  }
}

const LOOPBACK: Readonly<Record<"ipv4" | "ipv6", Words>> = { ipv4: [0, 0, 0, 0x7f000001], ipv6: [0, 0, 0, 1] };

const mapInto = ({ address, mask }: Prefix, old: Words): Words => [
  address[0] | (old[0] & ~mask[0]),
  address[1] | (old[1] & ~mask[1]),
  address[2] | (old[2] & ~mask[2]),
  address[3] | (old[3] & ~mask[3]),
];

/** N18; B2 and D10 for lo and for IPv6, which looks at the destination and not at the next hop. */
function masqueradeAddress(run: Run): Words | undefined {
  const { host, family, frame } = run;
  const device = host.devices.get(frame.outDevice);
  if (family === "ipv4") return sourceOn(host, family, device, run.nextHop);
  const destination = destinationWords(frame);
  if (isLoopback6(destination) || isConfigured(host, family, destination)) return destination;
  return sourceOn(host, family, device, destination);
}

/** No target mapped the connection: it keeps its tuple, but for a source port that is in use already (N4, N7). */
export function mapNothing(run: Run, entry: Entry, manip: Manip): void {
  const words = manip === "source" ? destinationWords(entry.reply) : sourceWords(entry.reply);
  setUp(run, entry, manip, oneAddress(words, null));
}

/** Kernel: nf_nat_setup_info. */
function setUp(run: Run, entry: Entry, manip: Manip, choice: Choice): void {
  const current = invert(entry.reply);
  const chosen = uniqueTuple(run, entry, current, manip, choice);
  if (!sameTuple(current, chosen)) {
    entry.reply = invert(chosen);
    // B4: the status says that something changed, not that a target was hit.
    entry.status |= manip === "source" ? SRC_NAT : DST_NAT;
  }
  entry.status |= doneBit(manip);
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

/** Kernel: get_unique_tuple. */
function uniqueTuple(run: Run, entry: Entry, original: Tuple, manip: Manip, choice: Choice): Tuple {
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

/** The port that a manip may change; for ICMP the id, whichever side is mapped. */
const portOf = (tuple: Tuple, manip: Manip): number =>
  manip === "source" || isIcmp(tuple.proto) ? tuple.sport : tuple.dport;

const withPort = (tuple: Tuple, manip: Manip, port: number): Tuple =>
  manip === "source" || isIcmp(tuple.proto) ? { ...tuple, sport: port } : { ...tuple, dport: port };

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
    offset = run.oracle.draw(size);
  }
  let candidate = tuple;
  for (let tries = 0; tries < Math.min(size, ATTEMPTS); tries++, offset++) {
    candidate = withPort(tuple, manip, low + (offset % size));
    if (!isTaken(run, entry, candidate)) break;
  }
  // All taken: the last one stays. Where that was a destination, POSTROUTING finds another source port (N7).
  return candidate;
}

/**
 * Rewrites the packet as its entry says, for its direction at this hook: every packet of a translated connection (N3).
 *
 * Kernel: nf_nat_packet; for ICMP errors nf_nat_icmp_reply_translation (N21).
 */
export function translate(run: Run, entry: Entry): void {
  const { frame } = run;
  const manip = manipOf(run.hook);
  const flipped: Manip = manip === "source" ? "destination" : "source";
  const bit = (frame.isReply ? flipped : manip) === "source" ? SRC_NAT : DST_NAT;
  if ((entry.status & bit) === 0) return;
  const opposite = frame.isReply ? entry.original : entry.reply;
  const target = invert(opposite);
  const before = run.observer === null ? "" : endText(run, manip);
  if (manip === "source") {
    frame.s0 = target.s0;
    frame.s1 = target.s1;
    frame.s2 = target.s2;
    frame.s3 = target.s3;
    if (frame.sport >= 0) frame.sport = target.sport;
  } else {
    frame.d0 = target.d0;
    frame.d1 = target.d1;
    frame.d2 = target.d2;
    frame.d3 = target.d3;
    if (frame.dport >= 0) frame.dport = target.dport;
  }
  if (run.related && run.quoted !== null) run.quoted = translateQuoted(run.quoted, opposite, flipped);
  else if (frame.icmpId >= 0) frame.icmpId = target.sport;
  if (run.observer !== null) {
    const after = endText(run, manip);
    if (after !== before) run.observer({ kind: "change", field: manip, before, after, by: "nat" });
  }
}

/** The quoted packet went the other way: it takes the opposite tuple's other side. Kernel: nf_nat_icmp_reply_translation. */
function translateQuoted(quoted: Tuple, opposite: Tuple, side: Manip): Tuple {
  const { s0, s1, s2, s3, d0, d1, d2, d3 } = opposite;
  const moved = side === "source" ? { ...quoted, s0, s1, s2, s3 } : { ...quoted, d0, d1, d2, d3 };
  if (quoted.sport < 0) return moved;
  return withPort(moved, side, side === "source" || isIcmp(quoted.proto) ? opposite.sport : opposite.dport);
}

function endText(run: Run, manip: Manip): string {
  const { frame, family } = run;
  const words = manip === "source" ? sourceWords(frame) : destinationWords(frame);
  const port = manip === "source" ? frame.sport : frame.dport;
  const text = addressText(family, words);
  if (port < 0) return frame.icmpId >= 0 ? `${text} id ${frame.icmpId}` : text;
  return family === "ipv6" ? `[${text}]:${port}` : `${text}:${port}`;
}

/** Whether the destination address of the packets of this direction is translated: OUTPUT then routes again (R4). */
export function destinationMoves(entry: Entry, reply: boolean): boolean {
  const [here, there] = reply ? [entry.reply, entry.original] : [entry.original, entry.reply];
  return !sameDestination(here, invert(there));
}
