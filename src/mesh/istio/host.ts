import type { IstioConfig } from "./settings.ts";

/** What istio-iptables or the CNI agent sets up beside the rules, in the shapes that `createNetns` takes. */
export interface IstioHost {
  readonly rules: readonly {
    readonly priority?: number;
    readonly fwmark: string;
    readonly table: string;
    readonly family: "ipv4" | "ipv6";
  }[];
  readonly routes: readonly {
    readonly type: "local";
    readonly to: string;
    readonly dev: "lo";
    readonly table: string;
  }[];
  /** Addresses that lo gets. */
  readonly loopback: readonly string[];
}

/**
 * Policy routing that brings marked packets to lo, and `::6` on lo as the proxy's source address.
 *
 * Source of the behaviour: istio/istio, tools/common/tproxy/run_linux.go; cni/pkg/iptables/iptables_linux.go.
 */
export function hostOf(config: IstioConfig): IstioHost {
  const families = config.enableIPv6 ? (["ipv4", "ipv6"] as const) : (["ipv4"] as const);
  const toLoopback = (fwmark: string, table: string, priority?: number) => ({
    rules: families.map((family) => ({ ...(priority !== undefined && { priority }), fwmark, table, family })),
    routes: families.map((family) => ({
      type: "local" as const,
      to: family === "ipv4" ? "0.0.0.0/0" : "::/0",
      dev: "lo" as const,
      table,
    })),
  });
  if (config.suite === "cni")
    return config.kind === "host"
      ? { rules: [], routes: [], loopback: [] }
      : { ...toLoopback("0x111/0xfff", "100", 32764), loopback: [] };
  const loopback = config.enableIPv6 ? ["::6/128"] : [];
  return config.inboundInterceptionMode === "TPROXY" && config.inboundPortsInclude !== ""
    ? { ...toLoopback(config.inboundTProxyMark, config.inboundTProxyRouteTable), loopback }
    : { rules: [], routes: [], loopback };
}
