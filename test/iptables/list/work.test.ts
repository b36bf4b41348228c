// How much is tried on damaged rows: counted, not timed. Each case once took time with the square of the row's length.
import { expect, test } from "vitest";
import { parse } from "../../../src/iptables/dump/parse.ts";
import { listReader } from "../../../src/iptables/extension/list-reader.ts";
import type { Attempts } from "../../../src/iptables/list/attempt.ts";
import { joinComments } from "../../../src/iptables/list/comment-end.ts";
import type { Piece } from "../../../src/iptables/list/piece.ts";
import { savedTexts } from "../../../src/iptables/list/saved-text.ts";
import { segment } from "../../../src/iptables/list/segment.ts";

const MANY = 2000;

/** A pattern that counts how often it is run. */
function counted(pattern: RegExp): { readonly pattern: RegExp; readonly runs: () => number } {
  let runs = 0;
  const own = new RegExp(pattern);
  const exec = own.exec.bind(own);
  own.exec = (text) => {
    runs++;
    return exec(text);
  };
  return { pattern: own, runs: () => runs };
}

test.each([
  ["no end", "/* a ".repeat(MANY)],
  ["one end for all", `${"/* a ".repeat(MANY)} */`],
])("an end is looked for once, however many beginnings there are: %s", (_, text) => {
  const { pattern, runs } = counted(/ \*\/(?=\s|$)/g);
  const reader = listReader(text);
  for (let at = 0; at < MANY; at++) {
    reader.at = at * 5;
    expect(reader.takeUntil(pattern)).toBe(text.includes("*/") ? text.slice(at * 5, -3) : undefined);
  }
  expect(runs()).toBe(1);
});

test("what ends in front of the cursor is looked for anew", () => {
  const reader = listReader("a; b; c");
  expect([reader.takeUntil(/;/g), reader.takeUntil(/;/g), reader.takeUntil(/;/g), reader.at]).toEqual([
    "a",
    " b",
    undefined,
    5,
  ]);
});

test("each place of a text that nobody understands is tried once for all, and once for the piece that starts there", () => {
  let tried = 0;
  const tries: Attempts = {
    match() {
      tried++;
      return undefined;
    },
    target: () => undefined,
  };
  expect(segment("word ".repeat(MANY), tries)).toHaveLength(1);
  expect(tried).toBe(MANY);
});

test("brackets are cut at the first one outside quotes, from every place, and none without an end", () => {
  const read = savedTexts('[-m a "]" b] [-j c --d "e] [-m f');
  expect([0, 12, 26].map((at) => read(at)?.to)).toEqual([12, undefined, undefined]);
  expect(read(0)).toMatchObject({ kind: "saved-match", value: { name: "a", save: ' "]" b' } });
});

test("comments with their own end marks are joined however many pieces stand between", () => {
  const text = "/* a */ x b */";
  const comment: Piece = { kind: "match", from: 0, to: 7, value: { kind: "comment", text: "a" }, warnings: [] };
  const pieces: Piece[] = [comment, { kind: "unknown", from: 7, to: text.length }];
  expect(joinComments(text, pieces)).toEqual([
    { ...comment, to: text.length, value: { kind: "comment", text: "a */ x b" } },
  ]);
});

test("a row with more remarks than a call takes arguments is read", () => {
  const row = `ACCEPT     tcp  --  0.0.0.0/0            0.0.0.0/0            ${"tcp dpt:80 foo ".repeat(130_000)}`;
  const { ruleset, diagnostics } = parse(
    `Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination\n${row}\n`,
  );
  expect(ruleset.tables[0]!.chains[0]!.rules[0]!.matches).toHaveLength(260_000);
  expect(diagnostics.filter(({ code }) => code === "unknown-match")).toHaveLength(130_000);
});
