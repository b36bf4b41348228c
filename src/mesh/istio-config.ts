import { releaseDifferences } from "./istio-release.ts";
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

/** Something to say about one setting; {@link istioSettings} gives it its place in the flags. */
export interface SettingNote {
  readonly severity: "error" | "warning" | "info";
  readonly code: string;
  readonly setting: string;
  readonly message: string;
  readonly expected?: string;
  readonly received?: string;
}

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
    const name = ALIASES[key] ?? key;
    if (value === undefined || value === null) continue;
    if (name in SETTINGS) given[name as SettingName] = typedValue(name as SettingName, value);
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

/** Values that `istio-iptables` or the `iptables-restore` behind it refuses. */
function wrongValues(config: IstioConfig): SettingNote[] {
  const notes: SettingNote[] = [];
  for (const name of SETTING_NAMES) {
    const { shape } = SETTINGS[name];
    const value = config[name];
    const text = Array.isArray(value) ? value.join(",") : String(value);
    const wrong = shape.wrong(text);
    if (wrong === undefined) continue;
    const message = `${name}: expected ${shape.expected}, got ${JSON.stringify(wrong)}`;
    notes.push({
      severity: "error",
      code: "bad-value",
      setting: name,
      message,
      expected: shape.expected,
      received: wrong,
    });
  }
  const groups = config.ownerGroupsInclude === "*" ? 0 : pieces(config.ownerGroupsInclude).length;
  // validation.go, maxOwnerGroupsInclude: they all become matches of one rule.
  if (groups > 64) {
    const message = `ownerGroupsInclude: expected at most 64 groups, got ${groups}`;
    notes.push({ severity: "error", code: "bad-value", setting: "ownerGroupsInclude", message });
  }
  return notes;
}

/** Settings that were given and change nothing: what people report as "it is ignored". */
function silentSettings(config: IstioConfig, given: Partial<Record<SettingName, unknown>>): SettingNote[] {
  const notes: SettingNote[] = [];
  const say = (setting: SettingName, code: string, message: string) =>
    notes.push({ severity: "warning", code, setting, message: `${setting}: ${message}` });
  for (const difference of releaseDifferences(config)) say("release", "release-differs", difference);
  if (config.suite === "cni") return notes;
  const { inboundInterceptionMode: mode, inboundPortsInclude: ports } = config;
  if (given.inboundPortsExclude && ports !== "*")
    say(
      "inboundPortsExclude",
      "no-effect",
      `only counts when inboundPortsInclude is "*", and that is ${JSON.stringify(ports)}`,
    );
  // iptables/xshared.h, MAX_ARGC: five words a group, seven others; measured with 1.8.9. Istio's own limit is 64.
  const groups = config.ownerGroupsInclude === "*" ? 0 : pieces(config.ownerGroupsInclude).length;
  if (groups > 49)
    say(
      "ownerGroupsInclude",
      "too-many-words",
      `iptables-restore takes 255 words a rule, and ${groups} groups are ${groups * 5}`,
    );
  if (given.ownerGroupsExclude && config.ownerGroupsInclude !== "*")
    say("ownerGroupsExclude", "no-effect", `only counts when ownerGroupsInclude is "*"`);
  if (config.captureAllDNS && !config.redirectDNS) say("captureAllDNS", "no-effect", "only counts with redirectDNS");
  if (!["", "REDIRECT", "TPROXY"].includes(mode))
    say(
      "inboundInterceptionMode",
      "unknown-mode",
      `whatever is not "TPROXY" works as REDIRECT, also ${JSON.stringify(mode)}`,
    );
  if (config.redirectDNS && !config.captureAllDNS && config.dnsServersV4.length + config.dnsServersV6.length === 0)
    say(
      "redirectDNS",
      "dns-servers-unknown",
      "no DNS servers are known (the tool reads /etc/resolv.conf), so no DNS rule is written",
    );
  if (mode === "TPROXY" && ports === "")
    say("inboundInterceptionMode", "no-effect", "nothing jumps to the TPROXY rules while inboundPortsInclude is empty");
  return notes;
}
