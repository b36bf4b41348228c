export { readChainHeader } from "./chain-header.ts";
export { type Columns, namesColumns, readColumns } from "./columns.ts";
export { listCounters, readCount } from "./counters.ts";
export { type KnownTexts, newKnownTexts } from "./known-texts.ts";
export { readRow } from "./read-row.ts";
