import * as fc from "fast-check";
import type { IstioSettings } from "../mesh/istio/config.ts";
import type { SettingName } from "../mesh/istio/settings.ts";
import { leaning } from "./values.ts";

const PORTS = ["80", "443", "53", "2181", "8080", "15001", "15006", "15008", "15020", "15053", "15090"] as const;
const RANGES = ["10.96.0.0/12", "10.244.0.0/16", "10.244.1.10/32", "192.0.2.0/24", "127.0.0.0/8", "0.0.0.0/0"] as const;

const listOf = (values: readonly string[]): fc.Arbitrary<string> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 4 }).map((all) => all.join(","));
const listOrAll = (values: readonly string[]): fc.Arbitrary<string> => leaning(["*"], listOf(values));
/** A setting that is usually left as it is, but for a few values. */
const one = (...values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values);

/** What each setting may be. The first value of each is what it shrinks to. */
const CAPTURE = {
  inboundPortsInclude: listOrAll(PORTS),
  outboundIPRangesInclude: listOrAll(RANGES),
  inboundPortsExclude: listOf(PORTS),
  outboundPortsInclude: listOf(PORTS),
  outboundPortsExclude: listOf(PORTS),
  outboundIPRangesExclude: listOf(RANGES),
  proxyPort: one("15001", "15011"),
  inboundCapturePort: one("15006", "15016"),
  inboundTunnelPort: one("15008", "15018"),
  proxyUID: one("1337", "2102", "1337,0"),
  proxyGID: one("1337", "2102"),
  inboundInterceptionMode: one("REDIRECT", "TPROXY"),
  inboundTProxyMark: one("1337", "42"),
  rerouteVirtualInterfaces: one("virbr0", "virbr0,tap0"),
  excludeInterfaces: one("eth1", "net1,net2"),
  ownerGroupsInclude: one("*", "202", "202,203"),
  ownerGroupsExclude: one("202", "202,203"),
  redirectDNS: fc.boolean(),
  captureAllDNS: fc.boolean(),
  dnsServersV4: fc.constantFrom<string[]>(["10.96.0.10"], ["10.96.0.10", "192.0.2.53"]),
  dropInvalid: fc.boolean(),
  dualStack: fc.boolean(),
} satisfies { readonly [K in SettingName]?: fc.Arbitrary<IstioSettings[K]> };

/** Settings that the CNI agent of ambient takes. */
const AMBIENT = {
  redirectDNS: fc.boolean(),
  enableIPv6: fc.boolean(),
  ingressMode: fc.boolean(),
  virtualInterfaces: fc.constantFrom<string[]>([], ["virbr0"]),
  dnsProxy: fc.constantFrom("unset", "enabled", "disabled"),
} satisfies { readonly [K in SettingName]?: fc.Arbitrary<IstioSettings[K]> };

/** Which settings are wanted. */
export interface SettingsOptions {
  /** A sidecar's rules, or ambient's in the pod. Default: a sidecar's. */
  readonly suite?: "capture" | "cni";
  /** These are as given here; the others are drawn. */
  readonly fixed?: IstioSettings;
  /** Only these are drawn. Default: all that a suite has. */
  readonly only?: readonly SettingName[];
}

/**
 * Settings of Istio's rules, each of them valid; they shrink by losing members until only those are left that matter.
 *
 * @example
 * fc.assert(fc.property(meshSettings(), (settings) => istioIptables(settings).rules.length > 0));
 */
export function meshSettings(options: SettingsOptions = {}): fc.Arbitrary<IstioSettings> {
  const { suite = "capture", fixed = {}, only } = options;
  const all: Readonly<Record<string, fc.Arbitrary<unknown>>> = suite === "cni" ? AMBIENT : CAPTURE;
  const drawn = Object.fromEntries(
    Object.entries(all).filter(
      ([name]) => !(name in fixed) && (only === undefined || only.includes(name as SettingName)),
    ),
  );
  return fc
    .record(drawn, { requiredKeys: [] })
    .map((settings) => ({ ...(suite === "cni" && { suite }), ...settings, ...fixed }) as IstioSettings);
}
