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
])("%s", (text, at) => {
  expect(badJsonAt(text)).toBe(at);
  const read = () => JSON.parse(text);
  if (at < 0) expect(read).not.toThrow();
  else expect(read).toThrow(SyntaxError);
});
