import { macNumber } from "../../net/mac.ts";
import { condition } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, option, type ValueType } from "../extension/value.ts";

/**
 * `-m mac [!] --mac-source aa:bb:cc:dd:ee:ff`: the link-layer source. A packet without an
 * Ethernet header, as on lo, does not match, negated or not (V4).
 *
 * Kernel: net/netfilter/xt_mac.c, mac_mt.
 */
export interface MacMatch {
  readonly kind: "mac";
  /** Lower case, two digits a byte. */
  readonly address: string;
  readonly negated: boolean;
}

const macAddress: ValueType<string> = {
  expected: "a MAC address as 00:11:22:aa:bb:cc",
  read(word) {
    const bytes = word.toLowerCase().split(":");
    if (bytes.length !== 6 || !bytes.every((byte) => /^[0-9a-f]{1,2}$/.test(byte))) return undefined;
    return bytes.map((byte) => byte.padStart(2, "0")).join(":");
  },
};

const words = ({ address }: MacMatch): string => `--mac-source ${address}`;

export const mac: MatchExtension<MacMatch> = defineMatch<MacMatch>()({
  kind: "mac",
  summary: "the link-layer source",
  hooks: ["PREROUTING", "INPUT", "FORWARD"],
  options: { source: option("mac-source", macAddress, { negatable: true, required: true }) },
  fromSave: ({ source }) => ({ kind: "mac", address: source!.value, negated: source!.negated }),
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader, context) {
    // 1.8.7 wrote no blank, and up to 1.8.5 the letters were capital.
    const found = reader.take(/MAC ?(! ?)?([0-9A-Fa-f:]{17})(?=\s|$)/y);
    const address = found && macAddress.read(found[2]!, context);
    return address ? { kind: "mac", address, negated: found[1] !== undefined } : undefined;
  },
  toList: ({ address, negated }) => ` MAC${bang(negated)} ${address}`,
  meaning(match) {
    const { negated } = match;
    const value = macNumber(match.address);
    return [
      condition(
        words(match),
        { kind: "range", field: "mac", ranges: [[value, value]], negated, absent: false },
        negated,
      ),
    ];
  },
});
