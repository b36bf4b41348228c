import { describe, expect, test } from "vitest";
import { parse } from "../../../src/iptables/dump/parse.ts";
import { check } from "../../../src/iptables/ruleset/check.ts";
import type { Flavour, TableName } from "../../../src/iptables/ruleset/ruleset.ts";
import { problemText } from "../../../src/text/problem.ts";
import { refusalOf } from "../../refusal.ts";

/** `code chain rule` of everything that is refused in the rules of one table. */
function refused(table: TableName, text: string, flavour: Flavour = "legacy"): readonly string[] {
  const { ruleset } = parse(`*${table}\n${text}\nCOMMIT\n`, { family: "ipv4" });
  return check({ ...ruleset, flavour }).map(({ code, chain, rule }) => [code, chain, rule].join(" ").trim());
}

const REDIRECT = "-p tcp -j REDIRECT --to-ports 1";

describe("where extensions may stand", () => {
  test.each<[TableName, string, string[]]>([
    ["nat", `:OUTPUT ACCEPT\n-A OUTPUT ${REDIRECT}`, []],
    ["filter", `:INPUT ACCEPT\n-A INPUT ${REDIRECT}`, ["bad-table INPUT 1"]],
    ["nat", `:POSTROUTING ACCEPT\n-A POSTROUTING ${REDIRECT}`, ["bad-hook POSTROUTING 1"]],
    [
      "nat",
      `:POSTROUTING ACCEPT\n:X -\n-A POSTROUTING -s 10.0.0.1 -j X\n-A X -s 10.0.0.2\n-A X ${REDIRECT}`,
      ["bad-hook X 2"],
    ],
    ["nat", `:POSTROUTING ACCEPT\n:X -\n-A POSTROUTING -g X\n-A X ${REDIRECT}`, ["bad-hook X 1"]],
    ["nat", `:X -\n-A X ${REDIRECT}`, []],
    ["filter", ":INPUT ACCEPT\n-A INPUT -m tcp --dport 5", ["bad-protocol INPUT 1"]],
    ["filter", ":INPUT ACCEPT\n-A INPUT ! -p tcp -m tcp --dport 5", ["bad-protocol INPUT 1"]],
    ["filter", ":INPUT ACCEPT\n-A INPUT -m owner --uid-owner 0", ["bad-hook INPUT 1"]],
    ["filter", ":OUTPUT ACCEPT\n-A OUTPUT -i lo", ["bad-device OUTPUT 1"]],
    ["filter", ":INPUT ACCEPT\n-A INPUT -o lo", ["bad-device INPUT 1"]],
    ["nat", ":OUTPUT DROP\n-A OUTPUT -j DROP", ["bad-verdict OUTPUT 1"]],
    ["filter", ":INPUT ACCEPT\n:OUTPUT ACCEPT\n-A INPUT -j OUTPUT", ["bad-jump INPUT 1"]],
  ])("%s %j", (table, text, found) => expect(refused(table, text)).toEqual(found));
});

describe("behind an unconditional verdict", () => {
  const shielded = `:POSTROUTING ACCEPT\n-A POSTROUTING -j ACCEPT\n-A POSTROUTING ${REDIRECT}`;

  test("legacy does not look, nft does", () => {
    expect(refused("nat", shielded)).toEqual([]);
    expect(refused("nat", shielded, "nft")).toEqual(["bad-hook POSTROUTING 2"]);
  });

  test("a condition, even a comment, is no shield", () => {
    const commented = shielded.replace("-j ACCEPT", "-m comment --comment x -j ACCEPT");
    expect(refused("nat", commented)).toEqual(["bad-hook POSTROUTING 2"]);
  });
});

describe("jumps", () => {
  test("in a circle, if a built-in chain reaches it", () => {
    const circle = ":A -\n:B -\n-A A -s 10.0.0.1 -j B\n-A B -g A";
    expect(refused("filter", circle)).toEqual([]);
    expect(refused("filter", `:INPUT ACCEPT\n${circle}\n-A INPUT -j B`)).toEqual(["jump-loop A 1"]);
    const { ruleset } = parse(`*filter\n:INPUT ACCEPT\n${circle}\n-A INPUT -j B\nCOMMIT\n`, { family: "ipv4" });
    expect(check(ruleset)[0]!.message).toBe("jumps in a circle: B -> A -> B");
  });

  test("thousands deep: legacy takes it, nft only 15", () => {
    const depth = (levels: number) =>
      `:INPUT ACCEPT\n-A INPUT -j C1\n${Array.from({ length: levels }, (_, at) => `:C${at + 1} -\n-A C${at + 1} -s 10.0.0.1 ${at + 1 < levels ? `-j C${at + 2}` : ""}`).join("\n")}`;
    expect(refused("filter", depth(20_000))).toEqual([]);
    expect(refused("filter", depth(15), "nft")).toEqual([]);
    expect(refused("filter", depth(16), "nft")).toEqual(["too-deep C15 1"]);
  });
});

describe("parse says what iptables refuses", () => {
  const warnings = (text: string, table?: TableName): readonly string[] =>
    parse(text, table === undefined ? {} : { table })
      .diagnostics.filter(({ severity }) => severity === "warning")
      .map((problem) => problemText(problem));
  const filter = (lines: string): string =>
    `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${lines}\nCOMMIT\n`;

  // Each was refused by iptables-legacy-restore and iptables-nft-restore 1.8.9.
  test.each([
    ["-A OUTPUT -j ACCEPT\n-A INPUT -j REDIRECT", "6:1: -j REDIRECT: expected table nat, got filter"],
    ["-A OUTPUT -i lo", "5:1: -i lo: chain OUTPUT has no in-interface"],
    ["-A INPUT -j OUTPUT", "5:1: -j OUTPUT: expected a user chain, got a built-in one"],
    [":A - [0:0]\n:B - [0:0]\n-A INPUT -j A\n-A A -j B\n-A B -j A", "9:1: jumps in a circle: A -> B -> A"],
    ["-A INPUT -m tcp --dport 5", "5:1: -m tcp: expected -p tcp, got no -p"],
  ])("save text %j", (lines, message) =>
    expect(warnings(filter(lines))).toEqual([`${message}; iptables-restore refuses the whole table for it`]),
  );

  test("what they take is no matter", () =>
    expect(warnings(filter(":X - [0:0]\n-A X -i lo\n-A OUTPUT -j X"))).toEqual([]));

  test("the rules of iptables -S", () => {
    const printed = "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-A INPUT -j REDIRECT";
    expect(warnings(printed, "filter")).toEqual([
      "4:1: -j REDIRECT: expected table nat, got filter; iptables refuses it",
    ]);
  });

  test("DROP as a policy of nat can be restored, not commanded (N8)", () => {
    const nat = (output: string): string =>
      `*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n${output}\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n`;
    expect(warnings(nat(":OUTPUT DROP [0:0]"))).toEqual([]);
    expect(refusalOf(() => parse(nat(":OUTPUT ACCEPT [0:0]\n-P OUTPUT DROP")))).toMatch(
      /^5:\d+: -P OUTPUT DROP: the table nat is not for filtering.*":OUTPUT DROP" sets it$/,
    );
    expect(refusalOf(() => parse("iptables -t nat -P OUTPUT DROP"))).toMatch(/left out: -P OUTPUT DROP: the table nat/);
  });
});
