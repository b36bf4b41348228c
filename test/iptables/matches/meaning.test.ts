import { describe, expect, test } from "vitest";
import type { Family } from "../../../src/net/address.ts";
import { ASSURED, CT_DNAT, CT_INVALID, CT_NEW } from "../../../src/predicate/frame.ts";
import type { Predicate } from "../../../src/predicate/predicate.ts";
import { contextOf, readSave, records } from "./harness.ts";

const meaningOf = (kind: string, text: string, family: Family = "ipv4", protocol = 6): Predicate =>
  records[kind]!.meaning(readSave(kind, text, contextOf(family, protocol)), family);

describe("leaves name their field, their bounds and their text", () => {
  test.each([
    [
      "tcp",
      "! --dport 15008",
      { kind: "inRanges", field: "dport", ranges: [[15008, 15008]], negated: true, text: "! --dport 15008" },
    ],
    ["tcp", "--syn", { kind: "bits", field: "tcpFlags", value: 0x02, mask: 0x17, negated: false }],
    ["tcp", "--tcp-option 5", { kind: "open", question: { kind: "unmodelled", subject: "tcp-option" } }],
    [
      "multiport",
      "--dports 80,8000:8080",
      {
        kind: "inRanges",
        field: "dport",
        ranges: [
          [80, 80],
          [8000, 8080],
        ],
        negated: false,
      },
    ],
    [
      "multiport",
      "! --ports 53",
      {
        kind: "any",
        negated: true,
        of: [
          { field: "sport", negated: false },
          { field: "dport", negated: false },
        ],
      },
    ],
    ["state", "--state NEW,INVALID", { kind: "stateIn", states: CT_NEW | CT_INVALID, negated: false }],
    [
      "connmark",
      "! --mark 0xffffffff/0xf0000000",
      { kind: "entryBits", field: "connmark", value: -1, mask: 0xf0000000 | 0, negated: true },
    ],
    [
      "addrtype",
      "! --dst-type LOCAL --limit-iface-out",
      { kind: "addressTypes", field: "dst", types: 4, limit: "out", negated: true },
    ],
    ["length", "! --length 40:60", { kind: "inRanges", field: "length", ranges: [[40, 60]], negated: true }],
    ["ttl", "--ttl-lt 5", { kind: "inRanges", field: "ttl", ranges: [[0, 4]] }],
    ["ttl", "--ttl-lt 0", { kind: "never", text: "--ttl-lt 0" }],
    ["ttl", "--ttl-gt 64", { kind: "inRanges", field: "ttl", ranges: [[65, 255]] }],
    ["ttl", "! --ttl-eq 64", { kind: "inRanges", field: "ttl", ranges: [[64, 64]], negated: true }],
    ["dscp", "--dscp-class ef", { kind: "bits", field: "tos", value: 0xb8, mask: 0xfc }],
    ["tos", "--tos 0x10/0x3f", { kind: "bits", field: "tos", value: 0x10, mask: 0x3f }],
    [
      "iprange",
      "! --src-range 10.0.0.1-10.0.0.9",
      { kind: "inAddressRange", field: "src", low: [0, 0, 0, 0x0a000001], high: [0, 0, 0, 0x0a000009], negated: true },
    ],
    ["pkttype", "! --pkt-type otherhost", { kind: "always" }],
    [
      "socket",
      "--transparent",
      { kind: "findsSocket", lookup: { transparent: true, noWildcard: false }, negated: false },
    ],
    ["socket", "--restore-skmark", { kind: "open" }],
    [
      "connlimit",
      "--connlimit-above 9 --connlimit-mask 24",
      { kind: "connections", field: "src", mask: [0, 0, 0, -256], limit: 9, negated: true },
    ],
    ["statistic", "--mode random ! --probability 0.5", { kind: "chance", probability: 0.5, negated: true }],
    ["comment", "--comment x", { kind: "always" }],
    [
      "hashlimit",
      "--hashlimit-above 5/s --hashlimit-name h",
      { kind: "stateful", shared: "hashlimit:h", negated: true },
    ],
    ["recent", "! --rcheck --name r", { kind: "stateful", shared: "recent:r", negated: true }],
    [
      "set",
      "! --match-set blocked src,dst --return-nomatch --packets-gt 3",
      {
        kind: "inSet",
        negated: true,
        lookup: {
          name: "blocked",
          directions: ["src", "dst"],
          returnNomatch: true,
          packets: { operation: "gt", value: "3" },
        },
      },
    ],
  ])("-m %s %s", (kind, text, expected) => {
    expect(meaningOf(kind, text)).toMatchObject(expected);
  });
});

