import { expect, test } from "vitest";
import type { Family } from "../../../src/net/address.ts";
import { nameTable } from "../../../src/net/names.ts";
import { contextOf, protocolOf, readList, readSave, records } from "./harness.ts";

const NAMES = nameTable({ users: { proxy: 1337 }, groups: { mesh: 2000 }, hosts: { gate: "10.9.9.9" } });

/** Match, what is typed behind it, what `-S` prints (undefined: the same), what `-L` and `-L -n` print. */
type Vector = readonly [match: string, typed: string, saved: string | undefined, list: string, numeric?: string];

function check(family: Family, [kind, typed, saved = typed, list, numeric = list]: Vector): void {
  const record = records[kind]!;
  const protocol = protocolOf(kind);
  const context = contextOf(family, protocol, NAMES);
  const match = readSave(kind, typed, context);
  const text = saved === "" ? "" : ` ${saved}`;
  expect(record.toSave(match)).toBe(text);
  expect(readSave(kind, text, context)).toEqual(match);
  expect(record.toList(match, { numeric: false, family, names: NAMES, protocol })).toBe(list);
  expect(record.toList(match, { numeric: true, family, names: NAMES, protocol })).toBe(numeric);
  for (const shown of [list, numeric]) {
    const read = readList(shown, contextOf(family, protocol, NAMES));
    expect(read.found).toEqual([match]);
    expect(read.rest.trim()).toBe("");
  }
}

