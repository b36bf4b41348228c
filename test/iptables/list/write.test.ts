import { describe, expect, test } from "vitest";
import { toList } from "../../../src/iptables/list/write.ts";
import type { Rule, Ruleset } from "../../../src/iptables/ruleset/ruleset.ts";
import { readPrefix } from "../../../src/net/address.ts";

const rule = (rest: Partial<Rule>): Rule => ({ matches: [], target: null, ...rest });
const prefix = (text: string, negated = false) => ({ prefix: readPrefix(text)!, negated });

const RULESET: Ruleset = {
  family: "ipv4",
  flavour: "legacy",
  tables: [
    {
      name: "nat",
      chains: [
        {
          name: "OUTPUT",
          policy: "ACCEPT",
          counters: { packets: 79, bytes: 100500 },
          rules: [
            rule({
              protocol: { number: 6, negated: false },
              target: { kind: "jump", chain: "MESH_OUTBOUND" },
              counters: { packets: 123456, bytes: 7 },
            }),
            rule({
              source: prefix("127.0.0.6/32"),
              destination: prefix("10.0.0.0/8", true),
              in: { pattern: "+", negated: false },
              out: { pattern: "lo", negated: true },
              protocol: { number: 47, negated: true },
              fragment: false,
              matches: [{ kind: "mark", value: 1, mask: 255, negated: true }],
              target: { kind: "goto", chain: "MESH_OUTBOUND" },
            }),
            rule({ destination: prefix("127.0.0.1") }),
          ],
        },
        {
          name: "MESH_OUTBOUND",
          policy: null,
          rules: [rule({ target: { kind: "REDIRECT", ports: { low: 15001, high: 15001 }, random: false } })],
        },
        { name: "ELSEWHERE", policy: null, rules: [], missing: true },
      ],
    },
  ],
};

describe("toList", () => {
  test("without options, of the only table", () => {
    expect(toList(RULESET)).toBe(
      [
        "Chain OUTPUT (policy ACCEPT)",
        "target     prot opt source               destination         ",
        "MESH_OUTBOUND  tcp  --  anywhere             anywhere            ",
        "MESH_OUTBOUND !gre  !f  127.0.0.6           !10.0.0.0/8          [goto]  mark match ! 0x1/0xff",
        "           all  --  anywhere             localhost           ",
        "",
        "Chain MESH_OUTBOUND (2 references)",
        "target     prot opt source               destination         ",
        "REDIRECT   all  --  anywhere             anywhere             redir ports 15001",
        "",
      ].join("\n"),
    );
  });

  test("-n -v --line-numbers of one chain", () => {
    expect(toList(RULESET, { chain: "OUTPUT", numeric: true, verbose: true, lineNumbers: true })).toBe(
      [
        "Chain OUTPUT (policy ACCEPT 79 packets, 101K bytes)",
        "num   pkts bytes target     prot opt in     out     source               destination         ",
        "1     123K     7 MESH_OUTBOUND  6    --  *      *       0.0.0.0/0            0.0.0.0/0           ",
        "2        0     0 MESH_OUTBOUND !47   !f  +      !lo     127.0.0.6           !10.0.0.0/8          [goto]  mark match ! 0x1/0xff",
        "3        0     0            0    --  *      *       0.0.0.0/0            127.0.0.1           ",
        "",
      ].join("\n"),
    );
  });

  test("-v -x prints counters in full, eight wide", () => {
    expect(toList(RULESET, { chain: "OUTPUT", verbose: true, exact: true }).split("\n").slice(0, 3)).toEqual([
      "Chain OUTPUT (policy ACCEPT 79 packets, 100500 bytes)",
      "    pkts      bytes target     prot opt in     out     source               destination         ",
      "  123456        7 MESH_OUTBOUND  tcp  --  any    any     anywhere             anywhere            ",
    ]);
  });

  test("nft does not keep a lone +", () => {
    expect(toList(RULESET, { chain: "OUTPUT", verbose: true, flavour: "nft" })).toContain("!f  any    !lo ");
  });

  test("names are those of the host that is given", () => {
    const names = { hosts: { proxy: "127.0.0.6", backend: "10.0.0.0" } };
    expect(toList(RULESET, { names })).toContain("proxy               !backend/8");
  });

  test("a table that is not there is listed empty, a chain that is not there is refused", () => {
    expect(toList(RULESET, { table: "raw" })).toBe(
      [
        "Chain PREROUTING (policy ACCEPT)",
        "target     prot opt source               destination         ",
        "",
        "Chain OUTPUT (policy ACCEPT)",
        "target     prot opt source               destination         ",
        "",
      ].join("\n"),
    );
    expect(() => toList(RULESET, { chain: "NOWHERE" })).toThrow(
      new RangeError('chain: expected one of table nat, got "NOWHERE"'),
    );
    expect(() => toList(RULESET, { chain: "ELSEWHERE" })).toThrow(RangeError);
  });

  test("what is not modelled is printed as it was read, or its options in brackets", () => {
    const unknown = rule({
      matches: [
        { kind: "unknown", name: "", list: " frob 3" },
        { kind: "unknown", name: "bar", save: " --x 1" },
      ],
      target: { kind: "unknown", name: "ULOG", save: " --n 3" },
    });
    const tables = [
      { name: "raw" as const, chains: [{ name: "OUTPUT", policy: "ACCEPT" as const, rules: [unknown] }] },
    ];
    expect(toList({ family: "ipv6", flavour: "legacy", tables }, { numeric: true }).split("\n")[2]).toBe(
      "ULOG       0    --  ::/0                 ::/0                 frob 3 [-m bar --x 1] [-j ULOG --n 3]",
    );
  });

  test("IPv6 addresses: anywhere for whatever starts at ::", () => {
    const rules = [
      rule({ source: prefix("::/96"), destination: prefix("fe80::/10", true) }),
      rule({ source: prefix("::1"), destination: { prefix: { name: "mail.example.org" }, negated: false } }),
    ];
    const tables = [{ name: "raw" as const, chains: [{ name: "OUTPUT", policy: "ACCEPT" as const, rules }] }];
    expect(toList({ family: "ipv6", flavour: "legacy", tables }).split("\n").slice(2)).toEqual([
      "           all  --  anywhere            !fe80::/10           ",
      "           all  --  localhost            mail.example.org    ",
      "",
    ]);
  });
});
