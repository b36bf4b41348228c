import { describe, expect, test } from "vitest";
import { readPrefix } from "../../src/net/address.ts";
import { compile, type LeafTests } from "../../src/predicate/compile.ts";
import { allWhyNot, stateText, type Teller, type WhyNot, whyNotText } from "../../src/predicate/describe.ts";
import { ABSENT, CT_ESTABLISHED, CT_NEW, CT_UNTRACKED, DST_NAT, UNSAID } from "../../src/predicate/frame.ts";
import type { SetLookup } from "../../src/predicate/memory.ts";
import {
  ALWAYS,
  all,
  any,
  bits,
  type Condition,
  condition,
  conditionText,
  has,
  inPrefix,
  inRange,
  NEVER,
  named,
  type Predicate,
  remembered,
  unmodelled,
} from "../../src/predicate/predicate.ts";
import { frameOf, type Packet, SILENT } from "./frame.ts";

const LOCAL = 1 << 2;
const UNICAST = 1 << 1;

const again = (what: string) => () => {
  throw new Error(`${what} was asked again`);
};

/** The destination is of type UNICAST; whatever must not be asked a second time throws. */
const leaves: LeafTests = {
  memory: () => again("a memory"),
  socket: () => again("the socket look-up"),
  host: (leaf) =>
    leaf.kind === "addressTypes" ? () => ((leaf.types & UNICAST) !== 0) !== leaf.negated : again("the host"),
};

const unknown: Teller = { addressTypes: () => UNICAST, set: () => undefined };

function whyNot(conditions: readonly Condition[], packet: Packet = {}, teller = unknown): readonly WhyNot[] {
  const tested = conditions.map((one) => ({
    ...one,
    run: compile(one.test, { at: null, words: one.words, negated: one.negated }, leaves),
  }));
  return allWhyNot(tested, frameOf(SILENT, packet), teller);
}

/** Why the first condition does not hold, as text. */
const said = (conditions: readonly Condition[], packet?: Packet, teller?: Teller): string => {
  const [first] = whyNot(conditions, packet, teller);
  return first === undefined ? "nothing" : whyNotText(first);
};

const uid = condition("--uid-owner 1337", inRange("uid", 1337, 1337));
const notUid = condition("--uid-owner 1337", inRange("uid", 1337, 1337, true), true);
const gid = condition("--gid-owner 1337", inRange("gid", 1337, 1337));
const lo = condition("-o lo", named("out", "lo"));
const state = (states: number, words: string): Condition => condition(words, { kind: "state", states, negated: false });
const connmark: Predicate = {
  kind: "entryBits",
  field: "connmark",
  value: 1,
  mask: -1,
  anyOf: false,
  negated: false,
};

const tuple = { s0: 0, s1: 0, s2: 0, s3: 1, d0: 0, d1: 0, d2: 0, d3: 2, proto: 6, sport: 1, dport: 2 };
const entry = { original: tuple, reply: tuple, mark: 7, status: DST_NAT, expires: 10 };

interface Case {
  readonly of: string;
  readonly condition: Condition;
  readonly packet?: Packet;
  readonly found: string;
}

