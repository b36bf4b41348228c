import { matchExtension } from "../matches/table.ts";
import { BUILT_IN, type Rule, TABLES, type TableName } from "../ruleset/ruleset.ts";
import { targetExtension } from "../targets/table.ts";
import type { Block } from "./block.ts";
import { chainsNamed } from "./chains-named.ts";

/** A table that was found for a block, and by what. */
export interface Inferred {
  readonly table: TableName;
  readonly why: string;
}

/** Chains that well-known programs always make in the same table; asked in this order. */
const KNOWN_CHAINS: readonly (readonly [RegExp, TableName])[] = [
  [/^ISTIO_(?:TPROXY|DIVERT)$/, "mangle"],
  [/^ISTIO_(?:INBOUND|OUTPUT|REDIRECT|IN_REDIRECT)$/, "nat"],
  [/^KUBE-(?:SVC|SEP|EXT|XLB|FW)-|^KUBE-(?:POSTROUTING|MARK-MASQ)$/, "nat"],
  [/^KUBE-(?:FORWARD|FIREWALL|PROXY-FIREWALL|EXTERNAL-SERVICES)$/, "filter"],
  [/^DOCKER-(?:USER|FORWARD|ISOLATION-STAGE-[12])$/, "filter"],
  [/^(?:ufw|f2b)-/, "filter"],
];

/** Chains that the text shows with a policy. */
const builtInsOf = (block: Block): readonly string[] =>
  [...block.chains.values()].flatMap((chain) => (typeof chain.policy === "string" ? [chain.name] : []));

/** Whether the built-in chains that a block shows are all of a table. */
export const fits = (block: Block, table: TableName): boolean =>
  builtInsOf(block).every((chain) => BUILT_IN[table].includes(chain));

/**
 * Finds the table of a listing that does not say it, from its built-in chains, from extensions that only one table takes,
 * from chains of well-known programs, and from the tables around it that jump to its chains. Undefined: it may be any.
 */
export function inferTable(block: Block, around: readonly Block[]): Inferred | undefined {
  const shown = builtInsOf(block);
  // `-A INPUT` alone, without its policy, may be of a user chain in any table, but nobody names one so.
  const used = [...block.chains.keys()].filter((name) => BUILT_IN.mangle.includes(name));
  const byChains = TABLES.filter((table) => used.every((chain) => BUILT_IN[table].includes(chain)));
  const byExtensions = tablesOf(block, byChains);
  const may = byExtensions.length > 0 ? byExtensions : byChains;
  if (may.length === 1) return { table: may[0]!, why: byChains.length === 1 ? chainList(used) : "what its rules do" };

  const whole = may.find((table) => shown.length > 1 && sameNames(BUILT_IN[table], shown));
  if (whole !== undefined) return { table: whole, why: chainList(shown) };
  // nat had no INPUT up to Linux 2.6.35.
  if (
    may.includes("nat") &&
    shown.includes("PREROUTING") &&
    shown.includes("POSTROUTING") &&
    !shown.includes("FORWARD")
  )
    return { table: "nat", why: chainList(shown) };

  const named = [...chainsNamed(block)];
  for (const [pattern, table] of KNOWN_CHAINS) {
    const known = named.find((name) => pattern.test(name));
    if (known !== undefined && may.includes(table)) return { table, why: `the chain ${known}` };
  }
  const neighbours = around.filter(
    (one) => one.table && may.includes(one.table) && sharesName(block.chains.keys(), chainsNamed(one)),
  );
  if (neighbours.length === 1)
    return { table: neighbours[0]!.table!, why: "the rest of the text, which names its chains" };
  if (used.length > 0 && may.includes("filter"))
    return { table: "filter", why: `${chainList(used)}, filter being what iptables shows unasked` };
  return undefined;
}

function sharesName(names: Iterable<string>, others: ReadonlySet<string>): boolean {
  for (const name of names) if (others.has(name)) return true;
  return false;
}

const chainList = (names: readonly string[]): string => `its chains ${names.join(", ")}`;

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name) => b.includes(name));

/** Which of these tables take everything that the rules use. */
function tablesOf(block: Block, tables: readonly TableName[]): readonly TableName[] {
  let may = tables;
  const narrow = (allowed: readonly string[] | undefined): void => {
    if (allowed) may = may.filter((table) => allowed.includes(table));
  };
  for (const chain of block.chains.values())
    for (const rule of chain.rules) for (const one of placed(rule)) narrow(one);
  return may;
}

function* placed({ matches, target }: Rule): Iterable<readonly string[] | undefined> {
  for (const match of matches) yield matchExtension(match.kind)?.tables;
  if (target) yield targetExtension(target.kind)?.tables;
  // The kernel takes DROP in nat, iptables refuses it (formats.md, 5.1).
  if (target?.kind === "DROP") yield TABLES.filter((table) => table !== "nat");
}
