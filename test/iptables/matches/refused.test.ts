import { describe, expect, test } from "vitest";
import { contextOf, protocolOf, readList, readSave } from "./harness.ts";

describe("what iptables refuses", () => {
  test.each([
    ["tcp", "--dport 70000", /expected a port/],
    ["tcp", "--dport 5:4", /expected a port/],
    ["tcp", "--dport 1 --dport 2", /once/],
    ["tcp", "--syn --tcp-flags ALL SYN", /together/],
    ["multiport", "--sports 1 --dports 2", /together/],
    ["multiport", "--dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15:16", /up to 15/],
    ["multiport", "--dports 5:5", /ranges/],
    ["icmp", "", /must be specified/],
    ["icmp", "--icmp-type ttl-zero", /ICMP type/],
    ["owner", "", /at least one/],
    ["owner", "--suppl-groups", /expected/],
    ["owner", "--uid-owner 9-3", /user id/],
    ["owner", "--uid-owner nobody-here", /user id/],
    ["conntrack", "", /at least one/],
    ["conntrack", "--ctstate NEW,OLD", /INVALID, NEW/],
    ["conntrack", "! --ctdir REPLY", /inverted/],
    ["state", "--state SNAT", /INVALID/],
    ["addrtype", "--limit-iface-in", /--src-type or --dst-type/],
    ["addrtype", "--src-type LOCAL --limit-iface-in --limit-iface-out", /together/],
    ["statistic", "--mode nth --every 3", /--packet/],
    ["statistic", "--mode nth --every 3 --packet 3", /0 to 2/],
    ["statistic", "--mode random --probability 1.5", /0 to 1/],
    ["limit", "--limit 10001/sec", /at most 10000/],
    ["limit", "--limit 0/sec", /a rate/],
    ["ttl", "--ttl-eq 256", /0 to 255/],
    ["ttl", "--ttl-gt 5 --ttl-lt 9", /together/],
    ["dscp", "--dscp 64", /0 to 63/],
    ["recent", "--rcheck --update", /together/],
    ["recent", "--rcheck --reap", /--seconds/],
    ["recent", "--set --rttl", /--rcheck or --update/],
    ["hashlimit", "--hashlimit-upto 5/sec", /must be specified/],
    ["hashlimit", "--hashlimit-upto 1mb/s --hashlimit-burst 512kb --hashlimit-name h", /at least 1048576b/],
    ["connlimit", "--connlimit-upto 3 --connlimit-mask 33", /0 to 32/],
    ["sctp", "--chunk-types all INIT:u", /chunk types/],
    ["string", "--algo bm", /one of/],
    ["time", "--contiguous", /--timestop before/],
  ] as const)("-m %s %s", (kind, text, reason) => {
    expect(() => readSave(kind, text, contextOf("ipv4", protocolOf(kind)))).toThrow(reason);
  });

  test("kinds of address that IPv6 does not know", () => {
    const text = "--dst-type LOCAL,BROADCAST";
    expect(() => readSave("addrtype", text, contextOf("ipv6"))).toThrow(/BROADCAST is not known in IPv6/);
    expect(() => readSave("addrtype", text, contextOf("ipv4"))).not.toThrow();
  });

  test("multiport without a protocol that has ports", () => {
    expect(() => readSave("multiport", "--dports 80", contextOf("ipv4", 1))).toThrow(/-p tcp/);
  });
});

test("a comment is cut at 255 bytes, with a warning", () => {
  const context = contextOf("ipv4");
  expect(readSave("comment", `--comment ${"é".repeat(150)}`, context)).toMatchObject({ text: /^é{127}.$/ });
  expect(context.warnings).toEqual(["comment-cut"]);
});

describe("older listings", () => {
  test.each([
    [" MAC00:11:22:AA:BB:CC", [{ kind: "mac", address: "00:11:22:aa:bb:cc", negated: false }]],
    [" recent: SET name: x side: source ", [{ kind: "recent", name: "x", mask: { words: [0, 0, 0, -1] } }]],
    [
      " /* one */ /* two */",
      [
        { kind: "comment", text: "one" },
        { kind: "comment", text: "two" },
      ],
    ],
  ])("%s", (text, expected) => {
    const { found, rest } = readList(text, contextOf("ipv4"));
    expect(found).toMatchObject(expected);
    expect(rest.trim()).toBe("");
  });

  test("a name that is not known is not taken", () => {
    expect(readList(" owner UID match somebody", contextOf("ipv4"))).toEqual({
      found: [],
      rest: " owner UID match somebody",
    });
    expect(readList(" tcp dpt:nosuch", contextOf("ipv4", protocolOf("tcp"))).found).toEqual([]);
  });

  test('"anywhere" of a conntrack address is every address, with a warning', () => {
    const context = contextOf("ipv4");
    const { found } = readList(" ctorigdst anywhere", context);
    expect(found).toMatchObject([{ ctorigdst: { value: { mask: [0, 0, 0, 0] } } }]);
    expect(context.warnings).toContain("hidden-mask");
  });
});
