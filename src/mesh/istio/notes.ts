import { releaseDifferences } from "./release.ts";
import { type IstioConfig, SETTING_NAMES, SETTINGS, type SettingName } from "./settings.ts";
import { pieces } from "./shapes.ts";

/** Something to say about one setting; `istioSettings` gives it its place in the flags. */
export interface SettingNote {
  readonly severity: "error" | "warning" | "info";
  readonly code: string;
  readonly setting: string;
  readonly message: string;
  readonly expected?: string;
  readonly received?: string;
}

export const badValue = (setting: SettingName, expected: string, received: string): SettingNote => ({
  severity: "error",
  code: "bad-value",
  setting,
  message: `${setting}: expected ${expected}, got ${JSON.stringify(received)}`,
  expected,
  received,
});

const includedGroups = (config: IstioConfig): number =>
  config.ownerGroupsInclude === "*" ? 0 : pieces(config.ownerGroupsInclude).length;

/** Values that `istio-iptables` or the `iptables-restore` behind it refuses. */
export function wrongValues(config: IstioConfig): SettingNote[] {
  const notes: SettingNote[] = [];
  for (const name of SETTING_NAMES) {
    const { shape } = SETTINGS[name];
    const value = config[name];
    const text = Array.isArray(value) ? value.join(",") : String(value);
    const wrong = shape.wrong(text);
    if (wrong === undefined) continue;
    notes.push(badValue(name, shape.expected, wrong));
  }
  const groups = includedGroups(config);
  // validation.go, maxOwnerGroupsInclude: they all become matches of one rule.
  if (groups > 64) {
    const message = `ownerGroupsInclude: expected at most 64 groups, got ${groups}`;
    notes.push({ severity: "error", code: "bad-value", setting: "ownerGroupsInclude", message });
  }
  return notes;
}

/** Settings that were given and change nothing: what people report as "it is ignored". */
export function silentSettings(config: IstioConfig, given: Partial<Record<SettingName, unknown>>): SettingNote[] {
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
  const groups = includedGroups(config);
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
