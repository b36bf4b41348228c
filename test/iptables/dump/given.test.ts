import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse, parseAll } from "../../../src/iptables/dump/parse.ts";
import { toSave } from "../../../src/iptables/save/write.ts";

/** As no type checker has seen it. */
const read = (...given: unknown[]) => parse(...(given as [string]));

test.each<readonly [readonly unknown[], string]>([
  [[undefined], "parse: expected a text, got nothing"],
  [[null], "parse: expected a text, got null"],
  [[5], "parse: expected a text, got 5"],
  [[Buffer.from("*nat")], "parse: expected a text, got a Buffer; decode it first"],
  [[["*nat"]], 'parse: expected a text, got ["*nat"]'],
  [
    ["", { famly: "ipv4" }],
    'options.famly: expected one of family, table, names, assume, got "famly"; did you mean "family"?',
  ],
  [["", "ipv4"], 'options: expected an object, got "ipv4"'],
  [["", { names: { users: { a: "1" } } }], "options.names.users.a: expected a whole number"],
  [["", { assume: 5 }], "options.assume: expected an assumption"],
])("parse(...%j) is refused", (given, message) => {
  expect(() => read(...given)).toThrow(TypeError);
  expect(() => read(...given)).toThrow(message);
});

const rules = (text: string): string => toSave(parse(text).ruleset);
const SAVED =
  "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A OUTPUT -s 10.0.0.1/32 -j ACCEPT\nCOMMIT\n";

test.each(["\r\n", "\r\r\n", "\r"])("lines may end with %j", (end) =>
  expect(rules(SAVED.replaceAll("\n", end))).toBe(rules(SAVED)),
);

describe("addresses with leading zeros are what iptables 1.8.9 makes of them, with a warning", () => {
  test.each([
    ["01.1.1.1", "1.1.1.1/32"],
    ["010.1.1.1", "8.1.1.1/32"],
    ["0x10.1.1.1", "16.1.1.1/32"],
    ["1.1.1.1/010", "1.0.0.0/8"],
    ["1.010", "1.8.0.0/32"],
    ["1.1.1.01/0255.255.255.0", "1.1.1.0/173.255.255.0"],
  ])("-s %s is %s", (given, meant) => {
    const { ruleset, diagnostics } = parse(SAVED.replace("10.0.0.1/32", given));
    expect(toSave(ruleset)).toContain(`-s ${meant} -j`);
    expect(diagnostics).toContainEqual(
      expect.objectContaining({ severity: "warning", code: "octal-address", line: 6, column: 14 }),
    );
  });

  test.each(["08.1.1.1", "10.0.0.0/08", "1.1.1.256", "01.1.1.1.1", "1.1.1.1/010/8"])("-s %s is refused", (given) =>
    expect(() => parse(SAVED.replace("10.0.0.1/32", given))).toThrow(/6:14: -s: expected an IPv4 address/),
  );

  test("an address that is no -s or -d has no such form", () =>
    expect(() => parse(SAVED.replace("-j ACCEPT", "-p tcp -j DNAT --to-destination 010.1.1.1"))).toThrow(
      /--to-destination/,
    ));
});

describe("assumptions about a page of several dumps", () => {
  const istio = readFileSync(new URL("../../fixtures/dumps/sidecar-hidden.L.txt", import.meta.url), "utf8");
  const page = `\`\`\`\n${istio}\n\`\`\`\n\n\`\`\`\n${SAVED}\`\`\`\n`;

  test("fill the dumps that they fit and leave the others, with a warning", () => {
    const [first, second] = parseAll(page, { assume: "istio" });
    expect(first!.diagnostics.map((one) => one.code)).toContain("assumed");
    expect(second!.diagnostics).toContainEqual(
      expect.objectContaining({
        severity: "warning",
        code: "unfit-assumption",
        message: expect.stringContaining("istio: expected the rules of an Istio sidecar"),
      }),
    );
    expect(toSave(second!.ruleset)).toBe(rules(SAVED));
  });

  test("that fit none are refused", () =>
    expect(() => parseAll(SAVED, { assume: "istio" })).toThrow(/istio: expected the rules/));
});
