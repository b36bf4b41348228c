/** `parse` throws nothing but ParseError, whatever becomes of a dump that is pasted, cut, wrapped, edited or broken. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ParseError, type Problem, parseAll } from "../../src/index.ts";
import { runs, TIMEOUT } from "./runs.ts";

const DUMPS = new URL("../fixtures/dumps/", import.meta.url);
const dumps = readdirSync(DUMPS).map((file) => readFileSync(new URL(file, DUMPS), "utf8"));

type Damage = (text: string) => string;

const lines = (change: (all: string[], at: number, other: number) => string[]): fc.Arbitrary<Damage> =>
  fc.tuple(fc.nat(), fc.nat()).map(([one, two]) => (text) => {
    const all = text.split("\n");
    return change(all, one % all.length, two % all.length).join("\n");
  });

/** Words that mean something to one of the readers, at the wrong place. */
const WORDS =
  "Chain|-A |-N |:X - [0:0]|*nat|COMMIT|```|$ iptables -t nat |# |! |-m |-j |--|[goto]|__proto__|constructor|/33|::|%|\\|\"|'|\t|\r|\0|\ufeff|–|0x|,|1:|(policy |references)|\u{1f600}|\ud800".split(
    "|",
  );
const word = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: "binary", maxLength: 6 }));

const between = (change: (text: string, at: number, to: number, put: string) => string): fc.Arbitrary<Damage> =>
  fc.tuple(fc.nat(), fc.nat(12), word).map(([where, length, put]) => (text) => {
    const at = where % (text.length + 1);
    return change(text, at, at + length, put);
  });

const damage: fc.Arbitrary<Damage> = fc.oneof(
  lines((all, at) => all.toSpliced(at, 1)),
  lines((all, at, to) => all.toSpliced(to, 0, all[at]!)),
  lines((all, at, to) => all.with(at, all[to]!).with(to, all[at]!)),
  lines((all, at, to) => all.with(at, all[at]! + all[to]!)),
  lines((all, at) => all.with(at, all[at]!.trim().replaceAll(/\s+/g, " "))),
  between((text, at, _, put) => text.slice(0, at) + put + text.slice(at)),
  between((text, at, to) => text.slice(0, at) + text.slice(to)),
  between((text, at, to) => text.slice(0, to) + text.slice(at)),
  between((text, at, to, put) => text.slice(0, at) + put + text.slice(to)),
  between((text, at, to) => text.slice(0, at) + [...text.slice(at, to)].reverse().join("") + text.slice(to)),
  between((text, at) => text.slice(0, at)),
  // A byte, where a character was: what a wrong encoding leaves.
  fc.tuple(fc.nat(), fc.nat(255)).map(([where, byte]) => (text: string) => {
    const bytes = Buffer.from(text);
    bytes[where % bytes.length] = byte;
    return bytes.toString(byte % 2 ? "utf8" : "latin1");
  }),
);

const damaged = fc
  .tuple(fc.constantFrom(...dumps), fc.array(damage, { minLength: 1, maxLength: 8 }))
  .map(([text, all]) => all.reduce((now, one) => one(now), text));

/** A problem says what, and where in the text. */
function check({ message, line, column, code }: Problem, lengths: readonly number[]): void {
  expect(message).not.toBe("");
  expect(code).toMatch(/^[a-z0-9-]+$/);
  expect(line).toBeGreaterThanOrEqual(1);
  expect(line).toBeLessThanOrEqual(lengths.length);
  expect(column).toBeGreaterThanOrEqual(1);
  expect(column).toBeLessThanOrEqual(lengths[line - 1]! + 1);
}

test(
  "parse throws nothing but ParseError, and every problem has a place in the text",
  () => {
    fc.assert(
      fc.property(damaged, fc.constantFrom(undefined, "ipv4", "ipv6"), (text, family) => {
        // Where nothing else ends a line, a carriage return does.
        const lengths = text.split(text.includes("\n") ? "\n" : "\r").map((line) => line.length);
        try {
          for (const { diagnostics } of parseAll(text, family && { family }))
            for (const one of diagnostics) check(one, lengths);
        } catch (error) {
          if (!(error instanceof ParseError)) throw error;
          expect(error.diagnostics[0]?.severity).toBe("error");
          for (const one of error.diagnostics) check(one, lengths);
        }
      }),
      { numRuns: runs(5000, 100_000) },
    );
  },
  TIMEOUT,
);