const CASES: readonly Case[] = [
  { of: "another owner", condition: uid, found: "the packet's uid is 1000" },
  { of: "an owner that is ruled out", condition: notUid, packet: { uid: 1337 }, found: "the packet's uid is 1337" },
  { of: "an owner, without a socket", condition: uid, packet: { uid: ABSENT }, found: "the packet has no socket" },
  { of: "a group that is not said", condition: gid, found: "the packet's gid is not said" },
  {
    of: "a supplementary group",
    condition: condition("--gid-owner 5", { kind: "group", low: 5, high: 5, negated: false }),
    packet: { gid: 7, groups: [8, 9] },
    found: "the packet's gid is 7, its groups are 8, 9",
  },
  { of: "another device", condition: lo, found: "the out-interface is eth0" },
  {
    of: "a device that is not there",
    condition: condition("-i eth0", named("in", "eth0")),
    found: "there is no in-interface here",
  },
  {
    of: "a bridge port, of a packet from elsewhere",
    condition: condition("--physdev-in eth0", named("physIn", "eth0")),
    found: "the packet did not come by a bridge port",
  },
  {
    of: "a bridge port that is not said",
    condition: condition("--physdev-in eth0", named("physIn", "eth0")),
    packet: { physIn: null },
    found: "the bridge port that it came by is not said",
  },
  {
    of: "a destination that is ruled out",
    condition: condition("-d 127.0.0.1", inPrefix("dst", readPrefix("127.0.0.1")!, true), true),
    found: "the destination is 127.0.0.1",
  },
  {
    of: "a range of sources",
    condition: condition("--src-range 10.0.0.3-10.0.0.9", {
      kind: "span",
      field: "src",
      low: [0, 0, 0, 0x0a000003],
      high: [0, 0, 0, 0x0a000009],
      negated: false,
    }),
    found: "the source is 10.0.0.2",
  },
  {
    of: "a port, of a packet without ports",
    condition: condition("--dport 443", inRange("dport", 443, 443)),
    packet: { proto: 1, dport: ABSENT },
    found: "icmp has no ports",
  },
  { of: "a protocol", condition: condition("-p udp", inRange("proto", 17, 17)), found: "the protocol is tcp" },
  {
    of: "TCP flags",
    condition: condition("--tcp-flags SYN,ACK ACK", bits("tcpFlags", 16, 18)),
    found: "the TCP flags are SYN",
  },
  { of: "a mark", condition: condition("--mark 0x1", bits("mark", 1, -1)), found: "the mark is 0x539" },
  { of: "a type of service", condition: condition("--tos 0x10/0xff", bits("tos", 16, 255)), found: "the TOS is 0x0" },
  {
    of: "a link-layer address",
    condition: condition("--mac-source 00:00:00:00:00:01", inRange("mac", 1, 1)),
    packet: { rareFields: { mac: 0x0011_22aa_bbcc } },
    found: "the MAC address is 00:11:22:aa:bb:cc",
  },
  {
    of: "a link-layer address, of a packet without an Ethernet header",
    condition: condition("--mac-source 00:00:00:00:00:01", inRange("mac", 1, 1)),
    found: "the packet has no Ethernet header",
  },
  {
    of: "a segment size that is not said",
    condition: condition("--mss 1460", inRange("mss", 1460, 1460)),
    packet: { rareFields: { mss: UNSAID } },
    found: "the segment size that it offers is not said",
  },
  {
    of: "a parameter index, of a packet without one",
    condition: condition("--espspi 5", inRange("spi", 5, 5)),
    found: "tcp has no parameter index",
  },
  {
    of: "a state, without an entry",
    condition: state(CT_NEW, "--ctstate NEW"),
    found: "the state is INVALID",
  },
  {
    of: "a state",
    condition: state(CT_ESTABLISHED, "--ctstate ESTABLISHED"),
    packet: { entry },
    found: "the state is NEW,DNAT",
  },
  { of: "a connmark", condition: condition("--mark 0x1", connmark), packet: { entry }, found: "the connmark is 0x7" },
  {
    of: "a connmark, without an entry",
    condition: condition("--mark 0x1", connmark),
    found: "the packet has no conntrack entry",
  },
  {
    of: "an address of the connection",
    condition: condition("--ctorigdst 10.0.0.1", {
      kind: "entryPrefix",
      field: "ctorigdst",
      prefix: readPrefix("10.0.0.1")!,
      negated: false,
    }),
    packet: { entry },
    found: "the connection's original destination is 0.0.0.2",
  },
  {
    of: "the direction of the connection",
    condition: condition("--ctdir REPLY", { kind: "entryRange", field: "ctdir", low: 1, high: 1, negated: false }),
    packet: { entry },
    found: "the packet's direction is ORIGINAL",
  },
  {
    of: "no socket",
    condition: condition("--socket-exists", has("socket", true), true),
    found: "the packet has a socket",
  },
  {
    of: "an address type",
    condition: condition("--dst-type LOCAL", {
      kind: "addressTypes",
      field: "dst",
      types: LOCAL,
      negated: false,
    }),
    found: "the destination is of type UNICAST",
  },
  { of: "what no packet is", condition: condition("-f", NEVER), found: "no packet here is that" },
  {
    of: "one of two ports",
    condition: condition("--ports 1", any([inRange("sport", 1, 1), inRange("dport", 1, 1)])),
    found: "the source port is 40000 and the destination port is 80",
  },
];

