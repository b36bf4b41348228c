import { accepts, defineTarget, type TargetExtension } from "../extension/target.ts";
import { flag, option } from "../extension/value.ts";
import { flagsText, type NatRange, natRange, natRangeAction, natRangeText, requirePortProtocol } from "./nat-values.ts";

/**
 * `-j DNAT --to-destination [addr[-addr]][:port[-port[/base]]] [--random] [--persistent]`: a new destination.
 *
 * Without a port the port is kept, without an address the address (rule N17).
 *
 * Kernel: net/netfilter/xt_nat.c, xt_dnat_target_v2.
 */
export interface DnatTarget {
  readonly kind: "DNAT";
  readonly to: NatRange;
  readonly random: boolean;
  readonly persistent: boolean;
}

export const dnat: TargetExtension<DnatTarget> = defineTarget<DnatTarget>()({
  kind: "DNAT",
  summary: "gives the connection a new destination",
  tables: ["nat"],
  hooks: ["PREROUTING", "OUTPUT"],
  options: {
    toDestination: option("to-destination", natRange, { required: true }),
    random: flag("random"),
    persistent: flag("persistent"),
  },
  fromSave({ toDestination, random, persistent }, context) {
    const to = toDestination!.value;
    requirePortProtocol(to.ports, context);
    return { kind: "DNAT", to, random: random !== undefined, persistent: persistent !== undefined };
  },
  toSave: ({ to, random, persistent }) =>
    ` --to-destination ${natRangeText(to)}${flagsText({ random, persistent }, "--")}`,
  fromList(reader, context) {
    const found = reader.take(/to:(\S+)/y);
    const to = found && natRange.read(found[1]!, context);
    if (!to) return undefined;
    const random = reader.take(/random(?!\S)/y) !== null;
    return { kind: "DNAT", to, random, persistent: reader.take(/persistent(?!\S)/y) !== null };
  },
  toList: ({ to, random, persistent }) => ` to:${natRangeText(to)}${flagsText({ random, persistent })}`,
  action: ({ to, random, persistent }) =>
    accepts({
      kind: "nat",
      manip: "destination",
      ...natRangeAction(to),
      random,
      persistent,
    }),
});
