import { describe, expect, test } from "vitest";
import { readPrefix } from "../../src/net/address.ts";
import { type Asker, compile, every, type LeafTests, type Test } from "../../src/predicate/compile.ts";
import {
  ABSENT,
  ASSURED,
  CONFIRMED,
  CT_DNAT,
  CT_ESTABLISHED,
  CT_INVALID,
  CT_NEW,
  CT_UNTRACKED,
  DST_NAT,
  type EntryView,
  type RareFields,
  SEEN_REPLY,
  UNSAID,
} from "../../src/predicate/frame.ts";
import type { SetLookup } from "../../src/predicate/memory.ts";
import {
  ALWAYS,
  type Atom,
  all,
  any,
  bits,
  type EntryBits,
  type EntryPrefix,
  type EntryRange,
  has,
  inPrefix,
  inRange,
  NEVER,
  named,
  type Predicate,
  type Range,
  remembered,
} from "../../src/predicate/predicate.ts";
import type { Fact, Question } from "../../src/predicate/question.ts";
import { compiled, frameOf, holds, type Packet, Recorder, SILENT } from "./frame.ts";

/** The answer about a packet, and what was asked for it. */
function ask(
  predicate: Predicate,
  answer: boolean | ((question: Question) => boolean),
  packet: Packet = {},
  asker?: Asker,
): { readonly holds: boolean; readonly asked: readonly Question[] } {
  const run = new Recorder(answer);
  return { holds: compiled(predicate, asker)(frameOf(run, packet)), asked: run.asked };
}

const factsOf = (asked: readonly Question[]): readonly Fact[] => asked.map((one) => one.fact);

describe("a fact that nothing decides", () => {
  const atom = (more: Partial<Atom> = {}): Atom => ({
    ...{ kind: "atom", why: "unmodelled", subject: "string", key: "x", of: [], own: false, negated: false },
    ...more,
  });
  const keyOf = (predicate: Predicate, packet?: Packet, asker?: Asker): string => {
    const [fact] = factsOf(ask(predicate, true, packet, asker).asked);
    if (fact?.kind !== "fact") throw new Error("no fact was asked");
    return fact.key;
  };
  const at = (rule: number): Asker => ({
    at: { flavour: "legacy", family: "ipv4", table: "filter", chain: "INPUT", rule },
    ...{ words: `rule ${rule}`, negated: false },
  });

  test.each([true, false])(
    "an atom and its negation ask one fact, and hold of it the opposite, here where it is %s",
    (answer) => {
      const plain = ask(atom(), answer);
      const negated = ask(atom({ negated: true }), answer);
      expect(plain.asked).toHaveLength(1);
      expect(factsOf(negated.asked)).toEqual(factsOf(plain.asked));
      expect(plain.holds).toBe(answer);
      expect(negated.holds).toBe(!answer);
    },
  );

  test("an atom that stands in a rule twice asks the same fact twice", () => {
    const { asked } = ask(all([atom(), atom()]), true);
    expect(factsOf(asked)[0]).toEqual(factsOf(asked)[1]);
    expect(asked).toHaveLength(2);
  });

  test("an atom is another fact with another subject or another key, and not because another rule or reason asks it", () => {
    expect(keyOf(atom({ key: "y" }))).not.toBe(keyOf(atom()));
    expect(keyOf(atom({ subject: "bpf" }))).not.toBe(keyOf(atom()));
    expect(keyOf(atom(), {}, at(1))).toBe(keyOf(atom(), {}, at(2)));
    expect(keyOf(atom({ why: "unsaid", reason: "it is so" }))).toBe(keyOf(atom()));
  });

  test("an atom that may remember or draw is a fact of its own for each rule", () => {
    const own = atom({ own: true });
    expect(keyOf(own, {}, at(1))).toBe(keyOf(own, {}, at(1)));
    expect(keyOf(own, {}, at(1))).not.toBe(keyOf(own, {}, at(2)));
    const nft: Asker = { ...at(1), at: { flavour: "nft", family: "ipv4", table: "filter", chain: "INPUT", rule: 1 } };
    expect(keyOf(own, {}, nft)).not.toBe(keyOf(own, {}, at(1)));
  });

  const CHANGES: readonly (readonly [field: Atom["of"][number], packet: Packet])[] = [
    ["src", { s3: 0x0a000003 }],
    ["dst", { d3: 0x7f000002 }],
    ["in", { inDevice: "lo" }],
    ["out", { outDevice: "lo" }],
    ["sport", { sport: 1 }],
    ["dport", { dport: 81 }],
    ["ttl", { ttl: 63 }],
    ["tos", { tos: 4 }],
    ["length", { length: 61 }],
    ["mark", { mark: 1 }],
  ];
  for (const [field, packet] of CHANGES)
    test(`an atom is another fact for a packet with another ${field}, if and only if it is about ${field}`, () => {
      const about = atom({ of: [field] });
      expect(keyOf(about)).toBe(keyOf(about));
      expect(keyOf(about, packet)).not.toBe(keyOf(about));
      expect(keyOf(atom(), packet)).toBe(keyOf(atom()));
      const others = CHANGES.map(([other]) => other).filter((other) => other !== field);
      expect(keyOf(atom({ of: others }), packet)).toBe(keyOf(atom({ of: others })));
    });

  test("an atom is asked with why it is open, its subject, the words and place of the rule, its reason and the missing name", () => {
    const missing = { name: "db", where: "hosts" } as const;
    const { asked } = ask(atom({ why: "unsaid", reason: "it is so", missing }), true, {}, at(7));
    expect(asked[0]).toMatchObject({ why: "unsaid", subject: "string", words: "rule 7", reason: "it is so", missing });
    expect(asked[0]?.at).toEqual(at(7).at);
    expect(ask(atom(), true).asked[0]).not.toHaveProperty("reason");
  });
});

