import { describe, expect, test } from "vitest";
import { tryOut } from "./world.ts";

describe("20. Second look at what was not observed", () => {
  const one = (flags: string, seq: number, ack = 0) =>
    `tcp 10.0.0.9:4000 -> 192.168.7.9:5000 in=eth0 flags=${flags} seq=${seq} ack=${ack}`;
  const other = (flags: string, seq: number, ack = 0) =>
    `tcp 192.168.7.9:5000 -> 10.0.0.9:4000 in=eth1 flags=${flags} seq=${seq} ack=${ack}`;
  const SYNS = [one("SYN", 1000), other("SYN", 5000)];
  const SYN_ACK = one("SYN,ACK", 1000, 5001);
  const OTHER_SYN_ACK = other("SYN,ACK", 5000, 1001);
  const ACK = one("ACK", 1001, 5001);
  const OTHER_ACK = other("ACK", 5001, 1001);
  test.each([
    ["both SYN+ACKs, then an ACK", [...SYNS, SYN_ACK, OTHER_SYN_ACK, ACK], "NEW E E E E+"],
    ["the SYN+ACKs the other way round", [...SYNS, OTHER_SYN_ACK, SYN_ACK, ACK], "NEW E E E E+"],
    ["one SYN+ACK and its ACK", [...SYNS, OTHER_SYN_ACK, ACK], "NEW E E E+"],
    ["the first side's SYN+ACK and the other's ACK", [...SYNS, SYN_ACK, OTHER_ACK], "NEW E E E+"],
    ["the SYNs again before", [...SYNS, SYNS[1]!, SYNS[0]!, SYN_ACK, OTHER_ACK], "NEW E E E E E+"],
    ["the first side's SYN again behind a SYN+ACK", [...SYNS, SYN_ACK, SYNS[0]!, OTHER_ACK], "NEW E E E E"],
    ["an ACK without a SYN+ACK", [...SYNS, ACK], "NEW E INVALID"],
  ])("U3 simultaneous open: %s", (_, packets, states) => {
    const rules = `mangle -A FORWARD -m conntrack --ctstate NEW
      mangle -A FORWARD -m conntrack --ctstate INVALID
      mangle -A FORWARD -m conntrack --ctstate ESTABLISHED
      mangle -A FORWARD -m conntrack --ctstatus ASSURED`;
    const { hits } = tryOut(rules, packets, { sysctl: { "net.ipv4.ip_forward": 1 } });
    const names: Readonly<Record<string, string>> = { 1: "NEW", 2: "INVALID", 3: "E", "3 4": "E+" };
    const numbers = hits.map((all) => all.map((hit) => hit.replace("mangle FORWARD ", "")).join(" "));
    expect(numbers.map((all) => names[all]).join(" ")).toBe(states);
  });
});
