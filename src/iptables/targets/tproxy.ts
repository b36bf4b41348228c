import { type Address, addressText, anyPrefix, readAddress } from "../../net/address.ts";
import { TCP, UDP } from "../../net/protocol.ts";
import { hex } from "../../text/number.ts";
import { accepts, defineTarget, type TargetExtension } from "../extension/target.ts";
import { masked, option, readPort, type ValueType } from "../extension/value.ts";

/**
 * `-j TPROXY --on-port port [--on-ip addr] [--tproxy-mark value[/mask]]`: hands the packet to a transparent socket of
 * this host without changing its addresses (rules P1 to P4).
 *
 * Kernel: net/netfilter/xt_TPROXY.c, tproxy_tg4, tproxy_tg6_v1.
 */
export interface TproxyTarget {
  readonly kind: "TPROXY";
  /** 0: the packet's own destination port. */
  readonly port: number;
  /** All zeros if it was not given: iptables prints it so, and the kernel takes it so (B6). */
  readonly address: Address;
  readonly value: number;
  readonly mask: number;
}

const port: ValueType<number> = { expected: "a port from 0 to 65535 or a service name", read: readPort };

const address: ValueType<Address> = {
  expected: "an address of the rule's family",
  read(word, { family }) {
    const read = readAddress(word);
    return read?.family === family ? read : undefined;
  },
};

const onAddress = (target: TproxyTarget): string => addressText(target.address.family, target.address.words);

export const tproxy: TargetExtension<TproxyTarget> = defineTarget<TproxyTarget>()({
  kind: "TPROXY",
  summary: "hands the packet to a transparent socket without changing its addresses",
  tables: ["mangle"],
  hooks: ["PREROUTING"],
  protocols: [TCP, UDP],
  options: {
    onPort: option("on-port", port, { required: true }),
    onIp: option("on-ip", address),
    tproxyMark: option("tproxy-mark", masked(32)),
  },
  fromSave: ({ onPort, onIp, tproxyMark }, { family }) => ({
    kind: "TPROXY",
    port: onPort!.value,
    address: onIp?.value ?? { family, words: anyPrefix(family).address },
    ...(tproxyMark?.value ?? { value: 0, mask: 0 }),
  }),
  toSave: (target) =>
    ` --on-port ${target.port} --on-ip ${onAddress(target)} --tproxy-mark ${hex(target.value)}/${hex(target.mask)}`,
  fromList(reader, context) {
    // The port is behind the last colon: an IPv6 address stands there without brackets.
    const found = reader.take(/TPROXY redirect (\S*):(\d+) mark (\S+)/y);
    const on = found && address.read(found[1]!, context);
    const mark = found && masked(32).read(found[3]!, context);
    return on && mark ? { kind: "TPROXY", port: Number(found[2]), address: on, ...mark } : undefined;
  },
  toList: (target) =>
    ` TPROXY redirect ${onAddress(target)}:${target.port} mark ${hex(target.value)}/${hex(target.mask)}`,
  action: (target) =>
    accepts({
      kind: "tproxy",
      port: target.port,
      ...(target.address.words.some((word) => word !== 0) && { address: target.address.words }),
      value: target.value | 0,
      mask: target.mask | 0,
    }),
});
