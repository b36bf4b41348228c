import { UDP } from "../../net/protocol.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { loosePortRange } from "../extension/value.ts";
import { keptPorts, type Ports, portOptions, portsFromList, portsMeaning, portsToList, portsToSave } from "./ports.ts";

/**
 * `-p udp -m udp [!] --sport p[:q] [!] --dport p[:q]`: the ports of a UDP packet.
 *
 * Kernel: net/netfilter/xt_tcpudp.c, udp_mt.
 */
export interface UdpMatch extends Ports {
  readonly kind: "udp";
}

export const udp: MatchExtension<UdpMatch> = defineMatch<UdpMatch>()({
  kind: "udp",
  summary: "the ports of a UDP packet",
  protocols: [UDP],
  options: portOptions(loosePortRange),
  fromSave: (values) => ({ kind: "udp", ...keptPorts(values) }),
  toSave: portsToSave,
  fromList(reader, context) {
    const ports = reader.take(/udp(?=\s|$)/y) && portsFromList(reader, context);
    return ports ? { kind: "udp", ...keptPorts(ports) } : undefined;
  },
  toList: (match, style) => ` udp${portsToList(match, style)}`,
  meaning: portsMeaning,
});
