import type { Family } from "../net/address.ts";
import { type Names, nameTable } from "../net/names.ts";
import { BUILT_IN, type Chain, type Rule, type Ruleset, type Table, type TableName } from "../ruleset/ruleset.ts";
import { readCommand } from "../save/read-rule.ts";
import type { Reading } from "../save/reading.ts";
import { splitRestoreLine } from "../text/words.ts";
import type { IstioSettings } from "./istio-config.ts";
import { type Draft, newChains, placeRules, tablesOf } from "./istio-draft.ts";
import { draftsOf, type IstioRules, istioRules } from "./istio-rules.ts";

/** What `istioIptables` gives: the rules as rulesets, as text, and flag by flag. */
export interface IstioIptables extends IstioRules {
  readonly ipv4: Ruleset;
  /** null where no IPv6 rules are written. */
  readonly ipv6: Ruleset | null;
}

/**
 * The rules that istio-iptables, or ambient's CNI agent with `suite: "cni"`, would write for these settings.
 *
 * The rulesets hold all built-in chains of each table that has rules, with policy ACCEPT, as in a namespace that was
 * empty. Group and user names stay names in `text`; in the rulesets they are looked up in `options.names`.
 *
 * @throws RangeError if a value is one that the tool or iptables refuses.
 *
 * @example
 * istioIptables({ inboundPortsInclude: "*" }).ipv4.tables.map((table) => table.name); // ["nat"]
 */
export function istioIptables(settings: IstioSettings, options: { readonly names?: Names } = {}): IstioIptables {
  const written = istioRules(settings);
  const { config, text } = written;
  const names = nameTable(options.names);
  const ruleset = (family: Family) => rulesetOf(draftsOf(config, family), { family, names, report: () => {} });
  return { ...written, ipv4: ruleset("ipv4"), ipv6: text.ipv6 === null ? null : ruleset("ipv6") };
}

const rulesetOf = (drafts: readonly Draft[], reading: Reading): Ruleset => ({
  family: reading.family,
  flavour: "legacy",
  tables: tablesOf(drafts).map((table) => tableOf(table, drafts, reading)),
});

/** The commands are read by the reader of save text: what a rule means stands in one place only. */
function tableOf(name: TableName, drafts: readonly Draft[], reading: Reading): Table {
  const rules = new Map<string, Rule[]>();
  for (const chain of [...BUILT_IN[name], ...newChains(name, drafts)]) rules.set(chain, []);
  for (const { draft } of placeRules(drafts.filter((one) => one.table === name))) {
    const text = `-A ${draft.chain} ${draft.rule}`;
    const read = readCommand({ words: splitRestoreLine(text), number: 1, text }, 0, reading);
    rules.get(draft.chain)!.push(...read.rules);
  }
  const chains = [...rules].map(
    ([chain, own]): Chain => ({ name: chain, policy: BUILT_IN[name].includes(chain) ? "ACCEPT" : null, rules: own }),
  );
  return { name, chains };
}
