import { expect, test } from "vitest";
import { targets, targetsListedAs } from "../../../src/iptables/targets/table.ts";
import { BUILT_IN_NAMES } from "../../../src/net/names.ts";
import { type AnyTarget, contextOf, readList, readSave } from "./harness.ts";
import { REFUSED, VECTORS } from "./vectors.ts";

const records = targets as unknown as Readonly<Record<string, AnyTarget>>;

test("every target has vectors", () => {
  expect([...new Set(VECTORS.map(({ kind }) => kind))].sort()).toEqual(Object.keys(targets).sort());
});

test.each(VECTORS)("$kind$typed", ({ kind, typed, save = typed, list, numeric = list, action, family, protocol }) => {
  const record = records[kind]!;
  const context = contextOf(family ?? "ipv4", protocol ?? 6);
  const target = readSave(record, typed, context);
  expect(record.kind).toBe(kind);
  expect(record.toSave(target)).toBe(save);
  expect(readSave(record, save, context)).toEqual(target);
  for (const [text, isNumeric] of [
    [list, false],
    [numeric, true],
  ] as const) {
    const style = { numeric: isNumeric, family: context.family, names: BUILT_IN_NAMES, protocol: context.protocol };
    expect(record.toList(target, style)).toBe(text);
    expect(readList(record.listedAs ?? kind, text, context)).toEqual(target);
  }
  expect(record.action(target, context.family)).toEqual(action);
  expect(context.warnings).toEqual([]);
});

test.each(REFUSED)("%s%s is refused: %s", (kind, typed, message, protocol) => {
  expect(() => readSave(records[kind]!, typed, contextOf("ipv4", protocol))).toThrow(message);
});

test.each([
  ["CT", " CTzone 1", { kind: "CT", notrack: false, zone: { direction: "both", zone: 1 } }],
  ["LOG", " LOG flags 0 level warning prefix `in: '", { kind: "LOG", prefix: "in: ", level: 4, flags: 0 }],
  ["NFLOG", " nflog-prefix  foo", { kind: "NFLOG", prefix: "foo", group: 0, threshold: 0 }],
  ["REDIRECT", " redirect ports 99", { kind: "REDIRECT", ports: { low: 99, high: 99 }, random: false }],
  [
    "NETMAP",
    " 192.0.2.0/24",
    records.NETMAP!.fromSave(
      {
        to: { value: { family: "ipv4", address: [0, 0, 0, 0xc0000200 | 0], mask: [0, 0, 0, -256] }, negated: false },
      } as never,
      contextOf("ipv4"),
    ),
  ],
] as const)("%s as older versions list it: %s", (column, text, target) => {
  expect(readList(column, text, contextOf("ipv4", 6))).toEqual(target);
});

test.each([
  ["DNAT", " to:nowhere"],
  ["SNAT", " to:1.1.1.1:5-6/7"],
  ["MASQUERADE", " masq ports: x"],
  ["MARK", " MARK set x"],
  ["CONNMARK", " CONNMARK save mask 0x1ffffffff"],
  ["CT", " CT zone x"],
  ["TPROXY", " TPROXY redirect ::1:15001 mark 0x1/0xfff"],
  ["REJECT", " reject-with icmp6-no-route"],
  ["LOG", " LOG level loud"],
  ["TCPOPTSTRIP", " TCPOPTSTRIP options 1"],
  ["TEE", " TEE gw:unheard-of"],
  ["no-target", ""],
])("%s is not read from %s", (column, text) => {
  expect(readList(column, text, contextOf("ipv4", 6))).toBeUndefined();
});

test("CT and NOTRACK share the target column CT", () => {
  expect(targetsListedAs("CT").map(({ kind }) => kind)).toEqual(["CT", "NOTRACK"]);
  expect(targetsListedAs("NOTRACK")).toEqual([]);
  expect(targetsListedAs("constructor")).toEqual([]);
});

test.each([
  ["LOG", "log", 29],
  ["NFLOG", "nflog", 63],
])("%s cuts its prefix at the kernel's limit and says so", (kind, option, limit) => {
  const context = contextOf("ipv4");
  const target = readSave(records[kind]!, ` --${option}-prefix ${"x".repeat(limit - 1)}é`, context);
  expect(target).toMatchObject({ prefix: "x".repeat(limit - 1) });
  expect(context.warnings).toEqual(["truncated"]);
});

test("an option may be abbreviated, as --to is for --to-destination", () => {
  const target = readSave(targets.DNAT as unknown as AnyTarget, " --to 10.0.0.1", contextOf("ipv4"));
  expect(targets.DNAT.toSave(target as never)).toBe(" --to-destination 10.0.0.1");
});
