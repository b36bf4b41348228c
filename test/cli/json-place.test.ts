import { expect, test } from "vitest";
import { badJsonAt } from "../../src/cli/json-place.ts";

test.each([
  ['{"a": [1, -2.5e3, true, null, "x\\u00e9\\n"], "b": {}}', -1],
  ["  []  ", -1],
  ['{"a":}', 5],
  ['{"a":1,}', 7],
  ['{"a" 1}', 5],
  ["[1, 2", 5],
  ["[1 2]", 3],
  ["{a:1}", 1],
  ['{"a":01}', 6],
  ["", 0],
  ["{} {}", 3],
  ["[,]", 1],
  ["[1,]", 3],
  ["[}", 1],
  ['{"a":[{}, {"b":[[]]}], "c":{"d":0}}', -1],
  ['{"a":[{}, {"b":[[]}], "c":0}', 18],
])("%s", (text, at) => {
  expect(badJsonAt(text)).toBe(at);
  const read = () => JSON.parse(text);
  if (at < 0) expect(read).not.toThrow();
  else expect(read).toThrow(SyntaxError);
});

test("a text that opens more than a stack holds, and a long string", () => {
  expect(badJsonAt(`["${"a".repeat(1e7)}"}`)).toBe(1e7 + 3);
  expect(badJsonAt("[".repeat(1e6))).toBe(1e6);
  expect(badJsonAt(`${'{"a":'.repeat(1e5)}1${"}".repeat(1e5)}`)).toBe(-1);
});
