import { type SettingNote, silentSettings, wrongValues } from "./istio-notes.ts";
import { type IstioConfig, SETTING_NAMES, SETTINGS, type SettingName } from "./istio-settings.ts";
import { pieces } from "./istio-shapes.ts";

/** Istio's other fields: accepted and without effect on the rules. */
const IDLE = new Set([
  "dryRun",
  "iptablesProbePort",
  "probeTimeout",
  "skipRuleApply",
  "runValidation",
  "networkNamespace",
  "traceLogging",
  "hostFilesystemPodNetwork",
  "hostIP",
  "reconcile",
  "cleanupOnly",
  "forceApply",
  "restoreFormat",
  "cniMode",
  "forceLegacyIPTables",
  "forceIptablesBinary",
  "nativeNftables",
]);

/** What a setting was called in other releases. */
const ALIASES: Readonly<Record<string, SettingName>> = {
  kubeVirtInterfaces: "rerouteVirtualInterfaces",
  enableInboundIPv6: "enableIPv6",
};

/** Only ambient knows these, so one of them chooses `suite: "cni"`. */
const AMBIENT: readonly SettingName[] = [
  "hostProbeSNATAddress",
  "hostProbeV6SNATAddress",
  "virtualInterfaces",
  "ingressMode",
  "dnsProxy",
  "kind",
];

/**
 * Settings as people give them: any of {@link IstioConfig}'s, the older names `kubeVirtInterfaces` and
 * `enableInboundIPv6`, ambient's `podOverrides` as one object, and those of Istio's fields that no rule depends on.
 */
export type IstioSettings = {
  readonly [K in SettingName]?: IstioConfig[K] | undefined;
} & {
  readonly kubeVirtInterfaces?: string;
  readonly enableInboundIPv6?: boolean;
  readonly podOverrides?: Partial<Pick<IstioConfig, "virtualInterfaces" | "ingressMode" | "dnsProxy">>;
  readonly dryRun?: boolean;
  readonly hostFilesystemPodNetwork?: boolean;
  readonly networkNamespace?: string;
};

export interface ResolvedSettings {
  readonly config: IstioConfig;
  readonly notes: readonly SettingNote[];
}

/** `1` and `PodDNSEnabled`, as Go spells the override, besides `true` and `"enabled"`. */
function readOverride(value: unknown): string {
  const word = String(value)
    .toLowerCase()
    .replace(/^poddns/, "");
  return (
    { "0": "unset", "": "unset", "1": "enabled", true: "enabled", "2": "disabled", false: "disabled" }[word] ?? word
  );
}

const asList = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : pieces(value === null || value === undefined ? "" : String(value));

/** One value in the type of its setting; text of a switch is read as Go's strconv.ParseBool does. */
function typedValue(name: SettingName, value: unknown): IstioConfig[SettingName] {
  const { kind } = SETTINGS[name].shape;
  if (kind === "switch") return typeof value === "string" ? /^(1|t|true)$/i.test(value) : Boolean(value);
  if (kind === "list") return asList(value);
  return name === "dnsProxy" ? (readOverride(value) as IstioConfig["dnsProxy"]) : String(value);
}

/** Fills in what is missing as the tool does, and says what is wrong, unknown or without effect. */
export function resolveSettings(settings: IstioSettings): ResolvedSettings {
  const notes: SettingNote[] = [];
  const given: Partial<Record<SettingName, IstioConfig[SettingName]>> = {};
  const { podOverrides, ...plain } = settings;
  for (const [key, value] of Object.entries({ ...plain, ...podOverrides })) {
    const name = Object.hasOwn(ALIASES, key) ? ALIASES[key]! : key;
    if (value === undefined || value === null) continue;
    if (Object.hasOwn(SETTINGS, name)) given[name as SettingName] = typedValue(name as SettingName, value);
    else if (!IDLE.has(key))
      notes.push({
        severity: "warning",
        code: "unknown-setting",
        setting: key,
        message: `${key}: Istio has no such setting`,
      });
  }
  const initial = Object.fromEntries(SETTING_NAMES.map((name) => [name, SETTINGS[name].initial]));
  const config = { ...initial, ...given } as unknown as IstioConfig;
  const filled: IstioConfig = {
    ...config,
    suite: given.suite === undefined && AMBIENT.some((name) => name in given) ? "cni" : config.suite,
    proxyUID: config.proxyUID || (SETTINGS.proxyUID.initial as string),
    proxyGID: config.proxyGID || config.proxyUID || (SETTINGS.proxyUID.initial as string),
    enableIPv6: given.enableIPv6 === undefined ? config.dualStack : config.enableIPv6,
  };
  return { config: filled, notes: [...notes, ...wrongValues(filled), ...silentSettings(filled, given)] };
}
