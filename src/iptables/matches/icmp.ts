import type { IcmpType } from "../../net/icmp.ts";
import { ICMP } from "../../net/protocol.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { option } from "../extension/value.ts";
import { icmpCondition, icmpFromList, icmpToList, icmpToSave, icmpType } from "./icmp-values.ts";

/**
 * `-p icmp -m icmp [!] --icmp-type type[/code]|name`: the type and code of an ICMP packet.
 *
 * Kernel: net/ipv4/netfilter/ip_tables.c, icmp_match; net/netfilter/xt_tcpudp.c in newer ones.
 */
export interface IcmpMatch {
  readonly kind: "icmp";
  readonly value: IcmpType;
  readonly negated: boolean;
}

const toSave = (match: IcmpMatch): string => icmpToSave("icmp-type", match, "ipv4");

export const icmp: MatchExtension<IcmpMatch> = defineMatch<IcmpMatch>()({
  kind: "icmp",
  summary: "type and code of an ICMP packet",
  families: ["ipv4"],
  protocols: [ICMP],
  options: { type: option("icmp-type", icmpType("ipv4"), { negatable: true, required: true }) },
  fromSave: ({ type }) => ({ kind: "icmp", ...type! }),
  toSave,
  fromList(reader, context) {
    const given = reader.take(/icmp(?=\s|type )/y) && icmpFromList(reader, context);
    return given ? { kind: "icmp", ...given } : undefined;
  },
  toList: (match, style) => ` icmp${icmpToList(match, "ipv4", style)}`,
  meaning: (match) => [icmpCondition("icmp-type", match, "ipv4")],
});
