import fc from "fast-check";
import { expect, test } from "vitest";
import { closingQuote, freeTextEnds, openQuote } from "../../src/text/free-text.ts";
import { countBelow } from "../../src/text/sorted.ts";
import { textWriter } from "../../src/text/text-writer.ts";
import { utf8Length } from "../../src/text/utf8.ts";

test.each([
  ['a" b', 0, 1],
  ['\\"a" b', 0, 3],
  ["a\\", 0, -1],
  ["", 0, -1],
])("closingQuote(%j, %i) is %i", (text, from, end) => expect(closingQuote(text, from)).toBe(end));

test.each([
  ['-m comment --comment "a \\" b"', -1],
  ['"a" "b', 4],
  ['\\"a" "b', 5],
  ["plain", -1],
])("openQuote(%j) is %i", (text, at) => expect(openQuote(text)).toBe(at));

test("quotes and comments end behind their marks, and what nothing closes is no free text", () => {
  const text = 'a "b c" /* d */ "e \\" /* f';
  const endAt = freeTextEnds(text);
  expect([0, 2, 8, 16, 20, 22].map(endAt)).toEqual([0, 7, 15, 16, 20, 22]);
});

/** A text that counts how many characters of it are looked at. */
function counting(text: string): { readonly text: string; readonly looks: () => number } {
  let looks = 0;
  const find =
    (name: "indexOf" | "lastIndexOf") =>
    (what: string, from?: number): number => {
      const at = text[name](what, from);
      looks += name === "indexOf" ? (at < 0 ? text.length : at) - (from ?? 0) : text.length - at;
      return at;
    };
  const counted = {
    length: text.length,
    charCodeAt(at: number) {
      looks++;
      return text.charCodeAt(at);
    },
    indexOf: find("indexOf"),
    lastIndexOf: find("lastIndexOf"),
  };
  return { text: counted as unknown as string, looks: () => looks };
}

test.each([
  ["escaped quotes of an open one", `"${'\\"'.repeat(2000)}`],
  ["comments without an end", `*/${"/* ".repeat(2000)}`],
  ["both", `*/${'/* "\\"'.repeat(2000)}`],
  ["closed quotes", '"a" '.repeat(2000)],
])("looks at each character a few times: %s", (_, whole) => {
  const { text, looks } = counting(whole);
  const endAt = freeTextEnds(text);
  for (let at = 0; at < whole.length; ) at = Math.max(endAt(at), at + 1);
  expect(looks()).toBeLessThan(4 * whole.length);
});

test("countBelow counts what a filter counts", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.nat(21), (numbers, value) => {
      const ascending = [...numbers].sort((a, b) => a - b);
      expect(countBelow(ascending, value)).toBe(numbers.filter((one) => one < value).length);
    }),
  );
});

test("utf8Length is what TextEncoder writes, halves of pairs included", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat(0xffff), (text, unit) => {
      const half = String.fromCharCode(unit);
      for (const one of [text, `${text}${half}`, `${half}${text}`])
        expect(utf8Length(one)).toBe(new TextEncoder().encode(one).length);
    }),
  );
});

test.each([0, 1, 511, 512, 513, 2000])("textWriter keeps %i pieces in order", (count) => {
  const pieces = Array.from({ length: count }, (_, at) => `${at} `);
  const writer = textWriter();
  for (const piece of pieces) writer.add(piece);
  expect(writer.text()).toBe(pieces.join(""));
});
