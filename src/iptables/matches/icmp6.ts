import type { IcmpType } from "../../net/icmp.ts";
import { ICMPV6 } from "../../net/protocol.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { option } from "../extension/value.ts";
import { icmpCondition, icmpFromList, icmpToList, icmpToSave, icmpType } from "./icmp-values.ts";

/**
 * `-p ipv6-icmp -m icmp6 [!] --icmpv6-type type[/code]|name`: the type and code of an ICMPv6 packet.
 *
 * Kernel: net/ipv6/netfilter/ip6_tables.c, icmp6_match; net/netfilter/xt_tcpudp.c in newer ones.
 */
export interface Icmp6Match {
  readonly kind: "icmp6";
  readonly value: IcmpType;
  readonly negated: boolean;
}

const toSave = (match: Icmp6Match): string => icmpToSave("icmpv6-type", match, "ipv6");

export const icmp6: MatchExtension<Icmp6Match> = defineMatch<Icmp6Match>()({
  kind: "icmp6",
  summary: "type and code of an ICMPv6 packet",
  families: ["ipv6"],
  protocols: [ICMPV6],
  options: { type: option("icmpv6-type", icmpType("ipv6"), { negatable: true, required: true }) },
  fromSave: ({ type }) => ({ kind: "icmp6", ...type! }),
  toSave,
  fromList(reader, context) {
    const given = reader.take(/ipv6-icmp(?=\s|type )/y) && icmpFromList(reader, context);
    return given ? { kind: "icmp6", ...given } : undefined;
  },
  toList: (match, style) => ` ipv6-icmp${icmpToList(match, "ipv6", style)}`,
  meaning: (match) => [icmpCondition("icmpv6-type", match, "ipv6")],
});
