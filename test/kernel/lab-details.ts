import { type Entry, entryText } from "../../src/conntrack/entry.ts";
import type { Netns } from "../../src/index.ts";
import { entryLine } from "../recorded/replay.ts";
import type { Observed } from "./lab-types.ts";

/** What of a packet at its end recorded sessions do not keep. */
export interface EndDetails {
  readonly ttl: number;
  readonly tos: number;
}

/** SEEN_REPLY, ASSURED, CONFIRMED, SRC_NAT, DST_NAT and that either half of the translation is decided. */
const STATUS = 0x1be;

/** A kernel that was slow has lives that are this much shorter, in seconds. */
const SLOW = 5;

/** An entry's zones, status, TCP state and life; its own life is written if the kernel's is as good. */
function detailText(entry: Entry, kernelTimeout: number): string {
  const { zoneOriginal, zoneReply, status, tcp, expires } = entry;
  const isAsLong = kernelTimeout <= expires && kernelTimeout > expires - SLOW;
  const life = isAsLong ? kernelTimeout : expires;
  return `zones ${zoneOriginal},${zoneReply} status ${status & STATUS} tcp ${tcp?.state ?? "none"} timeout ${life}`;
}

/** What differs in entries that both have, and in the packet at its end. */
export function detailLines(
  { conntrack, landing, leaving }: Observed,
  netns: Netns,
  end: EndDetails | undefined,
): { readonly kernel: readonly string[]; readonly walk: readonly string[] } {
  const kernel: string[] = [];
  const walk: string[] = [];
  const own = new Map([...netns.conntrack.entries()].map((entry) => [entryLine(entryText(entry)), entry]));
  for (const told of conntrack) {
    const line = entryLine(told);
    const entry = own.get(line);
    if (told.detail === undefined || entry === undefined) continue;
    const { zones, status, tcp, timeout } = told.detail;
    kernel.push(`${line} zones ${zones} status ${status & STATUS} tcp ${tcp ?? "none"} timeout ${timeout}`);
    walk.push(`${line} ${detailText(entry, timeout)}`);
  }
  const ends = [...landing, ...leaving].filter(({ ttl }) => ttl !== undefined);
  for (const { ttl, tos } of ends) kernel.push(`ttl ${ttl} tos ${tos}`);
  if (end !== undefined && ends.length > 0) walk.push(`ttl ${end.ttl} tos ${end.tos}`);
  return { kernel, walk };
}
