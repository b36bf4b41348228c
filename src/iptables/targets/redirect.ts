import { accepts, defineTarget, type TargetExtension } from "../extension/target.ts";
import { flag, option, type Range, rangeText } from "../extension/value.ts";
import { natPorts, requirePortProtocol } from "./nat-values.ts";

/**
 * `-j REDIRECT [--to-ports port[-port]] [--random]`: the destination becomes this host.
 *
 * In PREROUTING the first address of the in device, in OUTPUT 127.0.0.1 or ::1 (rules N10 to N15).
 *
 * Kernel: net/netfilter/nf_nat_redirect.c.
 */
export interface RedirectTarget {
  readonly kind: "REDIRECT";
  readonly ports?: Range;
  readonly random: boolean;
}

export const redirect: TargetExtension<RedirectTarget> = defineTarget<RedirectTarget>()({
  kind: "REDIRECT",
  summary: "sends the packet to this host, at the same port or at --to-ports",
  tables: ["nat"],
  hooks: ["PREROUTING", "OUTPUT"],
  options: { toPorts: option("to-ports", natPorts), random: flag("random") },
  fromSave({ toPorts, random }, context) {
    requirePortProtocol(toPorts?.value, context);
    return { kind: "REDIRECT", ...(toPorts && { ports: toPorts.value }), random: random !== undefined };
  },
  toSave: (target) =>
    `${target.ports ? ` --to-ports ${rangeText(target.ports, "-")}` : ""}${target.random ? " --random" : ""}`,
  fromList(reader, context) {
    // "redirect ports" is how iptables before 1.4.3 spells it.
    const found = reader.take(/redir(?:ect)? ports (\S+)/y);
    const ports = found ? natPorts.read(found[1]!, context) : undefined;
    if (found && !ports) return undefined;
    return { kind: "REDIRECT", ...(ports && { ports }), random: reader.take(/random(?!\S)/y) !== null };
  },
  toList: (target) =>
    `${target.ports ? ` redir ports ${rangeText(target.ports, "-")}` : ""}${target.random ? " random" : ""}`,
  action: (target) =>
    accepts({
      kind: "nat",
      manip: "destination",
      address: { kind: "redirect" },
      ...(target.ports && { ports: target.ports }),
      random: target.random,
      persistent: false,
    }),
});
