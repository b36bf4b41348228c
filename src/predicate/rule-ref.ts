import type { Family } from "../net/address.ts";

/** Which of the two kernel interfaces rules were loaded through: some orders and counters differ (H2, H9). */
export type Flavour = "legacy" | "nft";

/** Where a rule stands. The number counts from 1. */
export interface RuleRef extends ChainRef {
  readonly rule: number;
}

/** Where a chain stands: its table is of one family, or nft's `inet` of both. */
export interface ChainRef {
  readonly flavour: Flavour;
  readonly family: Family | "inet";
  readonly table: string;
  readonly chain: string;
}

/** One rule of all that a namespace may have, as text. */
export const ruleKey = ({ flavour, family, table, chain, rule }: RuleRef): string =>
  `${flavour} ${family} ${table} ${chain} ${rule}`;

/** `nat ISTIO_OUTPUT rule 9`, as sentences cite a rule. */
export const refText = ({ table, chain, rule }: Pick<RuleRef, "table" | "chain" | "rule">): string =>
  `${table} ${chain} rule ${rule}`;

/** `nat ISTIO_OUTPUT 9`, as people and tests name a rule. */
export const refName = ({ table, chain, rule }: Pick<RuleRef, "table" | "chain" | "rule">): string =>
  `${table} ${chain} ${rule}`;

/** Where a rule stands, and nothing else of what says it. */
export const refOf = ({ flavour, family, table, chain, rule }: RuleRef): RuleRef => ({
  flavour,
  family,
  table,
  chain,
  rule,
});
