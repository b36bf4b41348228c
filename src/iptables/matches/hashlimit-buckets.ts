import { maskOfLength } from "../../net/address.ts";
import type { Frame } from "../../predicate/frame.ts";
import type { Mode, Pace } from "./hashlimit-values.ts";
import { SCALE } from "./hashlimit-values.ts";
import { type Bucket, draw } from "./rate.ts";

/** What a table knows of one key: its credit, when it was last asked, and how many refills a burst of bytes has left. */
interface Slot extends Bucket {
  readonly refills: number;
}

type Slots = Readonly<Record<string, Slot>>;

/** How a table is keyed, filled and forgotten. */
export interface Buckets {
  readonly pace: Pace;
  readonly modes: readonly Mode[];
  readonly srcmask: number | undefined;
  readonly dstmask: number | undefined;
  /** Milliseconds after which an idle key is forgotten, and is full again. */
  readonly expire: number;
}

/** Kernel: hashlimit_init_dst. A packet without ports has port 0. */
function keyOf(frame: Frame, { modes, srcmask, dstmask }: Buckets): string {
  const family = frame.v6 ? "ipv6" : "ipv4";
  const whole = frame.v6 ? 128 : 32;
  const masked = (words: readonly number[], length: number | undefined): string => {
    const mask = maskOfLength(family, length ?? whole);
    return words.map((word, at) => word & mask[at]!).join(".");
  };
  const parts = modes.map((mode) => {
    if (mode === "srcip") return masked([frame.s0, frame.s1, frame.s2, frame.s3], srcmask);
    if (mode === "dstip") return masked([frame.d0, frame.d1, frame.d2, frame.d3], dstmask);
    return Math.max(0, mode === "srcport" ? frame.sport : frame.dport);
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
  state: unknown,
  frame: Frame,
  now: number,
  buckets: Buckets,
): { readonly state: Slots; readonly holds: boolean } {
  const slots = (state ?? {}) as Slots;
  const key = keyOf(frame, buckets);
  const known = Object.hasOwn(slots, key) ? slots[key] : undefined;
  const at = Math.round(now * SCALE);
  const slot = known && at - known.at < buckets.expire * (SCALE / 1000) ? known : undefined;
  const { slot: next, enough } = drawSlot(slot, at, frame.length, buckets.pace);
  return { state: { ...slots, [key]: next }, holds: enough };
}

function drawSlot(slot: Slot | undefined, at: number, length: number, pace: Pace): { slot: Slot; enough: boolean } {
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