describe("why a condition does not hold is told with the packet's value", () => {
  for (const { of, condition: one, packet, found } of CASES) {
    const text = `\`${conditionText(one)}\`: ${found}`;
    test(`a condition that asks for ${of} fails with: ${text}`, () => expect(said([one], packet)).toBe(text));
  }
});

describe("which conditions of a rule are told", () => {
  test("all conditions that fail are told in the order of the rule, and none that hold", () => {
    const proto = condition("-p tcp", inRange("proto", 6, 6));
    expect(whyNot([lo, proto, uid])).toEqual([
      { condition: "-o lo", found: "the out-interface is eth0" },
      { condition: "--uid-owner 1337", found: "the packet's uid is 1000" },
    ]);
  });

  test("nothing is told of conditions that hold", () => {
    expect(said([uid], { uid: 1337 })).toBe("nothing");
    expect(said([condition("-m comment", ALWAYS)])).toBe("nothing");
    expect(said([])).toBe("nothing");
  });

  test("of a state that holds and a condition of the entry that fails, the second is told", () => {
    // As -m conntrack asks it: without an entry only the state counts (C7).
    const mark = condition("--mark 1", any([has("entry", true), connmark]));
    const told = whyNot([state(CT_NEW, "--ctstate NEW"), mark], { entry });
    expect(told.map((one) => one.condition)).toEqual(["--mark 1"]);
    expect(told[0]?.found).toContain("the connmark is 0x7");
  });

  test("a condition that fails is told as the rule spells it, with the ! in front", () => {
    expect([lo, notUid].map(conditionText)).toEqual(["-o lo", "! --uid-owner 1337"]);
    expect(whyNot([notUid], { uid: 1337 })[0]?.condition).toBe("! --uid-owner 1337");
  });
});