const IPV4: readonly Vector[] = [
  ["tcp", "--source-port ssh:", "--sport 22:65535", " tcp spts:ssh:65535", " tcp spts:22:65535"],
  ["tcp", "--dport 0:65535", "", " tcp"],
  [
    "tcp",
    "--syn ! --sport 1",
    "! --sport 1 --tcp-flags FIN,SYN,RST,ACK SYN",
    " tcp spt:!tcpmux flags:FIN,SYN,RST,ACK/SYN",
    " tcp spt:!1 flags:0x17/0x02",
  ],
  [
    "tcp",
    "--tcp-flags ALL none",
    "--tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE",
    " tcp flags:FIN,SYN,RST,PSH,ACK,URG/NONE",
    " tcp flags:0x3F/0x00",
  ],
  ["udp", "--dport 0x35", "--dport 53", " udp dpt:domain", " udp dpt:53"],
  [
    "multiport",
    "--source-ports 80,1000:1999",
    "--sports 80,1000:1999",
    " multiport sports http,1000:1999",
    " multiport sports 80,1000:1999",
  ],
  ["icmp", "--icmp-type ping", "--icmp-type 8", " icmp echo-request", " icmptype 8"],
  ["icmp", "! --icmp-type port-unr", "! --icmp-type 3/3", " icmp !port-unreachable", " icmp !type 3 code 3"],
  ["icmp", "--icmp-type 255", "--icmp-type any", " icmp any", " icmptype 255"],
  [
    "owner",
    "--gid-owner mesh ! --uid-owner proxy",
    "! --uid-owner 1337 --gid-owner 2000",
    " ! owner UID match proxy owner GID match mesh",
    " ! owner UID match 1337 owner GID match 2000",
  ],
  [
    "owner",
    "--suppl-groups --gid-owner 7-9 ! --socket-exists",
    "! --socket-exists --gid-owner 7-9 --suppl-groups",
    " ! owner socket exists owner GID match 7-9 incl. suppl. groups",
  ],
  [
    "conntrack",
    "--ctstate established,rel,dnat",
    "--ctstate RELATED,ESTABLISHED,DNAT",
    " ctstate RELATED,ESTABLISHED,DNAT",
  ],
  [
    "conntrack",
    "--ctdir reply ! --ctorigdst gate --ctproto tcp --ctstatus seen,conf",
    "--ctproto 6 ! --ctorigdst 10.9.9.9 --ctstatus SEEN_REPLY,CONFIRMED --ctdir REPLY",
    " ctproto 6 ! ctorigdst gate ctstatus SEEN_REPLY,CONFIRMED ctdir REPLY",
    " ctproto 6 ! ctorigdst 10.9.9.9 ctstatus SEEN_REPLY,CONFIRMED ctdir REPLY",
  ],
  ["state", "! --state new,invalid", "! --state INVALID,NEW", " ! state INVALID,NEW"],
  ["connmark", "--mark 16/0xf0", "--mark 0x10/0xf0", " connmark match  0x10/0xf0"],
  ["comment", '--comment "say \\"x\\""', undefined, ' /* say "x" */'],
  [
    "addrtype",
    "--dst-type local,MULTI --limit-iface-in",
    "--dst-type LOCAL,MULTICAST --limit-iface-in",
    " ADDRTYPE match dst-type LOCAL,MULTICAST limit-in",
  ],
  ["statistic", "--mode nth --every 4 --packet 0", undefined, " statistic mode nth every 4"],
  [
    "statistic",
    "--mode random ! --probability .25",
    "--mode random ! --probability 0.25000000000",
    " statistic mode random ! probability 0.25000000000",
  ],
  [
    "statistic",
    "--mode random --probability 0.000244140625",
    "--mode random --probability 0.00024414062",
    " statistic mode random probability 0.00024414062",
  ],
  ["limit", "", "--limit 3/hour", " limit: avg 3/hour burst 5"],
  ["limit", "--limit 120/minute --limit-burst 9", "--limit 2/sec --limit-burst 9", " limit: avg 2/sec burst 9"],
  ["iprange", "--dst-range 10.0.0.5", "--dst-range 10.0.0.5-10.0.0.5", " destination IP range 10.0.0.5-10.0.0.5"],
  ["length", "--length 40:", "--length 40:65535", " length 40:65535"],
  ["ttl", "! --ttl 3", "! --ttl-eq 3", " TTL match TTL != 3"],
  ["dscp", "! --dscp-class af31", "! --dscp 0x1a", " DSCP match !0x1a"],
  ["tos", "--tos minimize-cost", "--tos 0x02/0x3f", " tos match Minimize-Cost", " tos match0x02/0x3f"],
  ["pkttype", "--pkt-type host", "--pkt-type unicast", " PKTTYPE = unicast"],
  ["socket", "--nowildcard --transparent", "--transparent --nowildcard", " socket --transparent --nowildcard"],
  ["quota", "--quota 18446744073709551615", undefined, " quota: 18446744073709551615 bytes"],
  [
    "connlimit",
    "! --connlimit-upto 3",
    "--connlimit-above 3 --connlimit-mask 32 --connlimit-saddr",
    " #conn src/32 > 3",
  ],
  [
    "recent",
    "! --update --rttl --seconds 9 --hitcount 2 --rdest",
    "! --update --seconds 9 --hitcount 2 --rttl --name DEFAULT --mask 255.255.255.255 --rdest",
    " ! recent: UPDATE seconds: 9 hit_count: 2 TTL-Match name: DEFAULT side: dest mask: 255.255.255.255",
  ],
  [
    "hashlimit",
    "--hashlimit 60/min --hashlimit-name ? --hashlimit-mode dstport,srcip",
    "--hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-mode srcip,dstport --hashlimit-name ? --hashlimit-htable-expire 60000",
    " limit: up to 1/sec burst 5 mode srcip-dstport htable-expire 60000",
  ],
  [
    "hashlimit",
    "! --hashlimit-above 100b/s --hashlimit-burst 1kb --hashlimit-name ?",
    "--hashlimit-upto 96b/s --hashlimit-burst 1kb --hashlimit-name ?",
    " limit: up to 96b/s burst 1kb",
  ],
  [
    "hashlimit",
    "--hashlimit-above 5/min --hashlimit-name ? --hashlimit-rate-match --hashlimit-rate-interval 30",
    "--hashlimit-above 5/sec --hashlimit-burst 5 --hashlimit-name ? --hashlimit-htable-expire 60000 --hashlimit-rate-match --hashlimit-rate-interval 30",
    " limit: above 10/min burst 5 rate-match rate-interval 30",
  ],
  [
    "set",
    "! --set blocked src,dst --packets-gt 4",
    "! --match-set blocked src,dst --packets-gt 4",
    " ! match-set blocked src,dst packets-gt 4",
  ],
  [
    "sctp",
    "--dport 9 --chunk-types all data:EI,init",
    "--dport 9 --chunk-types all DATA:IE,INIT",
    " sctp dpt:9 all DATA:IE,INIT",
    " sctp dpt:9 all 0x0000:IE,0x0001",
  ],
  [
    "dccp",
    "--dccp-types invalid,data ! --dccp-option 4",
    "--dccp-types DATA,INVALID ! --dccp-option 4",
    " dccp DATA,INVALID option=!4",
    " dccp 2,10,11,12,13,14,15 option=!4",
  ],
  ["esp", "--espspi :5", "--espspi 0:5", " esp spis:0:5"],
  ["mac", "--mac-source 0:1:2:A:b:C", "--mac-source 00:01:02:0a:0b:0c", " MAC 00:01:02:0a:0b:0c"],
  ["helper", '--helper "a b"', undefined, ' helper match "a b"'],
  ["policy", "--pol none --dir in --reqid 1", "--dir in --pol none", " policy match dir in pol none"],
  ["policy", "--dir out", "--dir out --pol ipsec", " policy match dir out pol ipsec"],
  [
    "policy",
    "--dir in --pol ipsec --mode tunnel ! --tunnel-src 10.0.0.1 ! --tunnel-dst 10.1.0.0/16 ! --proto 51",
    "--dir in --pol ipsec ! --proto ah --mode tunnel ! --tunnel-dst 10.1.0.0/16 ! --tunnel-src 10.0.0.1",
    " policy match dir in pol ipsec ! proto ah mode tunnel ! tunnel-dst 10.1.0.0/16 ! tunnel-src 10.0.0.1",
    " policy match dir in pol ipsec ! proto 51 mode tunnel ! tunnel-dst 10.1.0.0/16 ! tunnel-src 10.0.0.1",
  ],
  [
    "policy",
    "--dir in --strict --reqid 7 --next --spi 300 --next ! --reqid 9",
    "--dir in --pol ipsec --strict --reqid 7 --next --spi 0x12c --next ! --reqid 9",
    " policy match dir in pol ipsec strict [0] reqid 7 [1] spi 0x12c [2] ! reqid 9",
  ],
  [
    "physdev",
    "! --physdev-out veth+ --physdev-is-in",
    "--physdev-is-in ! --physdev-out veth+",
    " PHYSDEV match --physdev-is-in ! --physdev-out veth+",
  ],
  ["realm", "--realm 0", "--realm cosmos", " realm cosmos", " realm 0x0"],
  ["tcpmss", "! --mss 5:", "! --mss 5:65535", " tcpmss match !5:65535"],
  ["rpfilter", "--invert --loose", "--loose --invert", " rpfilter loose invert"],
  [
    "string",
    "--hex-string a|0d0A|b --algo kmp --icase",
    '--hex-string "|610d0a62|" --algo kmp --icase',
    ' STRING match  "|610d0a62|" ALGO name kmp ICASE',
  ],
  ["string", '! --string "a\\"b" --algo bm --to 99', undefined, ' STRING match ! "a\\"b" ALGO name bm TO 99'],
  [
    "time",
    "--timestart 8:05 --weekdays mo,3 --datestart 2020-02",
    "--timestart 08:05:00 --timestop 23:59:59 --weekdays Mon,Wed --datestart 2020-02-01T00:00:00 --datestop 2038-01-19T03:14:07",
    " TIME from 08:05:00 to 23:59:59 on Mon,Wed starting from 2020-02-01 00:00:00 UTC",
  ],
];

