import { maskOfLength } from "../../net/address.ts";
import type { Frame } from "../../predicate/frame.ts";
import type { BucketsMemory, Pace } from "../../predicate/memory.ts";
import { type Bucket, draw } from "./bucket.ts";

/** Parts of a second in which the kernel counts. Kernel: XT_HASHLIMIT_SCALE_v2. */
const SCALE = 1_000_000;

/** What a table knows of one key: its credit, when it was last asked, and how many refills a burst of bytes has left. */
interface Kept extends Bucket {
  readonly refills: number;
}

/** What is remembered, by key. */
export type Buckets = Readonly<Record<string, Kept>>;

/** Kernel: hashlimit_init_dst. A packet without ports has port 0. */
function keyOf(frame: Frame, { key, srcmask, dstmask }: BucketsMemory): string {
  const family = frame.v6 ? "ipv6" : "ipv4";
  const whole = frame.v6 ? 128 : 32;
  const masked = (words: readonly number[], length: number | undefined): string => {
    const mask = maskOfLength(family, length ?? whole);
    return words.map((word, at) => word & mask[at]!).join(".");
  };
  const parts = key.map((part) => {
    if (part === "srcip") return masked([frame.s0, frame.s1, frame.s2, frame.s3], srcmask);
    if (part === "dstip") return masked([frame.d0, frame.d1, frame.d2, frame.d3], dstmask);
    return Math.max(0, part === "srcport" ? frame.sport : frame.dport);
  });
  return [family, ...parts].join(" ");
}

/**
 * Asks the bucket of this packet whether it is below the limit.
 *
 * Kernel: hashlimit_mt_common, rateinfo_recalc, hashlimit_byte_cost. The kernel forgets idle keys some time after `expire`,
 * when its collector comes round; here they are forgotten at once.
 */
export function askBucket(
  slots: Buckets = {},
  frame: Frame,
  now: number,
  memory: BucketsMemory,
): { readonly state: Buckets; readonly holds: boolean } {
  const key = keyOf(frame, memory);
  const known = Object.hasOwn(slots, key) ? slots[key] : undefined;
  const at = Math.round(now * SCALE);
  const slot = known && at - known.at < memory.expire * (SCALE / 1000) ? known : undefined;
  const { slot: next, enough } = drawSlot(slot, at, frame.length, memory.pace);
  return { state: { ...slots, [key]: next }, holds: enough };
}

function drawSlot(slot: Kept | undefined, at: number, length: number, pace: Pace): { slot: Kept; enough: boolean } {
  if (pace.kind === "packets") {
    const { bucket, enough } = draw(slot, at, { cost: pace.period, cap: pace.period * pace.burst });
    return { slot: { ...bucket, refills: 0 }, enough };
  }
  const chunks = Math.floor(length / 16) + 1;
  const cost = Math.min(SCALE, (chunks * pace.cost * SCALE) / 2 ** 32);
  const refills = slot?.refills ?? pace.burst;
  const credit = slot === undefined ? SCALE : Math.min(SCALE, slot.credit + Math.max(0, at - slot.at));
  // A burst is so many seconds' worth of credit, handed out when the bucket does not hold enough.
  const refill = credit < cost && refills > 0;
  const { bucket, enough } = draw({ credit: refill ? SCALE : credit, at }, at, { cost, cap: SCALE });
  return { slot: { ...bucket, refills: refill ? refills - 1 : refills }, enough };
}
