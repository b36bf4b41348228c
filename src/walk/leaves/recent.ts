import { addressText, maskedWords } from "../../net/address.ts";
import { addressOf, type Frame } from "../../predicate/frame.ts";
import { type ListMemory, MAX_STAMPS } from "../../predicate/memory.ts";

/** One address of a list: when it was seen, the newest last. */
export interface Seen {
  readonly address: string;
  readonly ttl: number;
  readonly stamps: readonly number[];
}

/** Addresses of a list, the one that was stamped last at the end. Kernel: ip_list_tot. */
const MAX_ADDRESSES = 100;

/** Whether enough of the stamps are young enough. */
function isRecent({ stamps }: Seen, { seconds, hitcount }: ListMemory, now: number): boolean {
  const young = seconds === undefined ? stamps : stamps.filter((stamp) => stamp >= now - seconds);
  return young.length >= Math.max(1, hitcount ?? 0);
}

/**
 * Looks this packet's address up and changes the list as the rule says; `holds` is the answer before negation.
 *
 * Kernel: net/netfilter/xt_recent.c, recent_mt. `--update` stamps when the rule matches, negation included.
 */
export function askList(
  list: readonly Seen[] = [],
  frame: Frame,
  now: number,
  memory: ListMemory,
): { readonly state: readonly Seen[]; readonly holds: boolean } {
  const { operation, inverted, field, mask } = memory;
  const address = addressText(frame.v6 ? "ipv6" : "ipv4", maskedWords(addressOf(frame, field), mask));
  // Behind the routing a forwarded packet has one hop less, and is looked up as it came.
  const ttl = frame.ttl + (frame.outDevice !== "" && frame.socket === 0 ? 1 : 0);
  const entry = list.find(
    (one) => one.address === address && (!memory.sameTtl || ttl === 0 || one.ttl === 0 || one.ttl === ttl),
  );
  const others = list.filter((one) => one !== entry);
  const stamps = [...(entry?.stamps ?? []), now].slice(-MAX_STAMPS);
  const stamped = [...others, { address, ttl, stamps }];
  if (operation === "set") return { state: stamped.slice(-MAX_ADDRESSES), holds: true };
  if (entry === undefined) return { state: list, holds: false };
  if (operation === "remove") return { state: others, holds: true };
  const holds = isRecent(entry, memory, now);
  const updates = operation === "update" && holds !== inverted;
  const kept = memory.reap ? reap(list, entry, updates, now - (memory.seconds ?? 0)) : list;
  return { state: updates ? [...kept.filter((one) => one !== entry), stamped.at(-1)!] : kept, holds };
}

/** Drops the address that waits longest if it is too old. Kernel: recent_entry_reap. */
function reap(list: readonly Seen[], entry: Seen, updates: boolean, oldest: number): readonly Seen[] {
  const [first] = list;
  if (first === undefined || (first === entry && updates)) return list;
  return first.stamps.at(-1)! < oldest ? list.slice(1) : list;
}