describe("whether a question asks the opposite of what its words say", () => {
  // A rule's `!` stands in front of its words, and the leaf carries it too.
  const leaf = (negated: boolean) => inRange("uid", 5, 5, negated);
  const inverse = (predicate: Predicate, negated: boolean): boolean | undefined =>
    ask(predicate, true, { uid: UNSAID }, { at: null, words: "--uid-owner 5", negated }).asked[0]?.inverse;

  test("a question says what its words say where the condition and its leaf are both negated, or neither is", () => {
    expect(inverse(leaf(false), false)).toBe(false);
    expect(inverse(leaf(true), true)).toBe(false);
  });

  test("a question asks the opposite of its words where only the leaf is negated, or only the condition", () => {
    expect(inverse(leaf(true), false)).toBe(true);
    expect(inverse(leaf(false), true)).toBe(true);
  });

  test("a question of a negated disjunction asks the opposite of its words as if each leaf were negated", () => {
    expect(inverse(any([leaf(false)], true), true)).toBe(false);
    expect(inverse(any([leaf(false)], true), false)).toBe(true);
    expect(inverse(any([leaf(true)]), true)).toBe(false);
  });
});

describe("a number that the input does not say", () => {
  const rare = (fields: Partial<RareFields>): Packet => ({ rareFields: fields });
  const UNSAID_NUMBERS: readonly (readonly [field: Range["field"], packet: Packet])[] = [
    ["uid", { uid: UNSAID }],
    ["gid", { gid: UNSAID }],
    ["mac", rare({ mac: UNSAID })],
    ["mss", rare({ mss: UNSAID })],
    ["spi", rare({ spi: UNSAID })],
    ["dccpType", rare({ dccpType: UNSAID })],
    ["daytime", {}],
    ["weekday", {}],
    ["monthday", {}],
    ["date", {}],
  ];

  for (const [field, packet] of UNSAID_NUMBERS) {
    test(`a packet whose ${field} is not said: it is asked whether that lies in the range, and a negation inverts the answer`, () => {
      for (const answer of [true, false])
        for (const negated of [true, false]) {
          const { holds: found, asked } = ask(inRange(field, 3, 9, negated), answer, packet);
          expect(found).toBe(answer !== negated);
          expect(asked).toMatchObject([
            { why: "unsaid", subject: field, fact: { kind: "number", field, low: 3, high: 9 }, words: "--option" },
          ]);
        }
    });

    test(`a packet whose ${field} is not said: several ranges are asked one after the other, until one answer is yes`, () => {
      const ranges = [
        [1, 1],
        [3, 5],
        [7, 7],
      ] as const;
      const several: Predicate = { kind: "range", field, ranges, negated: false };
      const second = (question: Question) => question.fact.kind === "number" && question.fact.low === 3;
      expect(ask(several, second, packet).holds).toBe(true);
      expect(factsOf(ask(several, second, packet).asked)).toEqual([
        { kind: "number", field, low: 1, high: 1 },
        { kind: "number", field, low: 3, high: 5 },
      ]);
      expect(ask(several, false, packet)).toMatchObject({ holds: false, asked: { length: 3 } });
      expect(ask({ ...several, negated: true }, false, packet).holds).toBe(true);
      expect(ask({ ...several, negated: true }, second, packet).holds).toBe(false);
    });
  }

  test("bits of a number that is not said are one fact, and their negation is the negation of that fact", () => {
    const plain = ask(bits("realm", 0x10, 0xff), true);
    const negated = ask(bits("realm", 0x10, 0xff, true), true);
    expect(plain).toMatchObject({ holds: true, asked: [{ why: "unsaid", subject: "realm", fact: { kind: "fact" } }] });
    expect(negated.holds).toBe(false);
    expect(factsOf(negated.asked)).toEqual(factsOf(plain.asked));
    expect(factsOf(ask(bits("realm", 0x11, 0xff), true).asked)).not.toEqual(factsOf(plain.asked));
    expect(factsOf(ask(bits("realm", 0x10, 0xf0), true).asked)).not.toEqual(factsOf(plain.asked));
  });

  test("a supplementary group that fits answers before the group that is not said is asked for", () => {
    const group: Predicate = { kind: "group", low: 5, high: 7, negated: false };
    expect(ask(group, false, { gid: UNSAID, groups: [3, 6] })).toEqual({ holds: true, asked: [] });
    const { holds: found, asked } = ask(group, true, { gid: UNSAID, groups: [3] });
    expect(found).toBe(true);
    expect(factsOf(asked)).toEqual([{ kind: "number", field: "gid", low: 5, high: 7 }]);
    expect(ask({ ...group, negated: true }, true, { gid: UNSAID, groups: [] }).holds).toBe(false);
  });
});

