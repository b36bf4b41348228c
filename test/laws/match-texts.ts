/** What may stand behind `-m KIND` in save text, for every match that is modelled. */
import fc from "fast-check";
import type { Match } from "../../src/iptables/matches/table.ts";
import type { Family } from "../../src/net/address.ts";
import {
  address,
  chosen,
  device,
  either,
  from,
  hex,
  maybe,
  not,
  numbers,
  ports,
  prefix,
  quoted,
  say,
  some,
  type Text,
} from "./texts.ts";

const U32 = 0xffffffff;
const rate = say`${from(1, 50)}/${either("sec", "min", "hour", "day")}`;
const spis = numbers(U32);
const sports = say`${not} --sport ${ports}`;
const dports = say`${not} --dport ${ports}`;
const states = chosen(["INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED"]);
/** The narrowest first, so that a text is not empty. */
const hop = (option: string): Text =>
  fc.oneof(...["eq", "lt", "gt"].map((one) => say` --${either(`${option}-${one}`)} ${from(1, 255)}`));
const flagNames = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];

/** A kind without an entry does not compile. */
export const matchTexts = (family: Family): Readonly<Record<Match["kind"], Text>> => ({
  addrtype: some(
    say`${not} --src-type ${chosen(["UNICAST", "LOCAL", "MULTICAST"])}`,
    say`${not} --dst-type ${chosen(["UNICAST", "LOCAL", "MULTICAST"])}`,
  ),
  ah: say`${not} --ahspi ${spis}`,
  comment: say` --comment ${quoted}`,
  connlimit: say` --connlimit-${either("upto", "above")} ${from(0, 9)} --connlimit-mask ${family === "ipv4" ? from(0, 32) : from(0, 128)} --connlimit-${either("saddr", "daddr")}`,
  connmark: say`${not} --mark ${hex}${maybe(say`/${hex}`)}`,
  conntrack: some(
    say`${not} --ctstate ${chosen(["NEW", "RELATED", "ESTABLISHED", "SNAT", "DNAT"])}`,
    say`${not} --ctorigsrc ${prefix(family)}`,
    say`${not} --ctorigdst ${prefix(family)}`,
    say`${not} --ctorigdstport ${ports}`,
    say`${not} --ctstatus ${chosen(["EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED"])}`,
    say` --ctdir ${either("ORIGINAL", "REPLY")}`,
  ),
  dccp: some(sports, dports, say`${not} --dccp-types ${chosen(["REQUEST", "RESPONSE", "DATA", "INVALID"])}`),
  dscp: say`${not} --dscp ${from(0, 63)}`,
  esp: say`${not} --espspi ${spis}`,
  hashlimit: say` --hashlimit-${either("upto", "above")} ${rate} --hashlimit-burst ${from(1, 9)} --hashlimit-mode ${chosen(["srcip", "dstip"])} --hashlimit-name ${either("web", "dns")}`,
  helper: say`${not} --helper ${either("ftp", "sip")}`,
  hl: hop("hl"),
  icmp: say`${not} --icmp-type ${either("any", "8", "0", "3/4", "3", "echo-request")}`,
  icmp6: say`${not} --icmpv6-type ${either("128", "129", "1/3", "echo-request")}`,
  iprange: say`${not} --${either("src-range", "dst-range")} ${fc.tuple(address(family), from(0, 3)).map(([low, more]) => `${low}-${raised(low, Number(more))}`)}`,
  length: say`${not} --length ${numbers(2000)}`,
  limit: say` --limit ${rate} --limit-burst ${from(1, 20)}`,
  mac: say`${not} --mac-source ${from(10, 99)}:00:11:aa:bb:cc`,
  mark: say`${not} --mark ${hex}${maybe(say`/${hex}`)}`,
  multiport: say`${not} --${either("dports", "sports", "ports")} ${fc.array(ports, { minLength: 1, maxLength: 4 }).map((all) => all.join(","))}`,
  owner: some(
    say`${not} --uid-owner ${either("1337", "0", "1000-2000")}`,
    say`${not} --gid-owner ${either("1337", "0", "1000-2000")}`,
    say`${not} --socket-exists`,
  ),
  physdev: some(say`${not} --physdev-in ${device}`, say`${not} --physdev-is-bridged`),
  pkttype: say`${not} --pkt-type ${either("unicast", "multicast", "broadcast")}`,
  policy: fc.oneof(
    say` --dir ${either("in", "out")} --pol none`,
    say` --dir in --pol ipsec --strict --reqid ${from(1, 9)} --mode tunnel${not} --tunnel-src ${prefix(family)}`,
    say` --dir out --pol ipsec --strict --proto ${either("esp", "ah")} --next${not} --spi ${hex}`,
  ),
  quota: say`${not} --quota ${from(0, 5000)}`,
  realm: say`${not} --realm ${hex}`,
  recent: say`${not} --${either("set", "rcheck", "update", "remove")} --name ${either("a", "b")} --mask ${family === "ipv4" ? fc.constant("255.255.255.255") : fc.constant("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")} --${either("rsource", "rdest")}`,
  rpfilter: some(fc.constant(" --loose"), fc.constant(" --validmark"), fc.constant(" --invert")),
  sctp: some(sports, dports),
  set: say`${not} --match-set ${either("blocked", "peers")} ${either("src", "dst", "src,dst")}`,
  socket: some(fc.constant(" --transparent"), fc.constant(" --nowildcard")),
  state: say`${not} --state ${states}`,
  statistic: fc.oneof(
    say` --mode nth${not} --every ${from(5, 9)} --packet ${from(0, 4)}`,
    say` --mode random${not} --probability 0.${from(1, 9)}`,
  ),
  string: say`${not} --string ${quoted.filter((one) => one !== '""')} --algo ${either("bm", "kmp")}`,
  tcp: some(
    sports,
    dports,
    say`${not} --tcp-option ${from(1, 255)}`,
    say`${not} --tcp-flags ${chosen(flagNames)} ${either("SYN", "NONE", "ACK")}`,
  ),
  tcpmss: say`${not} --mss ${numbers(1500)}`,
  time: say` --timestart ${from(10, 12)}:00 --timestop ${from(13, 23)}:30${maybe(say` --weekdays ${chosen(["Mon", "Tue", "Sun"])}`)}`,
  tos: say`${not} --tos ${hexByte}/${hexByte}`,
  ttl: hop("ttl"),
  udp: some(sports, dports),
});

const hexByte: Text = fc.nat(255).map((one) => `0x${one.toString(16).padStart(2, "0")}`);

/** An address a little above another one. */
const raised = (text: string, more: number): string =>
  text.replace(/[0-9a-f]+$/, (last) =>
    text.includes(":") ? (Number.parseInt(last, 16) + more).toString(16) : `${Number(last) + more}`,
  );
