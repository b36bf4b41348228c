import { UINT32 } from "../../text/number.ts";
import type { ListReader } from "../extension/list-reader.ts";
import { bang, type Given, numberRange, type Range, rangeText, type ValueType } from "../extension/value.ts";

/** A security parameter index, or a range of them. */
export const spiRange: ValueType<Range> = numberRange(UINT32, true);

/** A range that leaves nothing out asks for nothing, and is not printed. */
export const askedSpi = (spi: Given<Range> | undefined): Given<Range> | undefined =>
  spi === undefined || (spi.value.low === 0 && spi.value.high === UINT32 && !spi.negated) ? undefined : spi;

export const spiToSave = (option: string, { value, negated }: Given<Range>): string =>
  `${bang(negated)} --${option} ${rangeText(value)}`;

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
