import type { TableName } from "../../iptables/ruleset/ruleset.ts";
import type { Family } from "../../net/address.ts";
import { ambientRules } from "./ambient.ts";
import { captureRules } from "./capture.ts";
import { type IstioSettings, resolveSettings } from "./config.ts";
import { commandText, type Draft, placeRules, restoreText } from "./draft.ts";
import { hostOf, type IstioHost } from "./host.ts";
import type { SettingNote } from "./notes.ts";
import { type IstioConfig, SETTING_NAMES, SETTINGS, type SettingName } from "./settings.ts";

/** One rule that was written, and why. */
export interface IstioRule {
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;
  /** The rule's number in its chain, from 1, when all commands have run. */
  readonly rule: number;
  /** The command that writes it: `-A CHAIN …` or `-I CHAIN N …`. */
  readonly text: string;
  /** The settings that the rule comes from; none: it is always there. */
  readonly because: readonly SettingName[];
}

/** What one setting did. */
export interface IstioFlag {
  /** As it would stand on the command line: `-p 15001`, `--redirect-dns`. */
  readonly flag: string;
  readonly setting: SettingName;
  readonly value: IstioConfig[SettingName];
  readonly summary: string;
  /** In the order of their tables and chains; empty if the setting changed nothing. */
  readonly rules: readonly IstioRule[];
}

/** Everything that follows from settings, as text and as data. */
export interface IstioRules {
  readonly config: IstioConfig;
  /** What `iptables-restore --noflush` gets; `ipv6` is null where no IPv6 rules are written. */
  readonly text: { readonly ipv4: string; readonly ipv6: string | null };
  readonly rules: readonly IstioRule[];
  /** Settings that are given or have rules, each with the rules that it caused. */
  readonly flags: readonly IstioFlag[];
  readonly host: IstioHost;
  readonly notes: readonly SettingNote[];
}

/** The commands of one family, in the order in which the tool gives them. */
export const draftsOf = (config: IstioConfig, family: Family): readonly Draft[] =>
  config.suite === "cni" ? ambientRules(config, family) : captureRules(config, family);

/**
 * Rules of a sidecar or of ambient, for each family.
 *
 * @throws RangeError if a value is one that the tool or iptables refuses: the message names setting, expectation, value.
 */
export function istioRules(settings: IstioSettings): IstioRules {
  const { config, given, notes } = resolveSettings(settings);
  const wrong = notes.filter((note) => note.severity === "error");
  if (wrong.length > 0) throw new RangeError(wrong.map((note) => note.message).join("; "));
  const families: readonly Family[] = config.enableIPv6 ? ["ipv4", "ipv6"] : ["ipv4"];
  const drafts = families.map((family) => ({ family, drafts: draftsOf(config, family) }));
  const rules = drafts.flatMap(({ family, drafts }) =>
    placeRules(drafts).map(
      ({ draft, number }): IstioRule => ({
        family,
        table: draft.table,
        chain: draft.chain,
        rule: number,
        text: commandText(draft),
        because: draft.because,
      }),
    ),
  );
  const [ipv4 = "", ipv6 = null] = drafts.map((one) => restoreText(one.drafts));
  return { config, text: { ipv4, ipv6 }, rules, flags: flagsOf(config, given, rules), host: hostOf(config), notes };
}

function flagsOf(
  config: IstioConfig,
  given: ReadonlySet<SettingName>,
  rules: readonly IstioRule[],
): readonly IstioFlag[] {
  return SETTING_NAMES.flatMap((setting) => {
    const caused =
      setting === "enableIPv6"
        ? rules.filter((rule) => rule.family === "ipv6")
        : rules.filter((rule) => rule.because.includes(setting));
    if (caused.length === 0 && !given.has(setting)) return [];
    const value = config[setting];
    return [{ flag: flagText(setting, value), setting, value, summary: SETTINGS[setting].summary, rules: caused }];
  });
}

/** A setting as a flag; a switch that is off with its value, and a value that a shell would read in quotes. */
function flagText(setting: SettingName, value: IstioConfig[SettingName]): string {
  const { flag, short, shape } = SETTINGS[setting];
  if (shape.kind === "switch") return value ? `--${flag}` : `--${flag}=false`;
  const text = Array.isArray(value) ? value.join(",") : String(value);
  return `${short === undefined ? `--${flag}` : `-${short}`} ${/^[\w.:,/-]+$/.test(text) ? text : `'${text}'`}`;
}
