import { accepts, defineTarget, type TargetExtension } from "../extension/target.ts";
import { flag, option } from "../extension/value.ts";
import { flagsText, type NatRange, natRange, natRangeAction, natRangeText, requirePortProtocol } from "./nat-values.ts";

/**
 * `-j SNAT --to-source [addr[-addr]][:port[-port]] [--random] [--random-fully] [--persistent]`: a new source.
 *
 * The address need not be local (N20); the port is kept while it is free and in the range (N19).
 *
 * Kernel: net/netfilter/xt_nat.c, xt_snat_target_v1.
 */
export interface SnatTarget {
  readonly kind: "SNAT";
  readonly to: NatRange;
  readonly random: boolean;
  readonly randomFully: boolean;
  readonly persistent: boolean;
}

const flags = (target: SnatTarget, prefix: string): string =>
  flagsText({ random: target.random, "random-fully": target.randomFully, persistent: target.persistent }, prefix);

export const snat: TargetExtension<SnatTarget> = defineTarget<SnatTarget>()({
  kind: "SNAT",
  summary: "gives the connection a new source",
  tables: ["nat"],
  hooks: ["POSTROUTING", "INPUT"],
  options: {
    toSource: option("to-source", natRange, { required: true }),
    random: flag("random"),
    randomFully: flag("random-fully"),
    persistent: flag("persistent"),
  },
  fromSave({ toSource, random, randomFully, persistent }, context) {
    const to = toSource!.value;
    requirePortProtocol(to.ports, context);
    // iptables 1.8.9 takes a base here and loses it: SNAT has no field for it (it is saved as "/0").
    if (to.ports?.base !== undefined) context.fail("SNAT: shifted port ranges (low-high/base) are for DNAT only");
    return {
      kind: "SNAT",
      to,
      random: random !== undefined,
      randomFully: randomFully !== undefined,
      persistent: persistent !== undefined,
    };
  },
  toSave: (target) => ` --to-source ${natRangeText(target.to)}${flags(target, "--")}`,
  fromList(reader, context) {
    const found = reader.take(/to:(\S+)/y);
    const to = found && natRange.read(found[1]!, context);
    if (!to || to.ports?.base !== undefined) return undefined;
    const random = reader.take(/random(?!\S)/y) !== null;
    const randomFully = reader.take(/random-fully(?!\S)/y) !== null;
    return { kind: "SNAT", to, random, randomFully, persistent: reader.take(/persistent(?!\S)/y) !== null };
  },
  toList: (target) => ` to:${natRangeText(target.to)}${flags(target, "")}`,
  action: (target) =>
    accepts({
      kind: "nat",
      manip: "source",
      ...natRangeAction(target.to),
      random: target.random || target.randomFully,
      persistent: target.persistent,
    }),
});
