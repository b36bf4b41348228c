import { tcpIsOver } from "../../conntrack/tcp.ts";
import { frameTuple, sameTuple, type Tuple } from "../../conntrack/tuple.ts";
import { maskedWords, type Words } from "../../net/address.ts";
import type { AddressField } from "../../predicate/field.ts";
import { addressOf, type Frame } from "../../predicate/frame.ts";
import type { Run } from "../run/run.ts";

/** A connection that a rule has counted. */
interface Counted {
  readonly tuple: Tuple;
  readonly zoneOriginal: number;
  readonly zoneReply: number;
}

/** What a rule with `-m connlimit` remembers: the connections of each address, oldest first. */
export type Counts = Readonly<Record<string, readonly Counted[]>>;

const sameCounted = (a: Counted, b: Counted): boolean =>
  a.zoneOriginal === b.zoneOriginal && a.zoneReply === b.zoneReply && sameTuple(a.tuple, b.tuple);

/** The zone that a CT rule asks for; one that is taken from the mark is not known yet. */
const zoneNumber = (zone: number | "mark"): number => (zone === "mark" ? 0 : zone);

/** What a packet counts as: its connection, after a CT rule that rule's template (E9), without either itself. */
function countedOf({ entry, template, zone }: Run, frame: Frame): Counted {
  if (entry !== null) return { tuple: entry.original, zoneOriginal: entry.zoneOriginal, zoneReply: entry.zoneReply };
  if (template === null || zone === null) return { tuple: frameTuple(frame), zoneOriginal: 0, zoneReply: 0 };
  const { original, reply } = zone;
  return { tuple: template.entry.original, zoneOriginal: zoneNumber(original), zoneReply: zoneNumber(reply) };
}

/**
 * How many connections of the packet's masked address the rule has met, this one included (E2).
 *
 * The rule keeps a list of its own: connections that never came by do not count, and a packet without an entry counts as
 * itself until the next look. Those that conntrack has forgotten, or whose TCP is over, are dropped on the way to this
 * one; what stands after it waits for another look.
 *
 * Kernel: net/netfilter/nf_conncount.c, count_tree, __nf_conncount_add. Within one tick of the clock the kernel adds a
 * connection again without looking; a walk takes every look to be in a tick of its own.
 */
export function countConnections(
  counts: Counts = {},
  run: Run,
  frame: Frame,
  field: AddressField,
  mask: Words,
): { readonly state: Counts; readonly count: number } {
  const own = countedOf(run, frame);
  const address = maskedWords(addressOf(frame, field), mask);
  const group = `${address.map((word) => word >>> 0).join(".")} ${own.zoneOriginal || own.zoneReply}`;
  const list = Object.hasOwn(counts, group) ? (counts[group] ?? []) : [];
  const kept: Counted[] = [];
  let met = false;
  for (const one of list) {
    const found = met ? undefined : run.conntrack.find(one.tuple, one.zoneOriginal, one.zoneReply)?.entry;
    const known = found !== undefined && found.expires > run.now;
    if (known && sameCounted(one, own)) met = true;
    else if (!met && (!known || (found.tcp !== null && tcpIsOver(found.tcp)))) continue;
    kept.push(one);
  }
  if (!met) kept.push(own);
  return { state: { ...counts, [group]: kept }, count: kept.length };
}
