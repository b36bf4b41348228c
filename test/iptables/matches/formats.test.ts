import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Match } from "../../../src/iptables/matches/table.ts";
import type { Family } from "../../../src/net/address.ts";
import { nameTable } from "../../../src/net/names.ts";
import { splitRestoreLine } from "../../../src/text/words.ts";
import { contextOf, readList, readOptions, records } from "./harness.ts";

const FILE = join(import.meta.dirname, "../../../../shared/formats/formats.tsv");

/** The host on which the rows were made: its IPv6 loopback had no name. */
const BASE = nameTable({ users: { daemon: 1 }, groups: { daemon: 1, bin: 2, tty: 5 } });
const NAMES = { ...BASE, hostName: (address: string) => (address === "::1" ? undefined : BASE.hostName(address)) };

/** Targets that add nothing to a listing's text. */
const SILENT = /^(ACCEPT|DROP|RETURN|userchain|)$/;

interface Row {
  readonly family: Family;
  readonly form: string;
  readonly list: string;
  readonly numeric: string;
  readonly protocol: number;
  /** Each match's name and the text behind it. */
  readonly segments: readonly { readonly kind: string; readonly text: string }[];
  readonly target: string;
}

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, char: string) => ({ t: "\t", n: "\n", 0: "\0" })[char] ?? char);

/** Rows whose matches are all modelled. */
function rows(): Row[] {
  const found: Row[] = [];
  for (const line of readFileSync(FILE, "utf8").trimEnd().split("\n").slice(1)) {
    const [family, , form, list, numeric] = line.split("\t").map(unescaped) as [Family, string, string, string, string];
    if (form.startsWith("<")) continue;
    const words = splitRestoreLine(form);
    const isFlag = (at: number, flag: RegExp) => flag.test(words[at]!.text) && !words[at]!.quoted;
    // `--comment -m` would be mistaken for a match; the rows have `-A` and `-j` as comments, and those are skipped over.
    const starts = words.flatMap((_, at) =>
      isFlag(at, /^-[mjg]$/) && words[at - 1]?.text !== "--comment" ? [at] : [],
    );
    const last = starts.find((at) => !isFlag(at, /^-m$/));
    const segments = starts
      .filter((at) => at !== last)
      .map((at) => {
        const next = starts.find((one) => one > at);
        const from = words[at + 1]!.column - 1 + words[at + 1]!.text.length;
        return { kind: words[at + 1]!.text, text: form.slice(from, next ? words[next]!.column - 2 : undefined) };
      });
    if (segments.length === 0 || !segments.every(({ kind }) => Object.hasOwn(records, kind))) continue;
    const protocol = words[words.findIndex((word) => word.text === "-p") + 1]!.text;
    found.push({
      family,
      form,
      list: list.replace(/^\[goto\] /, ""),
      numeric: numeric.replace(/^\[goto\] /, ""),
      protocol: NAMES.protocol(protocol) ?? 0,
      segments,
      target: last === undefined ? "" : words[last + 1]!.text,
    });
  }
  return found;
}

/** What a listing shows of other matches: two of a kind may be read as one, and a comment's own end marks cut it. */
const MERGED = /-m owner .*-m owner|comment "a \*\/ b/;

describe.skipIf(!existsSync(FILE))("formats.tsv (skipped where ../shared is absent)", () => {
  const all = existsSync(FILE) ? rows() : [];

  test("has rows of every modelled match", () => {
    const used = new Set(all.flatMap((row) => row.segments.map(({ kind }) => kind)));
    expect([...used].sort()).toEqual(Object.keys(records).sort());
    expect(all.length).toBeGreaterThan(400);
  });

  for (const { family, form, list, numeric, protocol, segments, target } of all)
    test(`the matches of ${family} ${form} are saved and listed as iptables prints them, and read back`, () => {
      const context = contextOf(family, protocol, NAMES);
      const found: Match[] = [];
      for (const { kind, text } of segments) {
        const words = splitRestoreLine(text);
        const { match, end } = readOptions(records[kind]!, words, context);
        expect(end).toBe(words.length);
        expect(records[kind]!.toSave(match)).toBe(text);
        found.push(match);
      }
      for (const [text, isNumeric] of [
        [list, false],
        [numeric, true],
      ] as const) {
        const style = { numeric: isNumeric, family, names: NAMES, protocol };
        const shown = found.map((match) => records[match.kind]!.toList(match, style)).join("");
        expect(SILENT.test(target) ? text : text.slice(0, shown.length)).toBe(shown);
        if (MERGED.test(form)) continue;
        const read = readList(shown, contextOf(family, protocol, NAMES));
        // A listing hides the name of a hashlimit table, the negation of a quota, and the mask of "anywhere".
        const visible = found.map((match) => (match.kind === "hashlimit" ? { ...match, name: "?" } : match));
        if (!/0\.0\.0\.0\/0|! --quota/.test(form)) expect(read.found).toEqual(visible);
        expect(read.rest.trim()).toBe("");
      }
    });
});
