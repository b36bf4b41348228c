import { describe, expect, test } from "vitest";
import { assume } from "../../../src/iptables/dump/assume.ts";
import { parse } from "../../../src/iptables/dump/parse.ts";
import { ParseError } from "../../../src/text/problem.ts";
import { chain, dump, rules } from "./load.ts";

const hidden = parse(dump("hidden.L.txt")).ruleset;

const outputs = (assumptions: readonly string[]) =>
  chain(assume(hidden, assumptions).ruleset, "nat", "ISTIO_OUTPUT").rules.map(
    (rule) => `${rule.out?.negated ? "!" : ""}${rule.out?.pattern ?? (rule.hidden?.includes("out") ? "?" : "-")}`,
  );

describe("by hand", () => {
  test("rules by number; the rest is taken as no condition, and that is said", () => {
    expect(outputs(["ISTIO_OUTPUT 1,2,3,5-6 out=lo"])).toEqual(["lo", "lo", "lo", "-", "lo", "lo", "-", "-", "-"]);
    const { diagnostics, ruleset } = assume(hidden, ["nat ISTIO_OUTPUT 3 out=lo"]);
    expect(diagnostics.map((one) => one.code)).toEqual(["assumed", "assumed-rest"]);
    expect(diagnostics[1]!.message).toMatch(/15 rules hide/);
    expect(rules(ruleset, "nat")).toContain("-A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 2020 -j RETURN");
  });

  test("rest=hidden keeps the rest open", () => {
    expect(outputs(["ISTIO_OUTPUT 1,2 out=lo", "ISTIO_OUTPUT 3 out=any in=any", "rest=hidden"])).toEqual([
      "lo",
      "lo",
      "-",
      ..."??????",
    ]);
  });

  test("negated, and a whole chain", () => {
    expect(new Set(outputs(["ISTIO_OUTPUT out=!eth+"]))).toEqual(new Set(["!eth+"]));
  });

  test("nothing assumed changes nothing", () => expect(assume(hidden, []).ruleset).toBe(hidden));

  test.each([
    ["NOSUCH 1 out=lo", /no chain NOSUCH/],
    ["mangle ISTIO_OUTPUT 1 out=lo", /no chain ISTIO_OUTPUT in table mangle/],
    ["ISTIO_OUTPUT 10 out=lo", /has 9 rules, there is no rule 10/],
    ["ISTIO_OUTPUT 0 out=lo", /rule numbers from 1/],
    ["ISTIO_OUTPUT 1", /expected "\[TABLE\] CHAIN/],
    ["a b 1 out=lo", /expected "\[TABLE\] CHAIN/],
    ["ISTIO_OUTPUT 1 via=lo", /expected "\[TABLE\] CHAIN/],
  ])("%s is refused", (text, message) => {
    expect(() => assume(hidden, [text])).toThrow(ParseError);
    expect(() => assume(hidden, [text])).toThrow(message);
  });

  test("what the text shows is not assumed away", () => {
    const { ruleset } = parse(dump("lone-chain.Lv.txt"));
    expect(() => assume(ruleset, ["ISTIO_OUTPUT 2 out=eth0"])).toThrow(/rule 2 of ISTIO_OUTPUT does not hide -o/);
    expect(assume(ruleset, ["ISTIO_OUTPUT 2 out=lo"]).ruleset).toEqual(ruleset);
  });
});

describe("istio", () => {
  test("fills -o lo where the sidecar's rules have it", () => {
    expect(outputs(["istio"])).toEqual(["lo", "lo", "lo", "-", "lo", "lo", "-", "-", "-"]);
    const { ruleset, diagnostics } = parse(dump("hidden.L.txt"), { assume: "istio" });
    expect(ruleset.tables.flatMap((one) => one.chains.flatMap((two) => two.rules)).some((rule) => rule.hidden)).toBe(
      false,
    );
    expect(diagnostics.at(-1)).toMatchObject({ code: "assumed", message: expect.stringMatching(/1, 2, 3, 5, 6/) });
  });

  test("also with users by a name that is not known, and without its owner (first releases)", () => {
    const text = dump("hidden.L.txt").replaceAll("match 2020", "match envoy");
    const { ruleset } = parse(text, { assume: "istio" });
    expect(chain(ruleset, "nat", "ISTIO_OUTPUT").rules.map((rule) => rule.out?.pattern)).toEqual([
      ..."lo lo lo - lo lo - - -".split(" ").map((one) => (one === "-" ? undefined : one)),
    ]);
    const old = parse(dump("two-copies.L.txt").split("# the same")[0]!, { assume: "istio" }).ruleset;
    expect(chain(old, "nat", "ISTIO_OUTPUT").rules.map((rule) => rule.out?.pattern)).toEqual([
      "lo",
      "lo",
      undefined,
      undefined,
    ]);
  });

  test("with DNS capture, excluded ports and ranges, and groups of owners", () => {
    const rows = [
      "RETURN     tcp  --  anywhere             anywhere             tcp dpt:15020",
      "RETURN     all  --  127.0.0.6            anywhere",
      "ISTIO_IN_REDIRECT  tcp  --  anywhere            !localhost            tcp dpt:!53 owner UID match 2020",
      "RETURN     tcp  --  anywhere             anywhere             tcp dpt:!53 ! owner UID match 2020",
      "RETURN     all  --  anywhere             anywhere             owner UID match 2020",
      "RETURN     all  --  anywhere             anywhere             ! owner GID match 77",
      "REDIRECT   tcp  --  anywhere             anywhere             tcp dpt:53 redir ports 15053",
      "RETURN     all  --  anywhere             localhost",
      "RETURN     all  --  anywhere             10.0.0.0/8",
      "ISTIO_REDIRECT  all  --  anywhere             anywhere",
    ];
    const head = "Chain ISTIO_OUTPUT (1 references)\ntarget     prot opt source               destination\n";
    const { ruleset } = parse(head + rows.join("\n"), { assume: "istio" });
    expect(
      chain(ruleset, "nat", "ISTIO_OUTPUT")
        .rules.map((rule) => rule.out?.pattern ?? "-")
        .join(" "),
    ).toBe("- lo lo lo - - - - - -");
  });

  test("refuses what is not Istio's, and says in what", () => {
    expect(() => parse("-P OUTPUT ACCEPT\n", { assume: "istio", table: "nat" })).toThrow(/no chain ISTIO_OUTPUT/);
    const changed = dump("hidden.L.txt").replace(
      "RETURN     all  --  anywhere             localhost",
      "ACCEPT     all  --  anywhere             localhost",
    );
    expect(() => parse(changed, { assume: "istio" })).toThrow(
      /got rule 8 of ISTIO_OUTPUT: "-d 127.0.0.1\/32 -j ACCEPT"/,
    );
  });
});
