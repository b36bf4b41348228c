import type { Ruleset, TableName } from "./ruleset.ts";

/** Something that iptables or the kernel refuses, and where. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly table: TableName;
  readonly chain: string;
  /** From 1; undefined if the chain as a whole is meant. */
  readonly rule?: number;
}

export function check(_ruleset: Ruleset): readonly Refusal[] {
  return [];
}
