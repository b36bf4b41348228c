import { describe, expect, test } from "vitest";
import { type NameField, NUMBER_FIELDS, type NumberField } from "../../src/predicate/field.ts";
import { type Question, questionText } from "../../src/predicate/question.ts";
import type { RuleRef } from "../../src/predicate/rule-ref.ts";

const at: RuleRef = { flavour: "legacy", family: "ipv4", table: "nat", chain: "OUTPUT", rule: 1 };

const question = (more: Partial<Question>): Question => ({
  why: "unsaid",
  fact: { kind: "fact", key: "x" },
  subject: "x",
  words: "--option",
  inverse: false,
  at,
  ...more,
});

const number = (field: NumberField): Question =>
  question({ fact: { kind: "number", field, low: 5, high: 5 }, subject: field });
const name = (field: NameField): Question =>
  question({ fact: { kind: "name", field, pattern: "eth0" }, subject: field });

describe("a question is told as a sentence that begins with its rule", () => {
  const CASES: readonly (readonly [of: string, asked: Question, text: string])[] = [
    [
      "a device that the dump hides",
      question({ why: "hidden", subject: "in", words: "-i (hidden)" }),
      "nat OUTPUT 1: the dump hides the in-interface",
    ],
    [
      "a number that is not said",
      number("uid"),
      "nat OUTPUT 1: --option depends on the uid of the sending socket, which the input does not say",
    ],
    [
      "a link-layer address that is not said",
      number("mac"),
      "nat OUTPUT 1: --option depends on the MAC address that the packet comes from, which the input does not say",
    ],
    [
      "a segment size that is not said",
      number("mss"),
      "nat OUTPUT 1: --option depends on the segment size that the packet offers, which the input does not say",
    ],
    [
      "a parameter index that is not said",
      number("spi"),
      "nat OUTPUT 1: --option depends on the parameter index of IPsec, which the input does not say",
    ],
    [
      "a bridge port that is not said",
      name("physIn"),
      "nat OUTPUT 1: --option depends on the bridge port that the packet came by (physIn, null for none), which the input does not say",
    ],
    [
      "a helper that is not said",
      name("helper"),
      "nat OUTPUT 1: --option depends on the conntrack helper that expected the connection, which the input does not say",
    ],
    ["what is not modelled", question({ why: "unmodelled" }), "nat OUTPUT 1: --option is not modelled"],
    ["a draw", question({ why: "chance", fact: { kind: "draw" } }), "nat OUTPUT 1: --option depends on chance"],
    [
      "a name whose meaning is not known",
      question({ missing: { name: "istio-proxy", where: "users" } }),
      "nat OUTPUT 1: --option: unknown user istio-proxy (set names.users)",
    ],
    [
      "what has a reason of its own",
      question({ reason: "which sockets there are is not said (set sockets)" }),
      "nat OUTPUT 1: --option: which sockets there are is not said (set sockets)",
    ],
  ];
  for (const [of, asked, text] of CASES)
    test(`a question about ${of} is told as: ${text}`, () => expect(questionText(asked)).toBe(text));

  test("a question of the kernel itself is told as its reason alone", () => {
    expect(questionText(question({ at: null, reason: "the kernel draws" }))).toBe("the kernel draws");
  });

  test("every number that the input may leave open has words for what would have to be said", () => {
    for (const [field, { unsaid }] of Object.entries(NUMBER_FIELDS))
      if (unsaid !== undefined) expect(questionText(number(field as NumberField))).toContain(unsaid);
  });
});
