import { expect, test } from "vitest";
import {
  ALWAYS,
  all,
  any,
  bits,
  condition,
  conditionText,
  inRange,
  NEVER,
  unmodelled,
} from "../../src/predicate/predicate.ts";

const [a, b, c] = [inRange("dport", 1, 1), inRange("dport", 2, 2), inRange("dport", 3, 3)] as const;

test("a conjunction is flat and without what always holds, and one of a single condition is that condition", () => {
  expect(all([a, all([b, c]), ALWAYS])).toStrictEqual({ kind: "all", of: [a, b, c] });
  expect(all([ALWAYS, a])).toBe(a);
  expect(all([ALWAYS, all([])])).toStrictEqual(ALWAYS);
  expect(all([NEVER])).toStrictEqual(NEVER);
});

test("a disjunction keeps its parts, also when there is one or none", () => {
  expect(any([a, b], true)).toStrictEqual({ kind: "any", of: [a, b], negated: true });
  expect(any([])).toStrictEqual({ kind: "any", of: [], negated: false });
});

test("value and mask of bits are signed 32-bit numbers, so that equal bits are equal data", () => {
  expect(bits("mark", 0xffffffff, 0x80000000)).toStrictEqual(bits("mark", -1, -0x80000000));
  expect(bits("mark", 0xffffffff, 0x80000000)).toMatchObject({ value: -1, mask: -0x80000000 });
});

test("a condition is told as `iptables -S` writes it, with the ! in front of its words", () => {
  expect(conditionText(condition("--dport 1", a))).toBe("--dport 1");
  expect(conditionText(condition("--dport 1", inRange("dport", 1, 1, true), true))).toBe("! --dport 1");
});

test("what is not modelled is a fact of all rules and packets alike, unless something else is said", () => {
  expect(unmodelled("string", "x")).toStrictEqual({
    ...{ kind: "atom", why: "unmodelled", subject: "string", key: "x", of: [], own: false, negated: false },
  });
  expect(unmodelled("string", "x", { own: true, of: ["src"], negated: true })).toMatchObject({
    ...{ of: ["src"], own: true, negated: true },
  });
});