describe("a number that is said or that the packet does not have is not asked for", () => {
  test("a segment size, parameter index, MAC address or realm that is said is compared, and nothing is asked", () => {
    expect(holds(inRange("mss", 1400, 1460), { rareFields: { mss: 1460 } })).toBe(true);
    expect(holds(inRange("mss", 1400, 1460), { rareFields: { mss: 1461 } })).toBe(false);
    expect(holds(inRange("spi", 5, 5, true), { rareFields: { spi: 5 } })).toBe(false);
    expect(holds(inRange("mac", 0x0011_22aa_bbcc, 0x0011_22aa_bbcc), { rareFields: { mac: 0x0011_22aa_bbcc } })).toBe(
      true,
    );
    expect(holds(bits("realm", 0x10, 0xf0), { rareFields: { realm: 0x1f } })).toBe(true);
  });

  for (const [field, packet] of [
    ["dport", { dport: ABSENT }],
    ["sport", { sport: ABSENT }],
    ["uid", { uid: ABSENT }],
    ["gid", { gid: ABSENT }],
    ["icmpType", {}],
    ["mac", {}],
    ["mss", {}],
    ["spi", {}],
  ] as const) {
    test(`a packet without ${field} answers with the negation, or with what the condition says for that case (O1)`, () => {
      expect(holds(inRange(field, 0, 65535), packet)).toBe(false);
      expect(holds(inRange(field, 0, 65535, true), packet)).toBe(true);
      for (const absent of [true, false])
        for (const negated of [true, false]) {
          expect(holds({ kind: "range", field, ranges: [[1, 2]], negated, absent }, packet)).toBe(absent);
          const several: Predicate = {
            kind: "range",
            field,
            ranges: [
              [1, 2],
              [4, 5],
            ],
            negated,
            absent,
          };
          expect(holds(several, packet)).toBe(absent);
        }
    });
  }

  test("a packet without flags of TCP has none of the bits, and without a group answers with the negation", () => {
    expect(holds(bits("tcpFlags", 0, 2), { tcpFlags: ABSENT })).toBe(false);
    expect(holds(bits("tcpFlags", 0, 2, true), { tcpFlags: ABSENT })).toBe(true);
    const group = { kind: "group", low: 0, high: 9 } as const;
    expect(holds({ ...group, negated: false }, { gid: ABSENT, groups: [5] })).toBe(false);
    expect(holds({ ...group, negated: true }, { gid: ABSENT, groups: [5] })).toBe(true);
  });
});

