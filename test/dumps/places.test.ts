/** A place stays right where a rule goes over several lines: iptables-save writes a line break in a comment as it is. */
import { expect, test } from "vitest";
import { ParseError, parse } from "../../src/index.ts";

const text = (option: string): string =>
  [
    "*nat",
    ":OUTPUT ACCEPT [0:0]",
    '-A OUTPUT -p tcp -m comment --comment "one',
    `two" -m tcp ${option} -j ACCEPT`,
    "COMMIT",
    "",
  ].join("\n");

test("an error behind the line break is in the second line", () => {
  let error: unknown;
  try {
    parse(text("--dport x"), { family: "ipv4" });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ParseError);
  expect((error as ParseError).diagnostics[0]).toMatchObject({ severity: "error", line: 4, column: 21, length: 1 });
});

test("what is said about the break itself is in the first", () => {
  const { ruleset, diagnostics } = parse(text("--dport 80"), { family: "ipv4" });
  expect(diagnostics.find((one) => one.code === "line-break")).toMatchObject({ line: 3, column: 39 });
  expect(ruleset.tables[0]!.chains.find((chain) => chain.name === "OUTPUT")!.rules).toHaveLength(1);
});
