import { addressText, type Words } from "../../net/address.ts";
import type { Frame } from "../../predicate/frame.ts";
import type { RecentMatch } from "./recent.ts";

/** One address of a list: when it was seen, the newest last. */
interface Seen {
  readonly address: string;
  readonly ttl: number;
  readonly stamps: readonly number[];
}

/** Addresses of a list, the one that was stamped last at the end. Kernel: ip_list_tot. */
const MAX_ADDRESSES = 100;
/** Stamps of an address that are kept, and so the most that `--hitcount` may ask for. Kernel: XT_RECENT_MAX_NSTAMPS. */
export const MAX_STAMPS = 65_535;

function addressOf(frame: Frame, { side, mask }: RecentMatch): string {
  const words = side === "source" ? [frame.s0, frame.s1, frame.s2, frame.s3] : [frame.d0, frame.d1, frame.d2, frame.d3];
  const masked = words.map((word, at) => word & mask.words[at]!) as unknown as Words;
  return addressText(frame.v6 ? "ipv6" : "ipv4", masked);
}

/** Whether enough of the stamps are young enough. */
function isRecent({ stamps }: Seen, { seconds, hitcount }: RecentMatch, now: number): boolean {
  const young = seconds === undefined ? stamps : stamps.filter((stamp) => stamp >= now - seconds);
  return young.length >= Math.max(1, hitcount ?? 0);
}

/**
 * Looks this packet's address up and changes the list as the rule says; `holds` is the answer before negation.
 *
 * Kernel: net/netfilter/xt_recent.c, recent_mt. `--update` stamps when the rule matches, negation included.
 */
export function askList(
  state: unknown,
  frame: Frame,
  now: number,
  match: RecentMatch,
): { readonly state: readonly Seen[]; readonly holds: boolean } {
  const list = (state ?? []) as readonly Seen[];
  const { operation, negated } = match;
  const address = addressOf(frame, match);
  // Behind the routing a forwarded packet has one hop less, and is looked up as it came.
  const ttl = frame.ttl + (frame.outDevice !== "" && frame.socket === 0 ? 1 : 0);
  const entry = list.find(
    (one) => one.address === address && (!match.rttl || ttl === 0 || one.ttl === 0 || one.ttl === ttl),
  );
  const others = list.filter((one) => one !== entry);
  const stamps = [...(entry?.stamps ?? []), now].slice(-MAX_STAMPS);
  const stamped = [...others, { address, ttl, stamps }];
  if (operation === "set") return { state: stamped.slice(-MAX_ADDRESSES), holds: true };
  if (entry === undefined) return { state: list, holds: false };
  if (operation === "remove") return { state: others, holds: true };
  const holds = isRecent(entry, match, now);
  const updates = operation === "update" && holds !== negated;
  const kept = match.reap ? reap(list, entry, updates, now - (match.seconds ?? 0)) : list;
  return { state: updates ? [...kept.filter((one) => one !== entry), stamped.at(-1)!] : kept, holds };
}

/** Drops the address that waits longest if it is too old. Kernel: recent_entry_reap. */
function reap(list: readonly Seen[], entry: Seen, updates: boolean, oldest: number): readonly Seen[] {
  const [first] = list;
  if (first === undefined || (first === entry && updates)) return list;
  return first.stamps.at(-1)! < oldest ? list.slice(1) : list;
}