describe("a name", () => {
  const UNSAID_NAMES = [
    ["physIn", { physIn: null }],
    ["physOut", { physOut: null }],
    ["helper", {}],
  ] as const;

  for (const [field, packet] of UNSAID_NAMES)
    test(`a packet whose ${field} is not said: it is asked whether the name fits the pattern, and a negation inverts the answer`, () => {
      for (const answer of [true, false])
        for (const negated of [true, false]) {
          const { holds: found, asked } = ask(named(field, "eth+", negated), answer, packet);
          expect(found).toBe(answer !== negated);
          expect(asked).toMatchObject([
            { why: "unsaid", subject: field, fact: { kind: "name", field, pattern: "eth+" }, words: "--option" },
          ]);
        }
    });

  for (const [field, packet] of [
    ["in", (name: string) => ({ inDevice: name })],
    ["out", (name: string) => ({ outDevice: name })],
    ["physIn", (name: string) => ({ physIn: name })],
    ["physOut", (name: string) => ({ physOut: name })],
    ["helper", (name: string) => ({ rareFields: { helper: name } })],
  ] as const)
    test(`a packet whose ${field} is said: the name fits a pattern as a whole, or with + by its beginning; no name is "" (R10)`, () => {
      const fits = (pattern: string, name: string) => holds(named(field, pattern), packet(name));
      expect([fits("eth0", "eth0"), fits("eth0", "eth00"), fits("eth0", "")]).toEqual([true, false, false]);
      expect([fits("eth+", "eth00"), fits("eth+", "eth"), fits("eth+", "et")]).toEqual([true, true, false]);
      expect([fits("+", ""), fits("", ""), fits("", "eth0")]).toEqual([true, true, false]);
      expect(holds(named(field, "eth0", true), packet("eth0"))).toBe(false);
      expect(holds(named(field, "eth+", true), packet("lo"))).toBe(true);
    });
});

