import type { Family, Prefix } from "../../net/address.ts";
import type { MissingName } from "../../net/missing-name.ts";
import type { Match } from "../matches/table.ts";
import type { Target } from "../targets/table.ts";

/** The five tables, in the order in which the kernel visits them at one hook. */
export const TABLES = ["raw", "mangle", "nat", "filter", "security"] as const;
/** The name of a table. */
export type TableName = (typeof TABLES)[number];

/** Which of the two kernel interfaces the rules were loaded through: some orders and counters differ (H2, H9). */
export type Flavour = "legacy" | "nft";

/** A packet or byte count: a number while it is exact as one, else a bigint. */
export type Count = number | bigint;

/** Counters of a rule or policy; `rounded` if the dump gave only `400K`. */
export interface Counters {
  readonly packets: Count;
  readonly bytes: Count;
  readonly rounded?: boolean;
}

/** An address condition. A name that could not be resolved stands in place of the prefix. */
export interface AddressCondition {
  readonly prefix: Prefix | { readonly name: string };
  readonly negated: boolean;
}

export interface DeviceCondition {
  readonly pattern: string;
  readonly negated: boolean;
}

/** `number` 0 is never kept: no condition. */
export interface ProtocolCondition {
  readonly number: number;
  readonly negated: boolean;
}

/** A match that is not modelled, in the words of the form it came from. A walk that depends on it is undetermined. */
export interface UnknownMatch {
  readonly kind: "unknown";
  /** The extension's name, or "" where a listing does not tell it. */
  readonly name: string;
  /** `-S` text behind `-m NAME`, with its leading blank; undefined if it came from a listing. */
  readonly save?: string;
  /** `-L` text, with its leading blank; undefined if it came from save text. */
  readonly list?: string;
  /** The extension is modelled, but a name in it means nothing here. */
  readonly unresolved?: MissingName;
}

/** A target that is not modelled. */
export interface UnknownTarget {
  readonly kind: "unknown";
  readonly name: string;
  readonly save?: string;
  readonly list?: string;
}

/** A jump that comes back (`-j CHAIN`) or does not (`-g CHAIN`). */
export interface JumpTarget {
  readonly kind: "jump" | "goto";
  readonly chain: string;
}

/** `-j ACCEPT`, `-j DROP`, `-j RETURN`, `-j QUEUE`. */
export interface VerdictTarget {
  readonly kind: "ACCEPT" | "DROP" | "RETURN" | "QUEUE";
}

export type RuleMatch = Match | UnknownMatch;
export type RuleTarget = Target | UnknownTarget | JumpTarget | VerdictTarget;

/** A field that a listing without `-v` does not show. */
export type HiddenField = "in" | "out";

/** A rule: what it asks of a packet, and what becomes of one that fits. */
export interface Rule {
  readonly source?: AddressCondition;
  readonly destination?: AddressCondition;
  readonly in?: DeviceCondition;
  readonly out?: DeviceCondition;
  readonly protocol?: ProtocolCondition;
  /** `-f` (IPv4): true for second and further fragments, false for `! -f`. */
  readonly fragment?: boolean;
  /** In the order of the text, which is the order of testing (T6). */
  readonly matches: readonly RuleMatch[];
  /** null: the rule only counts. */
  readonly target: RuleTarget | null;
  readonly counters?: Counters;
  /** Conditions that the rule may have and the dump does not show. */
  readonly hidden?: readonly HiddenField[];
}

/** A built-in or a user chain. */
export interface Chain {
  readonly name: string;
  /** null for a user chain. */
  readonly policy: "ACCEPT" | "DROP" | null;
  readonly counters?: Counters;
  readonly rules: readonly Rule[];
  /** The dump names the chain but does not show it, or never mentions it: a walk that gets here is undetermined. */
  readonly missing?: true;
}

/** A table with its chains. */
export interface Table {
  readonly name: TableName;
  /** In the order of the dump. */
  readonly chains: readonly Chain[];
}

/** All the rules of one family in one namespace. */
export interface Ruleset {
  readonly family: Family;
  readonly flavour: Flavour;
  /** In the order of the dump. */
  readonly tables: readonly Table[];
}

/** Built-in chains of each table, in hook order. */
export const BUILT_IN: Readonly<Record<TableName, readonly string[]>> = {
  raw: ["PREROUTING", "OUTPUT"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  filter: ["INPUT", "FORWARD", "OUTPUT"],
  security: ["INPUT", "FORWARD", "OUTPUT"],
};

export const isTableName = (name: string): name is TableName => (TABLES as readonly string[]).includes(name);

export const tableOf = (ruleset: Ruleset, name: TableName): Table | undefined =>
  ruleset.tables.find((table) => table.name === name);

export const chainOf = (table: Table, name: string): Chain | undefined =>
  table.chains.find((chain) => chain.name === name);
