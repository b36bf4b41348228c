import { BUILT_IN_NAMES, type Names, type NameTable, nameTable } from "../../net/names.ts";
import {
  BUILT_IN,
  type Chain,
  type Flavour,
  type Ruleset,
  type Table,
  type TableName,
  tableOf,
} from "../ruleset/ruleset.ts";
import { chainHeader } from "./chain-header.ts";
import { columnNames } from "./columns.ts";
import { printRow, type RowStyle } from "./write-row.ts";

/** The options of `iptables -L`; each is off if left out. */
export interface ListOptions {
  /** `-t`; left out: the only table of the ruleset, else filter. */
  readonly table?: TableName;
  /** `-L CHAIN`; left out: every chain. */
  readonly chain?: string;
  /** `-v`: counters and interfaces. */
  readonly verbose?: boolean;
  /** `-n`: numbers in place of names. */
  readonly numeric?: boolean;
  /** `-x`: counters in full. */
  readonly exact?: boolean;
  /** `--line-numbers`. */
  readonly lineNumbers?: boolean;
  /** Whose output; left out: that of the ruleset. */
  readonly flavour?: Flavour;
  /** Names of the host that lists; left out: the built-in ones. */
  readonly names?: Names | NameTable;
}

/**
 * A table as `iptables -L` 1.8.9 lists it, byte for byte. A table that the ruleset does not have is listed as the kernel
 * has it before anything is added. Throws a RangeError for a chain that is not there.
 */
export function toList(ruleset: Ruleset, options: ListOptions = {}): string {
  const table = chosenTable(ruleset, options.table);
  const chains = table.chains.filter(
    (chain) => chain.missing !== true && (options.chain === undefined || chain.name === options.chain),
  );
  if (options.chain !== undefined && chains.length === 0)
    throw new RangeError(`chain: expected one of table ${table.name}, got "${options.chain}"`);
  const style: RowStyle = {
    family: ruleset.family,
    names: tableOfNames(options.names),
    flavour: options.flavour ?? ruleset.flavour,
    numeric: options.numeric ?? false,
    verbose: options.verbose ?? false,
    exact: options.exact ?? false,
    lineNumbers: options.lineNumbers ?? false,
  };
  const references = referencesIn(table);
  return chains.map((chain) => chainText(chain, references.get(chain.name) ?? 0, style)).join("\n");
}

const tableOfNames = (names: Names | NameTable = BUILT_IN_NAMES): NameTable =>
  "hostName" in names ? names : nameTable(names);

function chosenTable(ruleset: Ruleset, name: TableName | undefined): Table {
  const [only, ...others] = ruleset.tables;
  if (name === undefined && only !== undefined && others.length === 0) return only;
  return tableOf(ruleset, name ?? "filter") ?? emptyTable(name ?? "filter");
}

const emptyTable = (name: TableName): Table => ({
  name,
  chains: BUILT_IN[name].map((chain) => ({ name: chain, policy: "ACCEPT", rules: [] })),
});

/** How many rules jump or go to each chain. */
function referencesIn(table: Table): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { rules } of table.chains)
    for (const { target } of rules)
      if (target?.kind === "jump" || target?.kind === "goto")
        counts.set(target.chain, (counts.get(target.chain) ?? 0) + 1);
  return counts;
}

const chainText = (chain: Chain, references: number, style: RowStyle): string =>
  [
    chainHeader(chain, references, style.verbose, style.exact),
    columnNames(style, style.exact),
    ...chain.rules.map((rule, index) => printRow(rule, index + 1, style)),
    "",
  ].join("\n");
