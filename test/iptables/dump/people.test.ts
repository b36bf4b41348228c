import { describe, expect, test } from "vitest";
import { parse, parseAll } from "../../../src/iptables/dump/parse.ts";
import { chain, codes, dump, rules } from "./load.ts";

const names = { users: { envoy: 2020 }, groups: { envoy: 2020 } };

test("a listing and its -v copy: the copy fills what the first one hides", () => {
  const parsed = parse(dump("two-copies.L.txt"), { names });
  const output = chain(parsed.ruleset, "nat", "ISTIO_OUTPUT");
  expect(output.rules).toHaveLength(4);
  expect(output.rules.map((rule) => [rule.out?.pattern, rule.hidden, rule.counters?.packets])).toEqual([
    ["lo", undefined, 4],
    ["lo", undefined, 31007],
    [undefined, undefined, 12],
    [undefined, undefined, 0],
  ]);
  expect(output.rules[1]!.counters).toEqual({ packets: 31007, bytes: 1861000, rounded: true });
  expect(rules(parsed.ruleset, "nat")).toContain("-A ISTIO_OUTPUT -m owner --uid-owner 2020 -j RETURN");
  // OUTPUT and the two REDIRECT chains have no copy.
  expect(parsed.diagnostics.find((one) => one.code === "hidden-interface")?.message).toMatch(/of 3 rules/);
  expect(codes(parsed)).toContain("rounded-counter@35");
});

test("names that nobody knows are said and kept, not guessed", () => {
  const parsed = parse(dump("two-copies.L.txt"));
  expect(parsed.diagnostics.filter((one) => one.severity === "warning" && one.message.includes("envoy"))).toHaveLength(
    2,
  );
  expect(chain(parsed.ruleset, "nat", "ISTIO_OUTPUT").rules[2]!.matches[0]).toMatchObject({ kind: "unknown" });
});

test("a lone user chain: the table by its name, missing chains for its jumps, the note cut off", () => {
  const parsed = parse(dump("lone-chain.Lv.txt"));
  expect(parsed.ruleset.tables.map((table) => table.name)).toEqual(["nat"]);
  expect(rules(parsed.ruleset, "nat")[0]).toBe("-A ISTIO_OUTPUT -p tcp -m tcp --dport 6379 -j RETURN");
  expect(chain(parsed.ruleset, "nat", "ISTIO_REDIRECT")).toEqual({
    name: "ISTIO_REDIRECT",
    policy: null,
    rules: [],
    missing: true,
  });
  expect(codes(parsed)).toEqual(expect.arrayContaining(["assumed-table@1", "note-ignored@3", "missing-chain@5"]));
});

test("without -v the interfaces are hidden, and one diagnostic says so", () => {
  const parsed = parse(dump("hidden.L.txt"));
  expect(chain(parsed.ruleset, "nat", "ISTIO_OUTPUT").rules.every((rule) => rule.hidden?.length === 2)).toBe(true);
  expect(parsed.diagnostics.filter((one) => one.code === "hidden-interface")).toHaveLength(1);
  expect(parsed.diagnostics.filter((one) => one.code === "note-ignored").map((one) => one.line)).toEqual([28, 29, 30]);
});

test("tables one after another, named by the commands in comments", () => {
  const { ruleset, diagnostics } = parse(dump("tables.S.txt"));
  expect(ruleset.tables.map((table) => [table.name, table.chains.length])).toEqual([
    ["raw", 2],
    ["mangle", 5],
    ["nat", 5],
    ["filter", 3],
  ]);
  expect(rules(ruleset, "raw")).toEqual([
    "-A OUTPUT -p udp -m udp --dport 53 -m owner --uid-owner 2020 -j CT --zone 1",
  ]);
  expect(diagnostics).toEqual([]);
});

test("commands: each is done or left out, and each line has a diagnostic", () => {
  const parsed = parse(dump("commands.sh.txt"));
  expect(rules(parsed.ruleset, "filter")).toEqual([
    "-A INPUT -i lo -j ACCEPT",
    "-A INPUT -s 10.7.0.0/16 -p tcp -m tcp --dport 22 -j ACCEPT",
    "-A INPUT -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.7.0.9:80",
  ]);
  expect(chain(parsed.ruleset, "filter", "INPUT").policy).toBe("DROP");
  expect(rules(parsed.ruleset, "nat")).toEqual(["-A WEB -p tcp -j REDIRECT --to-ports 8080"]);
  expect(codes(parsed)).toEqual([
    "command@2",
    "command@3",
    "command@4",
    "refused-command@5",
    "bad-table@6",
    "command@6",
    "refused-command@7",
    "refused-command@8",
    "command@9",
    "command@9",
  ]);
  const said = parsed.diagnostics.map((one) => one.message).join("\n");
  expect(said).toMatch(/-j DNAT: expected table nat, got filter/);
  expect(said).toMatch(/--dport: expected a port.*, got "80,443"/);
  expect(said).toMatch(/"–A": it starts with U\+2013/);
});

describe("a page", () => {
  test("has one result for each host and family", () => {
    const all = parseAll(dump("page.md"));
    expect(all.map(({ ruleset }) => [ruleset.family, ruleset.flavour, ruleset.tables.map((one) => one.name)])).toEqual([
      ["ipv4", "legacy", ["nat"]],
      ["ipv4", "nft", ["nat"]],
      ["ipv6", "legacy", ["filter"]],
    ]);
    expect(chain(all[0]!.ruleset, "nat", "OUTPUT")).toMatchObject({
      counters: { packets: 35, bytes: 2838 },
      rules: [],
    });
    expect(codes(all[1]!)).toContain("other-flavour@35");
  });

  test("parse takes the first, or the one of the family that is asked for, and says so", () => {
    expect(parse(dump("page.md")).diagnostics[0]).toMatchObject({ code: "several-dumps", severity: "warning" });
    const { ruleset, diagnostics } = parse(dump("page.md"), { family: "ipv6" });
    expect(ruleset.family).toBe("ipv6");
    expect(diagnostics[0]!.message).toMatch(/holds 3 dumps .* number 3/);
  });
});

test("mail quotes, CRLF, BOM, tabs and no last line break change nothing", () => {
  const plain = parse(dump("tables.S.txt")).ruleset;
  const crlf = `\ufeff${dump("tables.S.txt").trimEnd().replaceAll("\n", "\r\n")}`;
  expect(parse(crlf).ruleset).toEqual(plain);
  expect(parse(dump("tables.S.txt").replace(/^(?=.)/gm, "> ")).ruleset).toEqual(plain);
  expect(parse(dump("tables.S.txt").replace(/ (?=-[jm] )/g, "\t")).ruleset).toEqual(plain);
});
