import { describe, expect, test } from "vitest";
import { targetsListedAs } from "../../../src/iptables/targets/table.ts";
import { BUILT_IN_NAMES } from "../../../src/net/names.ts";
import { TCP } from "../../../src/net/protocol.ts";
import { contextOf, type Refusal, readList, readSave, records, type TargetVectors, type Vector } from "./harness.ts";

const modules = import.meta.glob<{ readonly vectors: TargetVectors }>("./vectors/*.ts", { eager: true });
const files = Object.entries(modules).map(([path, { vectors }]) => ({
  kind: path.slice(path.lastIndexOf("/") + 1, -".ts".length).toUpperCase(),
  ...vectors,
}));

test("every target extension has a file of vectors with its name, and no other file is there", () => {
  expect(files.map(({ kind }) => kind).sort()).toEqual(Object.keys(records).sort());
});

for (const { kind, rules } of files)
  test(`the file of vectors for -j ${kind} has at least one rule`, () => expect(rules.length).toBeGreaterThan(0));

const settingOf = (kind: string, { family, protocol = TCP }: Vector | Refusal) => ({
  family: family ?? records[kind]!.families?.[0] ?? "ipv4",
  protocol,
});

type Setting = ReturnType<typeof settingOf>;

const AFTER = { continue: "goes on to the next rule", accept: "accepts the packet", drop: "drops the packet" } as const;

const contextIn = ({ family, protocol }: Setting) => contextOf(family, protocol);

const spaced = (text: string): string => (text === "" ? "" : ` ${text}`);

/** `ip6tables -p tcp -j DNAT --to-destination :53`. */
function lineOf({ family, protocol }: Setting, kind: string, typed: string): string {
  const of = protocol === 0 ? "" : ` -p ${BUILT_IN_NAMES.protocolName(protocol) ?? protocol}`;
  return `${family === "ipv4" ? "iptables" : "ip6tables"}${of} -j ${kind}${spaced(typed)}`;
}

for (const { kind, rules, refused = [], olderListings = [], unread = [] } of files)
  describe(`-j ${kind}`, () => {
    const record = records[kind]!;
    const column = record.listedAs ?? kind;

    for (const vector of rules) {
      const { typed, save = typed, list, numeric = list, action } = vector;
      const setting = settingOf(kind, vector);
      const line = lineOf(setting, kind, typed);
      const read = (text: string) => readSave(record, text, contextIn(setting));
      const saved = spaced(save);

      test(`${line} is saved as "${saved}", and is read back from that`, () => {
        const context = contextIn(setting);
        const target = readSave(record, typed, context);
        expect(record.kind).toBe(kind);
        expect(context.warnings).toEqual(vector.warnings ?? []);
        expect(record.toSave(target)).toBe(saved);
        expect(read(saved)).toEqual(target);
      });

      test(`${line} is listed as "${list}"${numeric === list ? "" : `, and with -n as "${numeric}"`}, and is read back from that`, () => {
        const target = read(typed);
        for (const [text, isNumeric] of [
          [list, false],
          [numeric, true],
        ] as const) {
          const context = contextIn(setting);
          expect(record.toList(target, { ...setting, numeric: isNumeric, names: BUILT_IN_NAMES })).toBe(text);
          expect(readList(column, text, context)).toEqual(target);
          expect(context.warnings).toEqual([]);
        }
      });

      const does = action.effects.map((effect) => JSON.stringify(effect)).join(" and ");
      test(`${line} does ${does}, then ${AFTER[action.control]}`, () => {
        expect(record.action(read(typed), setting.family)).toStrictEqual(action);
      });
    }

    for (const refusal of refused) {
      const setting = settingOf(kind, refusal);
      test(`${lineOf(setting, kind, refusal.typed)} is refused with a message like "${refusal.reason}"`, () => {
        expect(() => readSave(record, refusal.typed, contextIn(setting))).toThrow(refusal.reason);
      });
    }

    for (const { list, as } of olderListings)
      test(`the listing "${list}" of older versions under ${column} is read as -j ${kind} ${as}`, () => {
        const context = contextOf("ipv4", TCP);
        expect(readList(column, list, context)).toEqual(readSave(record, as, context));
      });

    for (const text of unread)
      test(`the listing "${text}" under ${column} is not read as -j ${kind}, nor as any other target`, () => {
        expect(readList(column, text, contextOf("ipv4", TCP))).toBeUndefined();
      });
  });

test("a listing's target column that no target is listed under is read as no target", () => {
  expect(readList("no-target", "", contextOf("ipv4", TCP))).toBeUndefined();
});

test("CT and NOTRACK share the target column CT, and nothing is listed under NOTRACK", () => {
  expect(targetsListedAs("CT").map(({ kind }) => kind)).toEqual(["CT", "NOTRACK"]);
  expect(targetsListedAs("NOTRACK")).toEqual([]);
  expect(targetsListedAs("constructor")).toEqual([]);
});
