import { accepts, defineTarget, type TargetExtension } from "../extension/target.ts";
import { flag, option, type Range, rangeText } from "../extension/value.ts";
import { flagsText, natPorts, requirePortProtocol } from "./nat-values.ts";

/**
 * `-j MASQUERADE [--to-ports port[-port]] [--random] [--random-fully]`: the source becomes an address of the out device.
 *
 * The one whose subnet holds the next hop, else the first primary one (N18, B2).
 *
 * Kernel: net/netfilter/nf_nat_masquerade.c.
 */
export interface MasqueradeTarget {
  readonly kind: "MASQUERADE";
  readonly ports?: Range;
  readonly random: boolean;
  readonly randomFully: boolean;
}

const flags = (target: MasqueradeTarget, prefix: string): string =>
  flagsText({ random: target.random, "random-fully": target.randomFully }, prefix);

export const masquerade: TargetExtension<MasqueradeTarget> = defineTarget<MasqueradeTarget>()({
  kind: "MASQUERADE",
  summary: "gives the connection an address of the out device as its source",
  tables: ["nat"],
  hooks: ["POSTROUTING"],
  options: { toPorts: option("to-ports", natPorts), random: flag("random"), randomFully: flag("random-fully") },
  fromSave({ toPorts, random, randomFully }, context) {
    requirePortProtocol(toPorts?.value, context);
    return {
      kind: "MASQUERADE",
      ...(toPorts && { ports: toPorts.value }),
      random: random !== undefined,
      randomFully: randomFully !== undefined,
    };
  },
  toSave: (target) => `${target.ports ? ` --to-ports ${rangeText(target.ports, "-")}` : ""}${flags(target, "--")}`,
  fromList(reader, context) {
    const found = reader.take(/masq ports: (\S+)/y);
    const ports = found ? natPorts.read(found[1]!, context) : undefined;
    if (found && !ports) return undefined;
    const random = reader.take(/random(?!\S)/y) !== null;
    const randomFully = reader.take(/random-fully(?!\S)/y) !== null;
    return { kind: "MASQUERADE", ...(ports && { ports }), random, randomFully };
  },
  toList: (target) => `${target.ports ? ` masq ports: ${rangeText(target.ports, "-")}` : ""}${flags(target, "")}`,
  action: (target) =>
    accepts({
      kind: "nat",
      manip: "source",
      address: { kind: "masquerade" },
      ...(target.ports && { ports: target.ports }),
      random: target.random || target.randomFully,
      persistent: false,
    }),
});
