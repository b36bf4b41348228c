import { hostPrefix, maskLength, type Prefix, prefixText, readAddress, readPrefix } from "../../net/address.ts";
import { accepts, defineTarget, type TargetExtension } from "../extension/target.ts";
import { option, type ValueType } from "../extension/value.ts";

/**
 * `-j NETMAP --to address[/length]`: replaces the network part of the address and keeps the host part: of the
 * destination in PREROUTING and OUTPUT, of the source in INPUT and POSTROUTING (N9).
 *
 * Kernel: net/netfilter/xt_NETMAP.c, netmap_tg4, netmap_tg6.
 */
export interface NetmapTarget {
  readonly kind: "NETMAP";
  readonly to: Prefix;
}

/** A mask with holes counts as the whole address, as iptables takes it. */
const network: ValueType<Prefix> = {
  expected: "a network of the rule's family as address/length",
  read(word, { family }) {
    const prefix = readPrefix(word);
    if (prefix?.family !== family) return undefined;
    const address = readAddress(word.replace(/\/.*/, ""));
    return address && maskLength(family, prefix.mask) === undefined ? hostPrefix(address) : prefix;
  },
};

export const netmap: TargetExtension<NetmapTarget> = defineTarget<NetmapTarget>()({
  kind: "NETMAP",
  summary: "maps one network onto another, address by address",
  tables: ["nat"],
  hooks: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  options: { to: option("to", network, { required: true }) },
  fromSave: ({ to }) => ({ kind: "NETMAP", to: to!.value }),
  toSave: (target) => ` --to ${prefixText(target.to)}`,
  fromList(reader, context) {
    const found = reader.take(/(?:to:)?(\S+)/y);
    const to = found && network.read(found[1]!, context);
    return to ? { kind: "NETMAP", to } : undefined;
  },
  toList: (target) => ` to:${prefixText(target.to)}`,
  action: (target) =>
    accepts({
      kind: "nat",
      manip: "hook",
      address: { kind: "netmap", prefix: target.to },
      random: false,
      persistent: false,
    }),
});
