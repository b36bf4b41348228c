import { IDLE_FLAGS } from "./idle-flags.ts";
import { badValue, type SettingNote, silentSettings, wrongValues } from "./notes.ts";
import { type IstioConfig, SETTING_NAMES, SETTINGS, type SettingName } from "./settings.ts";
import { pieces, readSwitch } from "./shapes.ts";

/** Istio's other fields, without effect on the rules, and what to say where they are on. */
const IDLE = new Map<string, string | undefined>([
  ...IDLE_FLAGS.flatMap(({ field, warning }) =>
    field === undefined ? [] : ([[field.toLowerCase(), warning]] as const),
  ),
  ["hostip", undefined],
  ["cnimode", undefined],
]);

/** What a setting was called in other releases. */
const ALIASES: Readonly<Record<string, SettingName>> = {
  kubeVirtInterfaces: "rerouteVirtualInterfaces",
  enableInboundIPv6: "enableIPv6",
};

/** Names in small letters: Istio's own fields are `ProxyUID` and `DNSServersV4`, and people put them in camelCase variously. */
const NAMES: ReadonlyMap<string, SettingName> = new Map([
  ...Object.entries(ALIASES).map(([alias, name]) => [alias.toLowerCase(), name] as const),
  ...SETTING_NAMES.map((name) => [name.toLowerCase(), name] as const),
]);

/** The setting that somebody calls so. */
export const settingNamed = (key: string): SettingName | undefined => NAMES.get(key.toLowerCase());

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
 * Settings as people give them: any of {@link IstioConfig}'s in whatever case, the older names `kubeVirtInterfaces` and
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
  /** Those that were given, by their own names. */
  readonly given: ReadonlySet<SettingName>;
  readonly notes: readonly SettingNote[];
}

/** `1`, `PodDNSEnabled` and `config.PodDNSEnabled`, as Go spells the override, besides `true` and `"enabled"`. */
function readOverride(value: unknown): string {
  const word = String(value)
    .toLowerCase()
    .replace(/^(?:[a-z]+\.)?poddns/, "");
  return (
    { "0": "unset", "": "unset", "1": "enabled", true: "enabled", "2": "disabled", false: "disabled" }[word] ?? word
  );
}

const asList = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value.map(String) : pieces(String(value)))
    .map((one) => one.trim())
    .filter((one) => one !== "");

/** One value in the type of its setting. */
function typedValue(name: SettingName, value: unknown): IstioConfig[SettingName] {
  const { kind } = SETTINGS[name].shape;
  if (kind === "switch") return typeof value === "string" ? (readSwitch(value) ?? false) : Boolean(value);
  if (kind === "list") return asList(value);
  return name === "dnsProxy" ? (readOverride(value) as IstioConfig["dnsProxy"]) : String(value);
}

/** All settings, those of the pod last: they override. */
function entriesOf(settings: IstioSettings): [string, unknown][] {
  const ofPod = ([key, value]: [string, unknown]) => key.toLowerCase() === "podoverrides" && typeof value === "object";
  const all: [string, unknown][] = Object.entries(settings);
  return [...all.filter((one) => !ofPod(one)), ...all.filter(ofPod).flatMap(([, pod]) => Object.entries(pod ?? {}))];
}

/** Fills in what is missing as the tool does, and says what is wrong, unknown or without effect. */
export function resolveSettings(settings: IstioSettings): ResolvedSettings {
  const notes: SettingNote[] = [];
  const given: Partial<Record<SettingName, IstioConfig[SettingName]>> = {};
  const say = (severity: SettingNote["severity"], code: string, setting: string, message: string) =>
    notes.push({ severity, code, setting, message: `${setting}: ${message}` });
  for (const [key, value] of entriesOf(settings)) {
    const name = settingNamed(key);
    if (value === undefined || value === null) continue;
    if (name !== undefined) {
      given[name] = typedValue(name, value);
      const { kind, expected } = SETTINGS[name].shape;
      if (kind === "switch" && typeof value === "string" && readSwitch(value) === undefined)
        notes.push(badValue(name, expected, value));
    } else if (!IDLE.has(key.toLowerCase())) say("warning", "unknown-setting", key, "Istio has no such setting");
    else {
      const warning = IDLE.get(key.toLowerCase());
      if (value === true && warning !== undefined) say("warning", "no-effect", key, warning);
    }
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
  return {
    config: filled,
    given: new Set(Object.keys(given) as SettingName[]),
    notes: [...notes, ...wrongValues(filled), ...silentSettings(filled, given)],
  };
}