describe("numbers and addresses that a packet has", () => {
  test("a range includes both ends, and one whose ends are reversed holds no value", () => {
    for (const field of ["sport", "dport"] as const) {
      const at = (value: number, negated = false) => holds(inRange(field, 10, 20, negated), { [field]: value });
      expect([9, 10, 20, 21].map((value) => at(value))).toEqual([false, true, true, false]);
      expect([9, 10, 20, 21].map((value) => at(value, true))).toEqual([true, false, false, true]);
      expect(holds(inRange(field, 20, 10), { [field]: 15 })).toBe(false);
    }
    expect(holds(inRange("proto", 6, 6))).toBe(true);
    expect(holds(inRange("proto", 6, 6, true))).toBe(false);
    expect(holds(inRange("proto", 17, 17))).toBe(false);
    expect(holds(inRange("uid", 1000, 1000))).toBe(true);
  });

  test("several ranges hold what one of them holds, and a negation holds what none does", () => {
    const ports = (negated: boolean): Predicate => ({
      kind: "range",
      field: "dport",
      ranges: [
        [80, 80],
        [90, 95],
      ],
      negated,
    });
    expect([80, 85, 92].map((dport) => holds(ports(false), { dport }))).toEqual([true, false, true]);
    expect([80, 85, 92].map((dport) => holds(ports(true), { dport }))).toEqual([false, true, false]);
  });

  test("a mark is compared in its 32 bits, and one with bits outside of the mask never holds (M3)", () => {
    expect(holds(bits("mark", 0x80000000, 0xf0000000), { mark: 0x8fffffff | 0 })).toBe(true);
    expect(holds(bits("mark", 0x80000000, 0xf0000000, true), { mark: 0x8fffffff | 0 })).toBe(false);
    expect(holds(bits("mark", 0xffffffff, 0xffffffff), { mark: -1 })).toBe(true);
    // The marks that stand for nothing in other fields are marks.
    expect(holds(bits("mark", ABSENT, -1), { mark: ABSENT })).toBe(true);
    expect(holds(bits("mark", UNSAID, -1), { mark: UNSAID })).toBe(true);
    expect(holds(bits("mark", 0x11, 0x0f), { mark: 0x11 })).toBe(false);
    expect(holds(bits("mark", 0x11, 0x0f, true), { mark: 0x11 })).toBe(true);
  });

  for (const [text, inside] of [
    ["10.0.0.0/30", true],
    ["10.0.0.3", false],
    ["0.0.0.0/0", true],
    ["8.0.0.2/253.0.0.255", true],
  ] as const)
    test(`the source 10.0.0.2 is ${inside ? "" : "not "}in ${text}, and a negation inverts that`, () => {
      expect(holds(inPrefix("src", readPrefix(text)!))).toBe(inside);
      expect(holds(inPrefix("src", readPrefix(text)!, true))).toBe(!inside);
    });

  test("an IPv6 prefix is compared in all of its words, for the source and the destination", () => {
    const address = { v6: true, s0: 0xfd000000 | 0, s1: 1, s2: 2, s3: 3, d0: 0xfd000000 | 0, d1: 1, d2: 2, d3: 3 };
    for (const field of ["src", "dst"] as const) {
      expect(holds(inPrefix(field, readPrefix("fd00::/32")!), address)).toBe(true);
      expect(holds(inPrefix(field, readPrefix("fd00:0:0:1:0:2:0:3")!), address)).toBe(true);
      expect(holds(inPrefix(field, readPrefix("fd00:0:0:2::/64")!), address)).toBe(false);
      expect(holds(inPrefix(field, readPrefix("fd00:0:0:1:0:3::/96")!), address)).toBe(false);
      expect(holds(inPrefix(field, readPrefix("fd00:0:0:1:0:2:0:4")!), address)).toBe(false);
    }
  });

  test("a span of addresses includes both ends and is counted without a sign", () => {
    const span = (negated: boolean): Predicate => ({
      ...{ kind: "span", field: "dst", low: [0, 0, 0, 0x7fffffff], high: [0, 0, 0, 0x80000001 | 0], negated },
    });
    const around = [0x7ffffffe, 0x7fffffff, 0x80000000 | 0, 0x80000001 | 0, 0x80000002 | 0];
    expect(around.map((d3) => holds(span(false), { d3 }))).toEqual([false, true, true, true, false]);
    expect(around.map((d3) => holds(span(true), { d3 }))).toEqual([true, false, false, false, true]);
  });
});

