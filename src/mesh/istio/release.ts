import type { IstioConfig } from "./settings.ts";

/** Whether a named release is older than `1.minor`; no release means the newest known rules. */
export function releaseBefore({ release }: IstioConfig, minor: number): boolean {
  const [major = 0, given = 0] = release.split(".").map(Number);
  return release !== "" && (major < 1 || (major === 1 && given < minor));
}

/**
 * What an old release wrote otherwise than is written here, as far as these settings touch it.
 *
 * Written as the release did: the TCP-only jump into ISTIO_OUTPUT (before 1.25), the node's jump at the end of POSTROUTING
 * (before 1.27), ambient's ingress without a connection mark (before 1.29; patch releases of that time are taken for
 * their minor release). The rest is the newest rules, so it is said and not passed over.
 */
export function releaseDifferences(config: IstioConfig): string[] {
  const { release } = config;
  const differences: string[] = [];
  if (!releaseBefore(config, 25)) return differences;
  if (config.suite === "cni") return [`${release} wrote other ambient rules (TPROXY in mangle); these are the newest`];
  if (config.redirectDNS)
    differences.push(
      `${release} wrote its DNS rules into OUTPUT or ISTIO_OUTPUT; these use ISTIO_OUTPUT_DNS, as since 1.25`,
    );
  if (config.dropInvalid)
    differences.push(`${release} dropped INVALID packets in PREROUTING itself, without ISTIO_DROP`);
  if (config.outboundIPRangesInclude !== "" && config.outboundIPRangesInclude !== "*")
    differences.push(
      `${release} ended ISTIO_OUTPUT with "-j RETURN" behind the included ranges; that changes no packet's way`,
    );
  if (releaseBefore(config, 19))
    differences.push(`${release} is older than 1.19, whose rules are the oldest known here`);
  return differences;
}
