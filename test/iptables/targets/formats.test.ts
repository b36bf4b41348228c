import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Family } from "../../../src/net/address.ts";
import { BUILT_IN_NAMES, type NameTable } from "../../../src/net/names.ts";
import { splitRestoreLine } from "../../../src/text/words.ts";
import { contextOf, readList, readOptions, records } from "./harness.ts";

const FILE = join(import.meta.dirname, "../../../../shared/formats/formats.tsv");

/** The host that the rows were made on knew `localhost` as 127.0.0.1 only. */
const names: NameTable = {
  ...BUILT_IN_NAMES,
  hostName: (address) => (address === "127.0.0.1" ? "localhost" : undefined),
};

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, char: string) => ({ t: "\t", n: "\n", 0: "\0" })[char] ?? char);

/** Rows of formats.tsv whose target is modelled: `save` is the text behind `-j KIND`, the lists end the row. */
function rows() {
  const found = [];
  for (const line of readFileSync(FILE, "utf8").trimEnd().split("\n").slice(1)) {
    const [family, , form, list, numeric, flavour, , input] = line.split("\t").map(unescaped) as [Family, ...string[]];
    const words = splitRestoreLine(form!);
    const at = words.findIndex((word) => word.text === "-j" && !word.quoted);
    const kind = words[at + 1]?.text ?? "";
    if (at < 0 || form!.startsWith("<") || !Object.hasOwn(records, kind)) continue;
    const save = form!.slice(words[at + 1]!.column - 1 + kind.length);
    const typed = splitRestoreLine(input!);
    const typedAt = typed.findIndex((word) => word.text === "-j" && !word.quoted);
    const protocol = BUILT_IN_NAMES.protocol(words[words.findIndex((word) => word.text === "-p") + 1]!.text) ?? 0;
    const typedWords = typed.slice(typedAt + 2);
    // What nft drops is not in its data, so its saved form is read in place of what was typed.
    const differs = flavour === "nft" && /--nflog-range/.test(input!);
    const given = differs ? splitRestoreLine(save) : typedWords;
    found.push({ family: family!, kind, form: form!, save, list: list!, numeric: numeric!, given, protocol });
  }
  return found;
}

describe.skipIf(!existsSync(FILE))("formats.tsv (skipped where ../shared is absent)", () => {
  const all = existsSync(FILE) ? rows() : [];

  test("has rows of every modelled target", () => {
    // The kernel that was asked has no SELinux, and refused SECMARK.
    const modelled = Object.keys(records).filter((kind) => kind !== "SECMARK");
    expect([...new Set(all.map((row) => row.kind))].sort()).toEqual(modelled.sort());
    expect(all.length).toBeGreaterThan(350);
  });

  for (const { family, kind, form, save, list, numeric, given, protocol } of all)
    test(`the target of ${family} ${form} is saved and listed as iptables prints it, and read back`, () => {
      const record = records[kind]!;
      const context = contextOf(family, protocol);
      const target = readOptions(record, given, context);
      expect(record.toSave(target)).toBe(save);
      for (const [text, isNumeric] of [
        [list, false],
        [numeric, true],
      ] as const) {
        const shown = record.toList(target, { numeric: isNumeric, family, names, protocol });
        // Without matches the target has the whole text, else its end.
        expect(/ -m /.test(form) ? text.slice(text.length - shown.length) : text).toBe(shown);
        // nothing is lost in the list form either
        expect(readList(record.listedAs ?? kind, shown, context)).toEqual(target);
      }
    });
});
