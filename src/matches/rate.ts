import type { ValueType } from "../extension/value.ts";

/** Parts of a second in which limit and hashlimit count the period of a rate. Kernel: XT_LIMIT_SCALE. */
export const RATE_SCALE = 10_000;

const DAY = 24 * 60 * 60 * RATE_SCALE;
const HOUR = 60 * 60 * RATE_SCALE;
const MINUTE = 60 * RATE_SCALE;

const UNITS = [
  ["second", RATE_SCALE],
  ["minute", MINUTE],
  ["hour", HOUR],
  ["day", DAY],
] as const;

const PRINTED = [
  ["day", DAY],
  ["hour", HOUR],
  ["min", MINUTE],
  ["sec", RATE_SCALE],
] as const;

/** `10/sec`, `3/hour`, `5`: read as its period in {@link RATE_SCALE}ths of a second. Source: libxt_limit.c, parse_rate. */
export const rate: ValueType<number> = {
  expected: "a rate as 10/second (or /minute, /hour, /day), at most 10000 a second",
  read(word) {
    const found = /^(\d+)(?:\/([a-z]+))?$/i.exec(word);
    if (!found) return undefined;
    const unit = UNITS.find(([name]) => name.startsWith((found[2] ?? "second").toLowerCase()));
    const count = Number(found[1]);
    const period = unit && count > 0 ? Math.floor(unit[1] / count) : 0;
    return period > 0 ? period : undefined;
  },
};

/** A period as iptables prints it: in the shortest unit that is not less exact. Source: libxt_limit.c, print_rate. */
export function rateText(period: number): string {
  const at = ratePlace(period);
  const [name, unit] = PRINTED[at]!;
  return `${Math.floor(unit / period)}/${name}`;
}

/** Milliseconds of the unit in which a period is printed: what hashlimit keeps idle entries for by default. */
export const rateUnitMilliseconds = (period: number): number => (PRINTED[ratePlace(period)]![1] / RATE_SCALE) * 1000;

function ratePlace(period: number): number {
  let at = 1;
  while (at < PRINTED.length) {
    const unit = PRINTED[at]![1];
    if (period > unit || Math.floor(unit / period) < unit % period) break;
    at++;
  }
  return at - 1;
}

/** A bucket of credit, in the units of its caller; full at the start. */
export interface Bucket {
  readonly credit: number;
  /** When the credit was counted, in the same units. */
  readonly at: number;
}

/** Fills a bucket for the time that has passed, up to `cap`, and takes `cost` out if it holds that much. */
export function draw(
  bucket: Bucket | undefined,
  now: number,
  { cost, cap }: { readonly cost: number; readonly cap: number },
): { readonly bucket: Bucket; readonly enough: boolean } {
  const credit = bucket === undefined ? cap : Math.min(cap, bucket.credit + Math.max(0, now - bucket.at));
  const enough = credit >= cost;
  return { bucket: { credit: enough ? credit - cost : credit, at: now }, enough };
}
