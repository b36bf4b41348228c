import type { Ruleset } from "../../iptables/ruleset/ruleset.ts";
import type { Family } from "../../net/address.ts";
import { type Names, nameTable } from "../../net/names.ts";
import type { IstioSettings } from "./config.ts";
import type { SettingNote } from "./notes.ts";
import { draftsOf, type IstioRules, istioRules } from "./rules.ts";
import { rulesetOf, unknownOwners } from "./ruleset.ts";
import type { SettingName } from "./settings.ts";

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
 * empty. User and group names are looked up in `options.names`; what is not there is said in `notes`.
 *
 * @throws RangeError if a value is one that the tool or iptables refuses.
 *
 * @example
 * istioIptables({ inboundPortsInclude: "*" }).ipv4.tables.map((table) => table.name); // ["nat"]
 */
export function istioIptables(settings: IstioSettings, options: { readonly names?: Names } = {}): IstioIptables {
  const written = istioRules(settings);
  const names = nameTable(options.names);
  const reading = (family: Family) => ({ family, names, report: () => {} });
  const ruleset = (family: Family) => rulesetOf(draftsOf(written.config, family), reading(family));
  const unknown = new Map<string, SettingName>();
  for (const { text, because } of written.rules)
    for (const name of unknownOwners(text, reading("ipv4"))) if (because[0]) unknown.set(name, because[0]);
  return {
    ...written,
    notes: [...written.notes, ...[...unknown].map(([name, setting]) => unknownNote(name, setting))],
    ipv4: ruleset("ipv4"),
    ipv6: written.text.ipv6 === null ? null : ruleset("ipv6"),
  };
}

const unknownNote = (name: string, setting: SettingName): SettingNote => ({
  severity: "warning",
  code: "unknown-name",
  setting,
  message: `${setting}: whom the pod's host calls "${name}" is not known here; say it in names, or give a number`,
});
