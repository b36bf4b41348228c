import { type Condition, condition, inRange } from "../../predicate/predicate.ts";
import { UINT32 } from "../../text/number.ts";
import type { ListReader } from "../extension/list-reader.ts";
import { bang, type Given, numberRange, type Range, rangeText, type ValueType } from "../extension/value.ts";

/** A security parameter index, or a range of them. */
export const spiRange: ValueType<Range> = numberRange(UINT32, true);

/** A range that leaves nothing out asks for nothing, and is not printed. */
export const askedSpi = (spi: Given<Range> | undefined): Given<Range> | undefined =>
  spi === undefined || (spi.value.low === 0 && spi.value.high === UINT32 && !spi.negated) ? undefined : spi;

const words = (option: string, { value }: Given<Range>): string => `--${option} ${rangeText(value)}`;

export const spiToSave = (option: string, given: Given<Range>): string =>
  `${bang(given.negated)} ${words(option, given)}`;

/** Kernel: spi_match in net/netfilter/xt_esp.c and net/ipv4/netfilter/ipt_ah.c. */
export const spiCondition = (option: string, given: Given<Range>): Condition =>
  condition(words(option, given), inRange("spi", given.value.low, given.value.high, given.negated), given.negated);

/** `spi:1`, `spis:!1:10`. */
export const spiToList = ({ value, negated }: Given<Range>): string =>
  `spi${value.low === value.high ? "" : "s"}:${negated ? "!" : ""}${rangeText(value)}`;

/** Takes `spi:…` or `spis:…`, if it stands here. */
export function spiFromList(reader: ListReader): Given<Range> | undefined {
  const found = reader.take(/spis?:(!?)(\d+)(?::(\d+))?/y);
  if (!found) return undefined;
  const low = Number(found[2]);
  return { value: { low, high: found[3] === undefined ? low : Number(found[3]) }, negated: found[1] === "!" };
}
