import type { Family } from "../../net/address.ts";
import type { ChainDrafts } from "../ruleset/builder.ts";
import type { Flavour, TableName } from "../ruleset/ruleset.ts";

/** One table as one stretch of the text shows it: what one `iptables -L`, one `-S` or one `*table … COMMIT` printed. */
export interface Block {
  readonly form: "save" | "rules" | "list" | "commands";
  readonly family: Family;
  /** Undefined: nothing tells, so it fits either. */
  flavour: Flavour | undefined;
  /** Undefined until it is inferred. */
  table: TableName | undefined;
  readonly line: number;
  readonly chains: ChainDrafts;
  /** How many rules have hidden interfaces. */
  hidden: number;
}

export const newBlock = (
  form: Block["form"],
  line: number,
  told: { readonly family: Family; readonly flavour?: Flavour | undefined; readonly table?: TableName | undefined },
): Block => ({
  form,
  line,
  family: told.family,
  flavour: told.flavour,
  table: told.table,
  chains: new Map(),
  hidden: 0,
});
