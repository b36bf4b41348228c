import { expect, test } from "vitest";
import { shown } from "../../src/text/shape.ts";

const circle: { self?: unknown } = {};
circle.self = circle;

test.each([
  [undefined, "nothing"],
  [null, "null"],
  [Number.NaN, "NaN"],
  [5n, "5n"],
  ["a\u001b[31mb", '"a\\u001b[31mb"'],
  [{ a: [1] }, '{"a":[1]}'],
  [circle, "an object"],
  [Buffer.from("x"), "a Buffer"],
  [new Map(), "a Map"],
  [() => 1, "a function"],
  [Object.create(null), "{}"],
])("a value in a message", (value, text) => expect(shown(value)).toBe(text));

test("a long value is cut in the middle", () => {
  const text = shown("x".repeat(1_000_000));
  expect(text).toMatch(/^"x+ … x+"$/);
  expect(text.length).toBeLessThanOrEqual(80);
});