const IPV6: readonly Vector[] = [
  [
    "icmp6",
    "--icmpv6-type neighbor-sol",
    "--icmpv6-type 135",
    " ipv6-icmp neighbour-solicitation",
    " ipv6-icmptype 135",
  ],
  ["icmp6", "--icmpv6-type 255", undefined, " ipv6-icmptype 255"],
  ["conntrack", "! --ctrepldst fd00::/8", undefined, " ! ctrepldst fd00::/8"],
  ["iprange", "--src-range fd00::1-fd00::ff", undefined, " source IP range fd00::1-fd00::ff"],
  ["hl", "--hl-gt 63", undefined, " HL match HL > 63"],
  ["ah", "! --ahspi 5 ! --ahlen 3 --ahres", undefined, " ah spi:!5length:!3 reserved"],
  [
    "recent",
    "--set --name seen --mask ffff::",
    "--set --name seen --mask ffff:: --rsource",
    " recent: SET name: seen side: source mask: ffff::",
  ],
  ["connlimit", "--connlimit-upto 2 --connlimit-mask 64 --connlimit-daddr", undefined, " #conn dst/64 <= 2"],
];

test.each(IPV4.map((vector) => ({ title: vector.slice(0, 2).join(" "), vector })))("-m $title", ({ vector }) =>
  check("ipv4", vector),
);
test.each(IPV6.map((vector) => ({ title: vector.slice(0, 2).join(" "), vector })))("IPv6 -m $title", ({ vector }) =>
  check("ipv6", vector),
);
