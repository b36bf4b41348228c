import * as fc from "fast-check";
import { parse } from "../iptables/dump/parse.ts";
import { BUILT_IN, type Ruleset, type TableName } from "../iptables/ruleset/ruleset.ts";
import { conditions, type RuleDraft, type Side, targets } from "./rules.ts";
import { leaning } from "./values.ts";

/** Which rulesets are wanted. */
export interface RulesetOptions {
  /** Default: raw, mangle, nat and filter; each ruleset has some of them. */
  readonly tables?: readonly TableName[];
  /** The greatest number of rules in a chain. Default 4. */
  readonly rules?: number;
}

interface ChainDraft {
  readonly name: string;
  readonly policy: "ACCEPT" | "DROP" | null;
  readonly rules: readonly RuleDraft[];
}

interface TableDraft {
  readonly table: TableName;
  readonly chains: readonly ChainDraft[];
}

const sideOf = (chain: string): Side => (/^(OUTPUT|POSTROUTING|LOCAL)/.test(chain) ? "local" : "arriving");

/** User chains by the side that may call them; each calls only those behind it, so that there is no cycle. */
const CALLED: Readonly<Record<Side, readonly string[]>> = {
  arriving: ["ARRIVING_1", "ARRIVING_2"],
  local: ["LOCAL_1", "LOCAL_2"],
};
/** Chains whose rules may call: nat's others, and POSTROUTING, have targets of their own hook. */
const CALLING = /^(PREROUTING|OUTPUT|ARRIVING_1|LOCAL_1)$/;

function chainDraft(table: TableName, name: string, most: number): fc.Arbitrary<ChainDraft> {
  const side = sideOf(name);
  const builtIn = BUILT_IN[table].includes(name);
  const further = CALLED[side].slice(CALLED[side].indexOf(name) + 1);
  const jumps = CALLING.test(name) ? further.map((chain) => `-j ${chain}`) : [];
  const target = leaning([...targets(table, name), ...jumps]);
  const rule: fc.Arbitrary<RuleDraft> = fc.record({ conditions: conditions(side, table), target });
  const policies = table === "filter" ? (["ACCEPT", "ACCEPT", "DROP"] as const) : (["ACCEPT"] as const);
  return fc.record({
    name: fc.constant(name),
    policy: builtIn ? fc.constantFrom(...policies) : fc.constant(null),
    rules: fc.array(rule, { maxLength: most }),
  });
}

function tableDraft(table: TableName, most: number): fc.Arbitrary<TableDraft> {
  const names = [...BUILT_IN[table], ...CALLED.arriving, ...CALLED.local];
  return fc
    .tuple(...names.map((name) => chainDraft(table, name, most)))
    .map((chains): TableDraft => ({ table, chains }));
}

/** A protocol stands once in a rule: the port's, or else the target's. */
function ruleText({ conditions: all, target }: RuleDraft): string {
  const ported = all.some((one) => one.startsWith("-p "));
  return [...all, ported ? target.replace(/^-p \S+ /, "") : target].join(" ");
}

const tableText = ({ table, chains }: TableDraft): string =>
  [
    `*${table}`,
    ...chains.map(({ name, policy }) => `:${name} ${policy ?? "-"} [0:0]`),
    ...chains.flatMap(({ name, rules }) => rules.map((rule) => `-A ${name} ${ruleText(rule)}`)),
    "COMMIT",
  ].join("\n");

/**
 * Rulesets of IPv4 that iptables-restore accepts: user chains, translations, marks, zones, owners. They shrink to few
 * rules with few conditions, in the order in which they stand.
 *
 * @example
 * fc.assert(fc.property(rulesets(), (ruleset) => parse(toSave(ruleset)).ruleset.tables.length === ruleset.tables.length));
 */
export function rulesets(options: RulesetOptions = {}): fc.Arbitrary<Ruleset> {
  const { tables = ["nat", "filter", "mangle", "raw"], rules = 4 } = options;
  return fc
    .subarray([...tables], { minLength: 1 })
    .chain((chosen) => fc.tuple(...chosen.map((table) => tableDraft(table, rules))))
    .map((drafts) => parse(`${drafts.map(tableText).join("\n")}\n`, { family: "ipv4" }).ruleset);
}
