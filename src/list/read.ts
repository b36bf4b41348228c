export { type ChainHeader, readChainHeader } from "./chain-header.ts";
export { type Columns, readColumns } from "./columns.ts";
export type { RowContext } from "./context.ts";
export { type ListedCount, listCounters, readCount } from "./counters.ts";
export { type KnownTexts, newKnownTexts } from "./known-texts.ts";
export { readRow } from "./read-row.ts";
