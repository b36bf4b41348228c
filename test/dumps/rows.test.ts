/** The rows of dumps/README.md over fixtures of our own: the same shapes and oddities, other values and words. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "../../src/index.ts";
import {
  commands,
  counted,
  dnsCapture,
  emptyNat,
  firstReleases,
  hiddenInterfaces,
  outboundOnly,
  sidecar,
  sparedPort,
} from "./facts.ts";

const text = (file: string): string => readFileSync(new URL(`../fixtures/dumps/${file}`, import.meta.url), "utf8");

test("row 1: owners by name, and a -v copy that fills what the first one hides", () =>
  outboundOnly(text("two-copies.L.txt"), "envoy", 2020));

test("row 2: a lone chain; a spared port leaves, jumps out of the paste are open ends", () =>
  sparedPort(text("lone-chain.Lv.txt"), 6379));

test("rows 3 and 7: comments above chains, notes behind rules", () => {
  const parsed = parse(text("sidecar-notes.Lv.txt"));
  sidecar(parsed, 1337, [22, 15090, 15020]);
  expect(parsed.diagnostics.filter((one) => one.code === "note-ignored").map((one) => one.line)).toEqual([
    36, 37, 38, 39, 44,
  ]);
});

describe("rows 4 and 11: hidden interfaces are not absent ones", () => {
  test("six inbound ports spared", () =>
    hiddenInterfaces(text("sidecar-hidden.L.txt"), 1337, [15008, 22, 15090, 15021, 15020]));
  test("with tcp dpt:!15008 and notes", () => hiddenInterfaces(text("hidden.L.txt"), 2020, [15090]));
});

test("row 5: live rules, and counters that are rounded", () => counted(text("output-chain.Lv.txt"), 7012, 421_000));

test("row 6: DNS capture with zones, tables named by their prompts", () =>
  dnsCapture(parse(text("dns-capture.S.txt")), 1337));

test("row 8: commands are done or refused, and each is spoken about", () => commands(text("commands.sh.txt")));

test("row 9: an empty table", () =>
  emptyNat(parse(text("empty-nat.Lnv.txt")), [
    [8, 1904],
    [8, 1904],
    [27, 2214],
    [27, 2214],
  ]));

test("row 10: the first releases, and their loop", () =>
  firstReleases(text("first-releases.L.txt"), "envoy", 2020, 7070));
