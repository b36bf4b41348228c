/** What a journey on the live kernel is made of. */
import {
  type IstioSettings,
  istioIptables,
  type SidecarSettings,
  toSave,
  type ZtunnelSettings,
} from "../../src/index.ts";
import type { JourneyEnd } from "../../src/mesh/journey/types.ts";
import { emptied } from "./lab-rules.ts";
import type { Place } from "./lab-sidecar.ts";
import type { Family } from "./lab-types.ts";

export type ProxySettings =
  | { readonly kind: "sidecar"; readonly settings: SidecarSettings }
  | { readonly kind: "ztunnel"; readonly settings: ZtunnelSettings };

/** Marked packets that another routing table takes to lo. */
interface PolicyRoute {
  readonly fwmark: string;
  readonly table: string;
  readonly priority?: number;
}

/** What makes a place part of the mesh: rules for all tables, policy routing, and a proxy. */
export interface Mesh {
  readonly rules: string;
  readonly toLoopback: readonly PolicyRoute[];
  readonly proxy: ProxySettings;
}

export interface JourneyCase {
  readonly name: string;
  readonly pod: Mesh;
  /** Without it the peer has no rules and no proxy. */
  readonly peer?: Mesh;
  /** Settings of the pod. */
  readonly sysctl?: Readonly<Record<string, number>>;
  /** Rules of the node's nat table in front of its own. */
  readonly node?: readonly string[];
  readonly from: Place;
  readonly connection: {
    readonly proto?: "tcp" | "udp";
    readonly dst: string;
    readonly dport: number;
    readonly uid?: number;
    readonly gid?: number;
    readonly mark?: number;
  };
  /** Left out where the case was drawn and nobody knows. */
  readonly end?: JourneyEnd;
}

/** The text with the tables that it does not name emptied, so that nothing of another case is left. */
export const whole = (rules: string): string => `${rules.trimEnd()}\n${emptied(rules)}`;

export const withRules = (rules: string, settings: SidecarSettings = {}): Mesh => ({
  rules: whole(rules),
  toLoopback: [],
  proxy: { kind: "sidecar", settings },
});

/** A place as istio-iptables leaves it for these settings. */
export function meshed(family: Family, settings: IstioSettings, proxy: ProxySettings): Mesh {
  const { ipv4, ipv6, host } = istioIptables({ ...settings, enableIPv6: true });
  const ruleset = family === 4 ? ipv4 : ipv6!;
  const toLoopback = host.rules.filter((rule) => rule.family === ruleset.family);
  return { rules: whole(toSave(ruleset)), toLoopback, proxy };
}
