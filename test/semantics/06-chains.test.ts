import { describe, expect, test } from "vitest";
import { check } from "../../src/iptables/ruleset/check.ts";
import { ALL_TABLES, HOST, ROUTER, rulesOf, tryOut } from "./world.ts";

const IN = "tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0";
const OUT = "tcp 10.0.0.2:4000 -> 8.8.8.8:80";
/** Rule and policy steps of the filter table, without its name. */
const filtered = (steps: readonly string[]): string[] =>
  steps.filter((step) => step.startsWith("filter ")).map((step) => step.slice(7));

describe("6. Chains and targets", () => {
  test.each([
    [
      "the end of a user chain is RETURN, and goes on behind the calling rule",
      ["-A INPUT -j A", "-A INPUT", "-A A"],
      ["INPUT 1", "A 1", "INPUT 2", "INPUT policy"],
    ],
    [
      "RETURN in a user chain",
      ["-A INPUT -j A", "-A INPUT", "-A A -j RETURN", "-A A"],
      ["INPUT 1", "A 1", "INPUT 2", "INPUT policy"],
    ],
    ["RETURN in a built-in chain is the policy", ["-A INPUT -j RETURN", "-A INPUT"], ["INPUT 1", "INPUT policy"]],
    [
      "two levels",
      ["-A INPUT -j A", "-A INPUT", "-A A -j B", "-A A", "-A B -j RETURN"],
      ["INPUT 1", "A 1", "B 1", "A 2", "INPUT 2", "INPUT policy"],
    ],
  ])("T1 %s", (_, rules, steps) => {
    const text = rules.map((rule) => `filter ${rule}`).join("\n");
    expect(filtered(tryOut(text, [IN]).all[0]!)).toEqual(steps);
  });

  test("T1 RETURN in a built-in chain meets a DROP policy too", () => {
    expect(tryOut("filter :INPUT DROP\nfilter -A INPUT -j RETURN", [IN]).ends).toEqual(["dropped filter INPUT policy"]);
  });

  test.each([
    [
      "from a built-in chain: the end of the chain is the policy",
      ["-A INPUT -g A", "-A INPUT", "-A A"],
      ["INPUT 1", "A 1", "INPUT policy"],
    ],
    [
      "from a jumped-to chain: back behind the last -j",
      ["-A INPUT -j A", "-A INPUT", "-A A -g B", "-A A", "-A B"],
      ["INPUT 1", "A 1", "B 1", "INPUT 2", "INPUT policy"],
    ],
    [
      "-j inside the chain that was gone to returns into it",
      ["-A INPUT -g A", "-A INPUT", "-A A -j B", "-A A", "-A B -j RETURN"],
      ["INPUT 1", "A 1", "B 1", "A 2", "INPUT policy"],
    ],
  ])("T2 goto %s", (_, rules, steps) => {
    const text = rules.map((rule) => `filter ${rule}`).join("\n");
    expect(filtered(tryOut(text, [IN]).all[0]!)).toEqual(steps);
  });

  test("T3 ACCEPT ends its table at this hook alone", () => {
    const rules = "mangle -A INPUT -j ACCEPT\nmangle -A INPUT\nfilter -A INPUT -j DROP";
    const seen = tryOut(rules, [IN]);
    expect(seen.hits[0]).toEqual(["mangle INPUT 1", "filter INPUT 1"]);
    expect(seen.ends).toEqual(["dropped filter INPUT 1"]);
  });

  test.each([
    ["raw -A PREROUTING -j DROP", "dropped raw PREROUTING 1"],
    ["mangle :PREROUTING DROP", "dropped mangle PREROUTING policy"],
    ["mangle :INPUT DROP", "dropped mangle INPUT policy"],
    ["security -A INPUT -j DROP", "dropped security INPUT 1"],
    ["filter -A INPUT -j REJECT", "rejected icmp-port-unreachable filter INPUT 1"],
  ])("T3 %s ends everything", (rule, end) => {
    expect(tryOut(`${rule}\nnat -A INPUT`, [IN], { conntrack: true }).ends).toEqual([end]);
  });

  const CONTINUES = [
    ["mangle", "OUTPUT", "MARK --set-mark 1"],
    ["mangle", "OUTPUT", "CONNMARK --set-mark 1"],
    ["raw", "OUTPUT", "CT --zone 1"],
    ["raw", "OUTPUT", "NOTRACK"],
    ["raw", "OUTPUT", "TRACE"],
    ["filter", "OUTPUT", "LOG"],
    ["filter", "OUTPUT", "NFLOG"],
    ["filter", "OUTPUT", "AUDIT --type accept"],
    ["mangle", "OUTPUT", "TOS --set-tos 0x10/0xff"],
    ["mangle", "OUTPUT", "DSCP --set-dscp 4"],
    ["mangle", "OUTPUT", "TTL --ttl-set 9"],
    ["mangle", "OUTPUT", "CHECKSUM --checksum-fill"],
    ["mangle", "POSTROUTING", "CLASSIFY --set-class 1:2"],
    ["mangle", "OUTPUT", "TEE --gateway 10.0.0.1"],
    ["mangle", "OUTPUT", "ECN --ecn-tcp-remove"],
    ["mangle", "OUTPUT", "TCPMSS --set-mss 500"],
    ["mangle", "OUTPUT", "TCPOPTSTRIP --strip-options timestamp"],
  ] as const;
  test.each(CONTINUES)("T4 %s %s goes on after -j %s", (table, chain, target) => {
    const needsTcp = /^(ECN|TCP)/.test(target) ? "-p tcp --tcp-flags SYN SYN " : "";
    const rules = `${table} -A ${chain} ${needsTcp}-j ${target}\n${table} -A ${chain}`;
    expect(tryOut(rules, [OUT]).hits[0]).toEqual([`${table} ${chain} 1`, `${table} ${chain} 2`]);
  });

  const ENDS = [
    ["filter", "OUTPUT", "ACCEPT"],
    ["filter", "OUTPUT", "DROP"],
    ["filter", "OUTPUT", "REJECT"],
    ["filter", "OUTPUT", "RETURN"],
    ["filter", "OUTPUT", "NFQUEUE"],
    ["filter", "OUTPUT", "NFQUEUE --queue-bypass"],
    ["nat", "OUTPUT", "DNAT --to-destination 10.0.0.9"],
    ["nat", "OUTPUT", "REDIRECT"],
    ["nat", "OUTPUT", "NETMAP --to 10.1.0.0/16"],
    ["nat", "POSTROUTING", "SNAT --to-source 10.0.0.3"],
    ["nat", "POSTROUTING", "MASQUERADE"],
    ["mangle", "PREROUTING", "TPROXY --on-port 80"],
  ] as const;
  test.each(ENDS)("T4 %s %s ends with -j %s", (table, chain, target) => {
    const rules = `${table} -A ${chain} -p tcp -j ${target}\n${table} -A ${chain}`;
    expect(
      tryOut(rules, [chain === "PREROUTING" ? IN : OUT]).hits[0]!.filter((hit) => hit.startsWith(`${table} ${chain}`)),
    ).toEqual([`${table} ${chain} 1`]);
  });

  test("T4 a rule without target counts and changes nothing", () => {
    const seen = tryOut("filter -A INPUT\nfilter -A INPUT -p tcp", [IN]);
    expect(seen.hits[0]).toEqual(["filter INPUT 1", "filter INPUT 2"]);
    expect(seen.walks[0]!.steps.map((step) => "rule" in step && step.target)).toEqual([null, null, false]);
  });

  test("T5 NFQUEUE without a listener takes the packet; with --queue-bypass it accepts in this table alone", () => {
    expect(tryOut("mangle -A INPUT -j NFQUEUE\nfilter -A INPUT", [IN]).ends).toEqual(["queued mangle INPUT 1"]);
    const seen = tryOut("mangle -A INPUT -j NFQUEUE --queue-bypass\nmangle -A INPUT\nfilter -A INPUT", [IN]);
    expect(seen.hits[0]).toEqual(["mangle INPUT 1", "filter INPUT 1"]);
    expect(seen.ends).toEqual(["delivered eth0 10.0.0.9:4000 -> 10.0.0.2:80"]);
  });

  test.each([
    ["-m statistic --mode nth --every 2 --packet 1 -m tcp --dport 81", [0, 1, 0, 1]],
    ["-m tcp --dport 81 -m statistic --mode nth --every 2 --packet 1", [0, 0, 0, 1]],
  ])("T6 matches are tried from left to right, a memory counts what got to it: %s", (matches, hits) => {
    const packets = [80, 81, 80, 81].map((port, at) => `tcp 10.0.0.9:${4000 + at} -> 10.0.0.2:${port} in=eth0`);
    const seen = tryOut(`filter -A INPUT -p tcp ${matches}`, packets);
    expect(seen.hits.map((one) => one.length)).toEqual(hits);
  });

  test.each([
    ["filter -A INPUT -m owner --uid-owner 5", "owner", "bad-hook"],
    [
      "filter -A X -m owner --uid-owner 5\nfilter -A INPUT -j X",
      "owner in a user chain reached from INPUT",
      "bad-hook",
    ],
    ["mangle -A OUTPUT -p tcp -j TPROXY --on-port 5", "TPROXY in OUTPUT", "bad-hook"],
    ["mangle -A PREROUTING -p icmp -j TPROXY --on-port 5", "TPROXY of ICMP", "bad-protocol"],
    ["mangle -A OUTPUT -m socket", "socket in OUTPUT", "bad-hook"],
    ["filter -A INPUT -j CT --notrack", "CT in filter", "bad-table"],
    ["mangle -A INPUT -j REJECT", "REJECT outside of filter", "bad-table"],
    ["nat -A PREROUTING -j MASQUERADE", "MASQUERADE in PREROUTING", "bad-hook"],
    ["nat -A OUTPUT -j DROP", "DROP in nat", "bad-verdict"],
  ])("T7 refused when loaded: %s (%s)", (rules, _, code) => {
    expect(check(rulesOf(rules)).map((one) => one.code)).toContain(code);
  });

  test.each(["raw", "mangle", "nat", "filter", "security"])("T7 MARK and CONNMARK load in %s", (table) => {
    expect(
      check(rulesOf(`${table} -A OUTPUT -j MARK --set-mark 1\n${table} -A OUTPUT -j CONNMARK --set-mark 1`)),
    ).toEqual([]);
  });

  test.each([
    ["", "icmp-port-unreachable"],
    ["--reject-with icmp-host-prohibited", "icmp-host-prohibited"],
    ["--reject-with icmp-admin-prohibited", "icmp-admin-prohibited"],
    ["--reject-with icmp-net-unreachable", "icmp-net-unreachable"],
    ["--reject-with icmp-proto-unreachable", "icmp-proto-unreachable"],
    ["--reject-with tcp-reset", "tcp-reset"],
  ])("T8 REJECT %s answers %s", (option, answer) => {
    expect(tryOut(`filter -A INPUT -p tcp -j REJECT ${option}`, [IN]).walks[0]!.fate).toMatchObject({
      kind: "rejected",
      with: answer,
      rule: 1,
    });
  });

  test("T8 tcp-reset without -p tcp is refused", () => {
    expect(() => rulesOf("filter -A INPUT -j REJECT --reject-with tcp-reset")).toThrow(/tcp-reset needs -p tcp/);
  });

  const blackhole = { ...HOST, routes: [...HOST.routes!, { to: "203.0.113.0/24", type: "blackhole" }] };
  test.each([
    ["10.0.0.2", "LOCAL", true],
    ["192.168.7.1", "LOCAL", true],
    ["127.9.9.9", "LOCAL", true],
    ["10.0.0.255", "BROADCAST", true],
    ["224.0.0.1", "MULTICAST", true],
    ["8.8.8.8", "UNICAST", true],
    ["203.0.113.7", "UNICAST", true],
    ["203.0.113.7", "BLACKHOLE", false],
    ["10.0.0.2", "UNICAST", false],
    ["10.0.0.2", "LOCAL --limit-iface-in", true],
    ["192.168.7.1", "LOCAL --limit-iface-in", false],
  ])("T10 addrtype of %s is %s: %s", (dst, type, holds) => {
    const rule = `mangle -A PREROUTING -m addrtype --dst-type ${type}`;
    const seen = tryOut(rule, [`udp 10.0.0.9:4000 -> ${dst}:53 in=eth0`], blackhole);
    expect(seen.hits[0]).toEqual(holds ? ["mangle PREROUTING 1"] : []);
  });

  test("T3 every table of a forwarded packet may drop it", () => {
    for (const table of ALL_TABLES.split("\n").filter((one) => one !== "nat")) {
      const chain = table === "raw" ? "PREROUTING" : "FORWARD";
      const seen = tryOut(
        `${ALL_TABLES}\n${table} :${chain} DROP`,
        ["tcp 10.0.0.9:4000 -> 192.168.7.9:80 in=eth0"],
        ROUTER,
      );
      expect(seen.ends).toEqual([`dropped ${table} ${chain} policy`]);
    }
  });
});
