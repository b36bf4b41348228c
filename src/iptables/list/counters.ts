import type { Count, Counters } from "../ruleset/ruleset.ts";

/** One counter of a listing; `rounded` if a suffix stands for its last digits. */
export interface ListedCount {
  readonly value: Count;
  readonly rounded: boolean;
}

const SUFFIXES = ["", "K", "M", "G", "T"];

const COUNT = /^(\d{1,20})([KMGT]?)$/;

const small = (value: bigint): Count => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value);

/**
 * Reads `1694` or `28K`; undefined if it is neither. The suffixes are decimal, and what they hide is up to half a unit,
 * just above a change of suffix 5 % (formats.md, 2.3).
 */
export function readCount(text: string): ListedCount | undefined {
  const found = COUNT.exec(text);
  if (!found) return undefined;
  if (found[2] === "" && text.length < 16) return { value: Number(text), rounded: false };
  const power = SUFFIXES.indexOf(found[2]!);
  return { value: small(BigInt(found[1]!) * 1000n ** BigInt(power)), rounded: power > 0 };
}

/**
 * A counter as a listing prints it: exact (`-x`), or with a suffix above 99999 and rounded anew at every step, in the
 * 64 bits of C: so 9999500 is `10M`, and the greatest value wraps to `0K`. Not padded.
 *
 * Source: libxtables/xtables.c, xtables_print_num.
 */
export function printCount(count: Count, exact = false): string {
  let value = BigInt.asUintN(64, BigInt(count));
  if (exact || value <= 99999n) return `${value}`;
  let power = 0;
  do {
    value = BigInt.asUintN(64, value + 500n) / 1000n;
    power++;
  } while (value > 9999n && power < SUFFIXES.length - 1);
  return `${value}${SUFFIXES[power]}`;
}

/** Packets and bytes as {@link Counters}, or undefined if one of them is no counter. */
export function listCounters(packets: string, bytes: string): Counters | undefined {
  const [p, b] = [readCount(packets), readCount(bytes)];
  if (p === undefined || b === undefined) return undefined;
  return { packets: p.value, bytes: b.value, ...((p.rounded || b.rounded) && { rounded: true }) };
}
