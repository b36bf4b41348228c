import { expect, test } from "vitest";
import type { Family } from "../../../src/net/address.ts";
import { AH, ESP, ICMP, SCTP, TCP, UDP } from "../../../src/net/protocol.ts";
import { all, type Predicate } from "../../../src/predicate/predicate.ts";
import { contextOf, readSave, records } from "./harness.ts";

/** What `-m NAME options` asks, without how the rule spells it. */
function askedBy(rule: string, protocol = 0, family: Family = "ipv4"): Predicate {
  const [, kind = "", text = ""] = /^-m (\S+)(.*)$/.exec(rule) ?? [];
  const match = readSave(kind, text, contextOf(family, protocol));
  return all(records[kind]!.meaning(match, family, "legacy").map((one) => one.test));
}

/** Two rules, and the protocol of both. */
type Pair = readonly [one: string, other: string, protocol?: number];

const SAME: readonly Pair[] = [
  ["-m tcp --dport 80", "-m multiport --dports 80", TCP],
  ["-m tcp ! --sport 80:90", "-m multiport ! --sports 80:90", TCP],
  ["-m udp --dport 53", "-m multiport --dports 53", UDP],
  ["-m sctp --sport 7", "-m multiport --sports 7", SCTP],
  ["-m tcp --syn", "-m tcp --tcp-flags FIN,SYN,RST,ACK SYN", TCP],
  ["-m tcp --dport http", "-m tcp --dport 80:80", TCP],
  ["-m state ! --state NEW,INVALID", "-m conntrack ! --ctstate INVALID,NEW"],
  ["-m dscp --dscp 4", "-m tos --tos 0x10/0xfc"],
  ["-m dscp --dscp-class EF", "-m dscp --dscp 46"],
  ["-m physdev --physdev-is-out", "-m physdev --physdev-is-bridged"],
  ["-m physdev --physdev-is-in", "-m physdev --physdev-in +"],
  ["-m connlimit ! --connlimit-upto 3", "-m connlimit --connlimit-above 3 --connlimit-mask 32"],
  ["-m hashlimit --hashlimit 1/s --hashlimit-name h", "-m hashlimit ! --hashlimit-above 1/s --hashlimit-name h"],
  ["-m limit --limit 60/min", "-m limit --limit 1/sec --limit-burst 5"],
  ["-m ttl ! --ttl 64", "-m ttl ! --ttl-eq 0x40"],
  ["-m icmp --icmp-type echo-request", "-m icmp --icmp-type 8", ICMP],
  ["-m icmp --icmp-type any", "-m comment --comment remark", ICMP],
  ["-m time --weekdays Sat,Sun", "-m time ! --weekdays 1,2,3,4,5"],
  ["-m pkttype --pkt-type mcast", "-m pkttype --pkt-type multicast"],
];

for (const [one, other, protocol] of SAME)
  test(`${one} asks the same of a packet as ${other}, so both mean equal data`, () => {
    expect(askedBy(one, protocol)).toStrictEqual(askedBy(other, protocol));
  });

test("-m ah --ahspi 5:9 and -m esp --espspi 5:9 ask the same of the parameter index, so both mean equal data", () => {
  expect(askedBy("-m ah --ahspi 5:9", AH)).toStrictEqual(askedBy("-m esp --espspi 5:9", ESP));
});

test("-m ttl of IPv4 and -m hl of IPv6 ask the same of the hops that are left, so both mean equal data", () => {
  for (const option of ["eq 64", "lt 5", "gt 200"])
    expect(askedBy(`-m ttl --ttl-${option}`)).toStrictEqual(askedBy(`-m hl --hl-${option}`, 0, "ipv6"));
});

const DIFFERENT: readonly Pair[] = [
  ["-m tcp --dport 80", "-m tcp ! --dport 80", TCP],
  ["-m tcp --dport 80", "-m tcp --sport 80", TCP],
  ["-m tcp --dport 80", "-m multiport --ports 80", TCP],
  ["-m tcp --tcp-option 5", "-m tcp --tcp-option 6", TCP],
  ["-m mark --mark 1", "-m connmark --mark 1"],
  ["-m state --state NEW", "-m state --state NEW,RELATED"],
  ["-m physdev --physdev-is-in", "-m physdev --physdev-is-out"],
  ["-m recent --rcheck --name a", "-m recent --rcheck --name b"],
  ["-m recent --update --name a", "-m recent --rcheck --name a"],
  ["-m string --algo bm --string a", "-m string --algo bm --string a --icase"],
  ["-m limit --limit 1/sec", "-m limit --limit 1/sec --limit-burst 6"],
];

for (const [one, other, protocol] of DIFFERENT)
  test(`${one} and ${other} ask different things of a packet, so they mean different data`, () => {
    expect(askedBy(one, protocol)).not.toEqual(askedBy(other, protocol));
  });

test("how the packet's bytes are searched is no part of what -m string asks", () => {
  expect(askedBy("-m string --algo bm --string a")).toStrictEqual(askedBy("-m string --algo kmp --string a"));
});