describe("conntrack", () => {
  const tuple = { s0: 0, s1: 0, s2: 0, s3: 1, d0: 0, d1: 0, d2: 0, d3: 2, proto: 6, sport: 1, dport: 80 };
  const entry: EntryView = {
    original: tuple,
    reply: { ...tuple, s3: 3, d3: 4, sport: 8080, dport: 2 },
    ...{ mark: 0x30, status: ASSURED | DST_NAT, expires: 10.7 },
  };
  const state = (states: number, negated = false): Predicate => ({ kind: "state", states, negated });

  test("a state holds if the packet has one of those that are asked for, translations of the entry included", () => {
    expect(holds(state(CT_NEW), { entry, ctstate: CT_NEW })).toBe(true);
    expect(holds(state(CT_ESTABLISHED), { entry, ctstate: CT_NEW })).toBe(false);
    expect(holds(state(CT_ESTABLISHED | CT_DNAT), { entry, ctstate: CT_NEW })).toBe(true);
    expect(holds(state(CT_NEW, true), { entry, ctstate: CT_NEW })).toBe(false);
  });

  test("the state of a packet without an entry is INVALID, or UNTRACKED if it was taken out of tracking", () => {
    expect(holds(state(CT_INVALID), { ctstate: 0 })).toBe(true);
    expect(holds(state(CT_NEW), { ctstate: CT_NEW })).toBe(false);
    expect(holds(state(CT_UNTRACKED), { ctstate: CT_UNTRACKED })).toBe(true);
    expect(holds(state(CT_INVALID), { ctstate: CT_UNTRACKED })).toBe(false);
  });

  const OF_ENTRY: readonly (readonly [what: string, test: EntryRange | EntryBits | EntryPrefix])[] = [
    ["the port of its destination", { kind: "entryRange", field: "ctorigdstport", low: 80, high: 90, negated: false }],
    [
      "the port of the replies' source",
      { kind: "entryRange", field: "ctreplsrcport", low: 8080, high: 8080, negated: false },
    ],
    ["its protocol", { kind: "entryRange", field: "ctproto", low: 6, high: 6, negated: false }],
    ["the packet's direction", { kind: "entryRange", field: "ctdir", low: 0, high: 0, negated: false }],
    [
      "the whole seconds that it has left",
      { kind: "entryRange", field: "ctexpire", low: 10, high: 10, negated: false },
    ],
    ["its mark", { kind: "entryBits", field: "connmark", value: 0x30, mask: 0xf0, anyOf: false, negated: false }],
    [
      "one of its status bits",
      { kind: "entryBits", field: "ctstatus", value: 12, mask: ASSURED | CONFIRMED, anyOf: true, negated: false },
    ],
    [
      "its original source",
      { kind: "entryPrefix", field: "ctorigsrc", prefix: readPrefix("0.0.0.1")!, negated: false },
    ],
    [
      "where its replies go",
      { kind: "entryPrefix", field: "ctrepldst", prefix: readPrefix("0.0.0.4")!, negated: false },
    ],
  ];
  for (const [what, one] of OF_ENTRY)
    test(`a condition that asks an entry for ${what} is inverted by a negation, and never holds without an entry (C7)`, () => {
      expect(holds(one, { entry })).toBe(true);
      expect(holds({ ...one, negated: true }, { entry })).toBe(false);
      expect(holds(one)).toBe(false);
      expect(holds({ ...one, negated: true })).toBe(false);
    });

  test("--ctstatus holds if one of its status bits is set, and with NONE never does (D7)", () => {
    const status = (set: number, negated = false): Predicate => ({
      ...{ kind: "entryBits", field: "ctstatus", value: set, mask: set, anyOf: true, negated },
    });
    expect(holds(status(SEEN_REPLY | CONFIRMED), { entry })).toBe(false);
    expect(holds(status(SEEN_REPLY | ASSURED), { entry })).toBe(true);
    expect(holds(status(0), { entry })).toBe(false);
    expect(holds(status(0, true), { entry })).toBe(true);
  });

  test("a reply has the other direction, and an entry that is over has no second left", () => {
    const reply: Predicate = { kind: "entryRange", field: "ctdir", low: 1, high: 1, negated: false };
    expect([true, false].map((isReply) => holds(reply, { entry, isReply }))).toEqual([true, false]);
    const over: Predicate = { kind: "entryRange", field: "ctexpire", low: 0, high: 0, negated: false };
    expect(holds(over, { entry: { ...entry, expires: -5 } })).toBe(true);
  });

  test("whether there is an entry or a socket is asked for itself", () => {
    expect([holds(has("entry"), { entry }), holds(has("entry"))]).toEqual([true, false]);
    expect([holds(has("entry", true), { entry }), holds(has("entry", true))]).toEqual([false, true]);
    expect([1, 0].map((socket) => holds(has("socket"), { socket }))).toEqual([true, false]);
    expect([1, 0].map((socket) => holds(has("socket", true), { socket }))).toEqual([false, true]);
  });
});

