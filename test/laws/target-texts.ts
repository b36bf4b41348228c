/** What may stand behind `-j KIND` in save text, for every target extension that is modelled. */
import fc from "fast-check";
import type { Target } from "../../src/iptables/targets/table.ts";
import type { Family } from "../../src/net/address.ts";
import {
  address,
  chosen,
  device,
  either,
  from,
  hex,
  maybe,
  natPorts,
  port,
  prefix,
  quoted,
  say,
  type Text,
} from "./texts.ts";

const none: Text = fc.constant("");
const random = either("", " --random");
const hop = (option: string): Text =>
  say` --${either(`${option}-set`, `${option}-inc`, `${option}-dec`)} ${from(1, 255)}`;
/** Prefixes are not empty. */
const label = quoted.filter((one) => one !== '""');
const xmark = say` --set-xmark ${hex}/${hex}`;

/** An address with or without ports, as DNAT and SNAT take it behind `-p tcp`. */
const place = (family: Family): Text =>
  family === "ipv4"
    ? say`${address(family)}${maybe(say`:${natPorts}`)}`
    : fc.oneof(address(family), say`[${address(family)}]:${natPorts}`);

/** A kind without an entry does not compile. Those that name ports need a protocol that has some. */
export const targetTexts = (family: Family): Readonly<Record<Target["kind"], Text>> => ({
  AUDIT: say` --type ${either("accept", "drop", "reject")}`,
  CHECKSUM: fc.constant(" --checksum-fill"),
  CLASSIFY: say` --set-class ${either("0001:0001", "0002:ffff")}`,
  CONNMARK: fc.oneof(xmark, say` --${either("save", "restore")}-mark --nfmask ${hex} --ctmask ${hex}`),
  CONNSECMARK: either(" --save", " --restore"),
  CT: fc.oneof(fc.constant(" --notrack"), say` --zone ${from(1, 3)}`, say` --zone-orig ${from(1, 3)}`),
  DNAT: say` --to-destination ${place(family)}${random}`,
  DSCP: say` --set-dscp ${from(0, 63)}`,
  ECN: fc.constant(" --ecn-tcp-remove"),
  HL: hop("hl"),
  LOG: say`${maybe(say` --log-prefix ${label}`)}${maybe(say` --log-level ${from(0, 7)}`)}${either("", " --log-uid")}`,
  MARK: xmark,
  MASQUERADE: say`${maybe(say` --to-ports ${natPorts}`)}${random}`,
  NETMAP: say` --to ${prefix(family)}`,
  NFLOG: say`${maybe(say` --nflog-prefix ${label}`)} --nflog-group ${from(1, 9)}`,
  NFQUEUE: say` --queue-num ${from(0, 9)}${either("", " --queue-bypass")}`,
  NOTRACK: none,
  REDIRECT: say`${maybe(say` --to-ports ${natPorts}`)}${random}`,
  REJECT: say` --reject-with ${family === "ipv4" ? either("icmp-port-unreachable", "icmp-host-prohibited", "icmp-net-unreachable") : either("icmp6-port-unreachable", "icmp6-adm-prohibited")}`,
  SECMARK: fc.constant(" --selctx system_u:object_r:web_packet_t:s0"),
  SET: say` --add-set ${either("blocked", "peers")} ${either("src", "dst")}${either("", " --exist")}`,
  SNAT: say` --to-source ${place(family)}${random}`,
  SYNPROXY: say`${either("", " --sack-perm")}${either("", " --timestamp")}${maybe(say` --wscale ${from(0, 14)}`)}${maybe(say` --mss ${from(500, 1460)}`)}${either("", " --ecn")}`,
  TCPMSS: fc.oneof(say` --set-mss ${from(500, 1460)}`, fc.constant(" --clamp-mss-to-pmtu")),
  TCPOPTSTRIP: say` --strip-options ${chosen(["3", "4", "5", "8"])}`,
  TEE: say` --gateway ${address(family)}${maybe(say` --oif ${device}`)}`,
  TOS: say` --set-tos ${either("0x10/0xff", "0x08/0x3f")}`,
  TPROXY: say` --on-port ${port.map((one) => (one === "0" ? "1" : one))} --on-ip ${family === "ipv4" ? either("0.0.0.0", "127.0.0.1") : either("::", "::1")} --tproxy-mark ${hex}/${hex}`,
  TRACE: none,
  TTL: hop("ttl"),
});