describe("icmp", () => {
  test("a type with a code asks for both, negated for either", () => {
    expect(meaningOf("icmp", "--icmp-type 3/4", "ipv4", 1)).toMatchObject({
      kind: "all",
      of: [
        { field: "icmpType", ranges: [[3, 3]] },
        { field: "icmpCode", ranges: [[4, 4]] },
      ],
    });
    expect(meaningOf("icmp", "! --icmp-type 3/4", "ipv4", 1)).toMatchObject({
      kind: "any",
      negated: false,
      of: [
        { field: "icmpType", negated: true },
        { field: "icmpCode", negated: true },
      ],
    });
  });

  test("255 is any type in IPv4 and itself in IPv6", () => {
    expect(meaningOf("icmp", "--icmp-type any", "ipv4", 1).kind).toBe("always");
    expect(meaningOf("icmp", "! --icmp-type any", "ipv4", 1).kind).toBe("never");
    expect(meaningOf("icmp6", "--icmpv6-type 255", "ipv6", 58)).toMatchObject({
      field: "icmpType",
      ranges: [[255, 255]],
    });
  });
});

describe("owner", () => {
  test("each option is one condition, so that all hold for no socket iff all are negated (O1)", () => {
    const of = [
      { kind: "inRanges", field: "uid", negated: false },
      { kind: "inRanges", field: "gid", negated: true },
    ];
    expect(meaningOf("owner", "--uid-owner 1337 ! --gid-owner 1337")).toMatchObject({ kind: "all", of });
    const { of: leaves } = meaningOf("owner", "--uid-owner 1337 ! --gid-owner 1337") as Extract<
      Predicate,
      { kind: "all" }
    >;
    for (const leaf of leaves) expect(leaf).not.toHaveProperty("whenAbsent");
  });

  test("supplementary groups cannot be negated, so that a packet without a socket never matches with them", () => {
    expect(meaningOf("owner", "! --gid-owner 5-7 --suppl-groups")).toMatchObject({
      kind: "all",
      of: [
        { kind: "groupIn", low: 5, high: 7, negated: true },
        { kind: "hasSocket", negated: false },
      ],
    });
    expect(meaningOf("owner", "--gid-owner 5 --suppl-groups").kind).toBe("groupIn");
  });
});

describe("conntrack", () => {
  test("everything else hangs on --ctstate, which alone is asked without an entry (C7)", () => {
    expect(meaningOf("conntrack", "--ctstate NEW,DNAT ! --ctorigdstport 80:90 --ctdir REPLY")).toMatchObject({
      kind: "stateIn",
      states: CT_NEW | CT_DNAT,
      text: "--ctstate NEW,DNAT",
      rest: [
        { kind: "entryInRanges", field: "ctdir", ranges: [[1, 1]], text: "--ctdir REPLY" },
        { kind: "entryInRanges", field: "ctorigdstport", ranges: [[80, 90]], negated: true },
      ],
    });
  });

  test("without it they stand for themselves", () => {
    expect(meaningOf("conntrack", "! --ctorigsrc 10.0.0.0/8")).toMatchObject({
      kind: "entryInPrefix",
      field: "ctorigsrc",
      negated: true,
      text: "! --ctorigsrc 10.0.0.0/8",
    });
  });

  test("a status asks for one of its bits, and NONE for none (D7)", () => {
    expect(meaningOf("conntrack", "--ctstatus ASSURED")).toMatchObject({ mask: ASSURED, anyOf: true });
    expect(meaningOf("conntrack", "! --ctstatus NONE")).toMatchObject({ mask: 0, anyOf: true, negated: true });
  });
});