describe("a draw", () => {
  test("a draw is made with the probability of the condition, and a negation inverts what was drawn", () => {
    const drawn: number[] = [];
    const run = (result: boolean) => ({
      ...SILENT,
      draw(probability: number, question: Question) {
        drawn.push(probability);
        expect(question).toMatchObject({ why: "chance", fact: { kind: "draw" } });
        return result;
      },
    });
    for (const negated of [true, false])
      for (const result of [true, false]) {
        const chance = compiled({ kind: "chance", probability: 0.25, negated });
        expect(chance(frameOf(run(result)))).toBe(result !== negated);
      }
    expect(drawn).toEqual([0.25, 0.25, 0.25, 0.25]);
  });
});

describe("conditions of conditions", () => {
  const yes = ALWAYS;
  const no = NEVER;

  test("the predicate `always` holds of a packet, and `never` does not", () => {
    expect([holds(ALWAYS), holds(NEVER)]).toEqual([true, false]);
  });

  test("a conjunction holds where every part does, a disjunction where one does, a negated disjunction where none does", () => {
    expect([holds({ kind: "all", of: [yes, yes] }), holds({ kind: "all", of: [yes, no] })]).toEqual([true, false]);
    expect([holds(any([no, yes])), holds(any([no, no])), holds(any([]))]).toEqual([true, false, false]);
    expect([holds(any([no, yes], true)), holds(any([no, no], true)), holds(any([], true))]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test("parts of a conjunction or disjunction are tested from left to right, and no further than the answer needs (T6)", () => {
    const uid = (value: number) => inRange("uid", value, value);
    const lows = (predicate: Predicate, answer: boolean) =>
      ask(predicate, answer, { uid: UNSAID }).asked.map(({ fact }) => fact.kind === "number" && fact.low);
    expect(lows(all([uid(1), uid(2), uid(3)]), true)).toEqual([1, 2, 3]);
    expect(lows(all([uid(1), uid(2), uid(3)]), false)).toEqual([1]);
    expect(lows(any([uid(1), uid(2), uid(3)]), false)).toEqual([1, 2, 3]);
    expect(lows(any([uid(1), uid(2), uid(3)]), true)).toEqual([1]);
  });

  for (let count = 0; count <= 9; count++)
    test(`every() of ${count} tests holds where all hold, and runs them in order up to the first that does not`, () => {
      const frame = frameOf(SILENT);
      for (let failing = 0; failing <= count; failing++) {
        const run: number[] = [];
        const tests: Test[] = Array.from({ length: count }, (_, at) => (seen) => {
          expect(seen).toBe(frame);
          run.push(at);
          return at !== failing;
        });
        const last = Math.min(failing, count - 1);
        expect(every(tests)(frame)).toBe(failing === count);
        expect(run).toEqual(Array.from({ length: last + 1 }, (_, at) => at));
      }
    });
});

test("leaves that are about more than the packet are made by whoever walks packets, with the asker and its negation", () => {
  const made: [string, Asker][] = [];
  const leaves: LeafTests = {
    memory: ({ memory }, asker) => {
      made.push([memory.memory, asker]);
      return () => true;
    },
    socket: ({ kind }, asker) => {
      made.push([kind, asker]);
      return () => true;
    },
    host: ({ kind }, asker) => {
      made.push([kind, asker]);
      return () => true;
    },
  };
  const lookup: SetLookup = {
    ...{ name: "a", directions: ["src"] },
    ...{ returnNomatch: false, keepCounters: false, keepSubcounters: false },
  };
  const asker: Asker = { at: null, words: "--x", negated: true };
  const parts: Predicate[] = [
    remembered({ memory: "quota", bytes: "5" }),
    { kind: "socket", transparent: false, noWildcard: false, negated: false },
    { kind: "addressTypes", field: "src", types: 1, negated: false },
    { kind: "leadsBack", loose: false, validMark: false, acceptLocal: false, negated: false },
    { kind: "inSet", lookup, negated: false },
    { kind: "protected", direction: "in", negated: false },
  ];
  const kinds = ["quota", "socket", "addressTypes", "leadsBack", "inSet", "protected"];

  expect(compile(all(parts), asker, leaves)(frameOf(SILENT))).toBe(true);
  expect(made).toEqual(kinds.map((kind) => [kind, asker]));

  made.length = 0;
  compile(any(parts, true), asker, leaves);
  expect(made).toEqual(kinds.map((kind) => [kind, { ...asker, negated: false }]));
});
