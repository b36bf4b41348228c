import { type Address, addressText, readAddress } from "../../net/address.ts";
import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { anyWord, option, type ValueType } from "../extension/value.ts";

/**
 * `-j TEE --gateway addr [--oif device]`: sends a copy to another host; the packet itself goes on (T4).
 *
 * Kernel: net/netfilter/xt_TEE.c, tee_tg4, tee_tg6.
 */
export interface TeeTarget {
  readonly kind: "TEE";
  readonly gateway: Address;
  readonly oif?: string;
}

const gatewayAddress: ValueType<Address> = {
  expected: "an address of the rule's family",
  read(word, { family, names }) {
    const address = readAddress(word) ?? names.hosts(word, family)[0];
    return address?.family === family ? address : undefined;
  },
};

export const tee: TargetExtension<TeeTarget> = defineTarget<TeeTarget>()({
  kind: "TEE",
  summary: "sends a copy of the packet to another host",
  options: {
    gateway: option("gateway", gatewayAddress, { required: true }),
    oif: option("oif", anyWord("the name of a device")),
  },
  fromSave: ({ gateway, oif }) => ({ kind: "TEE", gateway: gateway!.value, ...(oif && { oif: oif.value }) }),
  toSave: ({ gateway, oif }) =>
    ` --gateway ${addressText(gateway.family, gateway.words)}${oif === undefined ? "" : ` --oif ${oif}`}`,
  fromList(reader, context) {
    const found = reader.take(/TEE gw:(\S+)(?: oif=(\S+))?/y);
    const gateway = found && gatewayAddress.read(found[1]!, context);
    return gateway ? { kind: "TEE", gateway, ...(found[2] !== undefined && { oif: found[2] }) } : undefined;
  },
  toList({ gateway, oif }, { numeric, names }) {
    const address = addressText(gateway.family, gateway.words);
    const shown = numeric ? address : (names.hostName(address) ?? address);
    return ` TEE gw:${shown}${oif === undefined ? "" : ` oif=${oif}`}`;
  },
  action: () => goesOn({ kind: "copyPacket" }),
});
