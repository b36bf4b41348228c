import { describe, expect, test } from "vitest";
import type { Family } from "../../../src/net/address.ts";
import { nameTable } from "../../../src/net/names.ts";
import { conditionText } from "../../../src/predicate/predicate.ts";
import type { Flavour } from "../../../src/predicate/rule-ref.ts";
import { contextOf, type MatchVectors, readList, readSave, records, type TestContext } from "./harness.ts";

const NAMES = nameTable({ users: { proxy: 1337 }, groups: { mesh: 2000 }, hosts: { gate: "10.9.9.9" } });

const modules = import.meta.glob<{ readonly vectors: MatchVectors }>("./vectors/*.ts", { eager: true });
const files = Object.entries(modules).map(([path, { vectors }]) => ({
  kind: path.slice(path.lastIndexOf("/") + 1, -".ts".length),
  ...vectors,
}));

test("every match extension has a file of vectors with its name, and no other file is there", () => {
  expect(files.map(({ kind }) => kind).sort()).toEqual(Object.keys(records).sort());
});

for (const { kind, rules } of files)
  test(`the file of vectors for -m ${kind} has at least one rule`, () => expect(rules.length).toBeGreaterThan(0));

/** The rule that a match stands in. */
interface Setting {
  readonly family: Family;
  readonly protocol: number;
}

/** What the vector says, else its file, else what the extension asks for. */
function settingOf(kind: string, own: Partial<Setting>, file: Partial<Setting>): Setting {
  const { families, protocols } = records[kind]!;
  return {
    family: own.family ?? file.family ?? families?.[0] ?? "ipv4",
    protocol: own.protocol ?? file.protocol ?? protocols?.[0] ?? 0,
  };
}

const contextIn = ({ family, protocol }: Setting): TestContext => contextOf(family, protocol, NAMES);

const spaced = (text: string): string => (text === "" ? "" : ` ${text}`);

/** Of a text that is too long for the name of a test, its beginning. */
const short = (text: string): string =>
  text.length > 200 ? `${text.slice(0, 60)}… (${text.length} characters)` : text;

/** `ip6tables -p tcp -m tcp --syn`. */
function lineOf({ family, protocol }: Setting, kind: string, typed: string, flavour: Flavour = "legacy"): string {
  const command = `${family === "ipv4" ? "iptables" : "ip6tables"}${flavour === "nft" ? "-nft" : ""}`;
  const of = protocol === 0 ? "" : ` -p ${NAMES.protocolName(protocol) ?? protocol}`;
  return `${command}${of} -m ${kind}${spaced(short(typed))}`;
}

for (const file of files)
  describe(`-m ${file.kind}`, () => {
    const { kind } = file;
    const record = records[kind]!;

    for (const vector of file.rules) {
      const { typed, save = typed, list, numeric = list, shown = typed, flavour = "legacy", means } = vector;
      const setting = settingOf(kind, vector, file);
      const line = lineOf(setting, kind, typed, flavour);
      const read = (text: string) => readSave(kind, text, contextIn(setting));
      const saved = spaced(save);

      test(`${line} is saved as "${short(saved)}", and is read back from that`, () => {
        const context = contextIn(setting);
        const match = readSave(kind, typed, context);
        expect(record.kind).toBe(kind);
        expect(context.warnings).toEqual(vector.warnings ?? []);
        expect(record.toSave(match)).toBe(saved);
        expect(read(saved)).toEqual(match);
      });

      test(`${line} is listed as "${short(list)}"${numeric === list ? "" : `, and with -n as "${numeric}"`}`, () => {
        const style = { ...setting, names: NAMES };
        expect(record.toList(read(typed), { ...style, numeric: false })).toBe(list);
        expect(record.toList(read(typed), { ...style, numeric: true })).toBe(numeric);
      });

      test(`what a listing shows of ${line} is read as ${shown === typed ? "the same" : `"${shown}"`}`, () => {
        const context = contextIn(setting);
        for (const text of [list, numeric]) {
          const { found, rest } = readList(text, context);
          expect(found).toEqual([read(shown)]);
          expect(rest.trim()).toBe("");
        }
        expect([...new Set(context.warnings)]).toEqual(vector.listWarnings ?? []);
      });

      const asks = means.map((one) => `"${conditionText(one)}"`).join(" and ");
      test(`${line} asks ${asks === "" ? "nothing of a packet" : `of a packet ${asks}, and nothing else`}`, () => {
        const found = record.meaning(read(typed), setting.family, flavour);
        expect(found).toStrictEqual(means);
        // A condition is called what the rule is saved as, with the `!` in front told apart.
        for (const one of found) {
          expect(` -m ${kind}${saved} `).toContain(` ${conditionText(one)} `);
          expect(one.words).not.toMatch(/^!/);
        }
      });
    }

    for (const refusal of file.refused ?? []) {
      const setting = settingOf(kind, refusal, file);
      test(`${lineOf(setting, kind, refusal.typed)} is refused with a message like ${refusal.reason}`, () => {
        expect(() => readSave(kind, refusal.typed, contextIn(setting))).toThrow(refusal.reason);
      });
    }

    for (const { list, as, warnings = [], ...place } of file.otherListings ?? [])
      test(`the listing "${list}" is read as ${as.map((typed) => `-m ${kind} ${typed}`).join(" ")}`, () => {
        const setting = settingOf(kind, place, file);
        const context = contextIn(setting);
        const { found, rest } = readList(list, context);
        expect(found).toEqual(as.map((typed) => readSave(kind, typed, contextIn(setting))));
        expect(rest.trim()).toBe("");
        expect([...new Set(context.warnings)]).toEqual(warnings);
      });

    for (const text of file.unread ?? [])
      test(`the listing "${text}" is not read as -m ${kind}, nor as any other match`, () => {
        expect(readList(text, contextIn(settingOf(kind, {}, file)))).toEqual({ found: [], rest: text });
      });
  });
