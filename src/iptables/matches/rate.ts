import type { ValueType } from "../extension/value.ts";

/** A rate of packets, as the time for one. */
export interface Rate {
  /** In the caller's parts of a second. */
  readonly period: number;
  /** Seconds of the unit in which it was given. */
  readonly unit: number;
}

const UNITS = [
  ["second", 1],
  ["minute", 60],
  ["hour", 60 * 60],
  ["day", 24 * 60 * 60],
] as const;

const PRINTED = [
  ["day", 24 * 60 * 60],
  ["hour", 60 * 60],
  ["min", 60],
  ["sec", 1],
] as const;

/**
 * `10/sec`, `3/hour`, `5`: read as its period in parts of a second, of which there are `scale`.
 *
 * Source: parse_rate in libxt_limit.c and libxt_hashlimit.c.
 */
export const rate = (scale: number): ValueType<Rate> => ({
  expected: `a rate as 10/second (or /minute, /hour, /day), at most ${scale} a second`,
  read(word) {
    const found = /^(\d+)(?:\/([a-z]+))?$/i.exec(word);
    const unit = UNITS.find(([name]) => name.startsWith((found?.[2] ?? "second").toLowerCase()))?.[1];
    const count = Number(found?.[1] ?? 0);
    if (unit === undefined || count === 0) return undefined;
    const period = Math.floor((scale * unit) / count);
    return period > 0 ? { period, unit } : undefined;
  },
});

/** The unit in which a period is printed: the shortest one that is not less exact. Source: print_rate, same files. */
function printedUnit(period: number, scale: number): (typeof PRINTED)[number] {
  let at = 1;
  for (; at < PRINTED.length; at++) {
    const unit = PRINTED[at]![1] * scale;
    if (period > unit || Math.floor(unit / period) < unit % period) break;
  }
  return PRINTED[at - 1]!;
}

/** `10/sec`. */
export function rateText(period: number, scale: number): string {
  const [name, unit] = printedUnit(period, scale);
  return `${Math.floor((unit * scale) / period)}/${name}`;
}

/** Seconds of the unit in which a period is printed. */
export const rateUnit = (period: number, scale: number): number => printedUnit(period, scale)[1];