describe("what cannot be asked twice", () => {
  const limit = condition("--limit 1/sec", remembered({ memory: "limit", scale: 1, cost: 1, cap: 5 }));

  const DOUBTFUL: readonly (readonly [what: string, one: Condition, found: string])[] = [
    ["a memory", limit, "the rule's own count of earlier packets decides"],
    [
      "a count of connections",
      condition("--connlimit-upto 1", remembered({ memory: "connlimit", field: "src", mask: [0, 0, 0, -1], limit: 1 })),
      "the connections that the rule has met of the source decide",
    ],
    [
      "a draw",
      condition("--probability 0.25", { kind: "chance", probability: 0.25, negated: false }),
      "chance decides (probability 0.25)",
    ],
    [
      "a draw that is inverted",
      condition("! --probability 0.25", { kind: "chance", probability: 0.25, negated: true }),
      "chance decides (probability 0.75)",
    ],
    [
      "a fact that is hidden",
      condition("-o ?", {
        kind: "atom",
        why: "hidden",
        subject: "out",
        key: "",
        of: ["out"],
        own: true,
        negated: false,
      }),
      "the dump hides the out-interface; taken as not matching",
    ],
    [
      "a fact that is not said",
      condition("--fact", { kind: "atom", why: "unsaid", subject: "x", key: "", of: [], own: false, negated: false }),
      "the input does not say; taken as not matching",
    ],
    [
      "a fact about a name whose meaning is not known",
      condition("-s db", {
        ...{ kind: "atom", why: "unsaid", subject: "src", key: "host db", of: ["src"], own: false, negated: false },
        missing: { name: "db", where: "hosts" },
      }),
      "what db stands for is not known; taken as not matching",
    ],
    [
      "a fact that is not modelled",
      condition("--string x", unmodelled("string", "x")),
      "what -m string asks is not modelled; taken as not matching",
    ],
    ["a number that is not said", gid, "the packet's gid is not said"],
    [
      "a look-up of sockets",
      condition("-m socket", { kind: "socket", transparent: false, noWildcard: false, negated: false }),
      "no such socket is found",
    ],
    [
      "a look-up of routes",
      condition("-m rpfilter", {
        ...{ kind: "leadsBack", loose: false, validMark: false, acceptLocal: false, negated: false },
      }),
      "no route leads back to the source",
    ],
    [
      "the protection by IPsec",
      condition("-m policy --pol none", { kind: "protected", direction: "in", negated: true }),
      "IPsec protects the packet",
    ],
  ];

  for (const [what, one, found] of DOUBTFUL)
    test(`${what} is told only where everything else holds, as "${found}", and is not asked again`, () => {
      expect(whyNot([one, uid]).map((why) => why.condition)).toEqual(["--uid-owner 1337"]);
      expect(whyNot([one, uid], { uid: 1337 })).toEqual([{ condition: conditionText(one), found }]);
    });

  test("of several conditions that cannot be asked twice only the first is told", () => {
    const second = condition("--quota 5", remembered({ memory: "quota", bytes: "5" }));
    expect(whyNot([limit, second]).map((why) => why.condition)).toEqual(["--limit 1/sec"]);
  });

  test("a condition in which one part cannot be asked twice is not asked again", () => {
    const parts = condition("-m x", all([inRange("proto", 17, 17), unmodelled("x", "y")]));
    expect(said([parts])).toBe("`-m x`: the protocol is tcp and what -m x asks is not modelled; taken as not matching");
  });
});

describe("ipsets, whose counters would rise if they were asked again", () => {
  const lookup: SetLookup = {
    ...{ name: "blocked", directions: ["src"] },
    ...{ returnNomatch: false, keepCounters: false, keepSubcounters: false },
  };
  const inSet = condition("--match-set blocked src", { kind: "inSet", lookup, negated: false });
  const notInSet = condition("--match-set blocked src", { kind: "inSet", lookup, negated: true }, true);
  const kept = condition("--match-set blocked src", remembered({ memory: "set", lookup }));
  const telling = (holds: boolean): Teller => ({
    ...unknown,
    set: ({ name }) => ({ holds, words: `set ${name} was looked at` }),
  });

  test.each([
    ["given once for all packets", inSet],
    ["changed by rules", kept],
  ])("an ipset whose content is %s is told with what it has of the packet, if the packet is not in it", (_, one) => {
    expect(said([one], {}, telling(false))).toBe("`--match-set blocked src`: set blocked was looked at");
    expect(said([one], {}, telling(true))).toBe("nothing");
  });

  test("an ipset that is ruled out is told if the packet is in it", () => {
    expect(said([notInSet], {}, telling(true))).toBe("`! --match-set blocked src`: set blocked was looked at");
    expect(said([notInSet], {}, telling(false))).toBe("nothing");
  });

  test("an ipset of which nothing is known is told only where everything else holds", () => {
    expect(said([inSet, uid])).toBe("`--uid-owner 1337`: the packet's uid is 1000");
    expect(said([inSet])).toBe(
      "`--match-set blocked src`: what set blocked has of it is not known; taken as not matching",
    );
  });
});

test("the state of a packet is told with the translations of its entry, or INVALID or UNTRACKED without one", () => {
  const text = (packet: Packet) => stateText(frameOf(SILENT, packet));
  expect(text({ entry })).toBe("NEW,DNAT");
  expect(text({ entry: null, ctstate: CT_NEW })).toBe("INVALID");
  expect(text({ entry: null, ctstate: CT_UNTRACKED })).toBe("UNTRACKED");
});
