import { describe, expect, test } from "vitest";
import type { Ruleset } from "../../src/iptables/ruleset/ruleset.ts";
import { chainOf, tableOf } from "../../src/iptables/ruleset/ruleset.ts";
import { ruleText, toRules } from "../../src/iptables/save/write.ts";
import { istioIptables } from "../../src/mesh/istio/iptables.ts";
import { istioFixtures } from "./istio-fixtures.ts";

/** `-S` text in the order of chains, without policies and new chains. */
const rulesOf = (ruleset: Ruleset) =>
  toRules(ruleset)
    .split("\n")
    .filter((line) => line.startsWith("-A"));

describe("istioIptables", () => {
  test.each(istioFixtures)("$name: the rulesets hold each rule at its number", ({ settings, ipv6 }) => {
    const result = istioIptables(settings);
    expect(result.ipv6 === null).toBe(ipv6 === null);
    for (const { family, table, chain, rule, text } of result.rules) {
      const read = chainOf(tableOf(result[family]!, table)!, chain)!.rules[rule - 1]!;
      const target = read.target!.kind === "jump" ? read.target!.chain : read.target!.kind;
      expect(target, text).toBe(/-j (\S+)/.exec(text)![1]);
      expect(read.protocol !== undefined, text).toBe(text.includes("-p "));
    }
    const count = (ruleset: Ruleset | null) => (ruleset === null ? 0 : rulesOf(ruleset).length);
    expect(count(result.ipv4) + count(result.ipv6)).toBe(result.rules.length);
  });

  test("built-in chains are all there, with their policy", () => {
    const { ipv4 } = istioIptables({ inboundPortsInclude: "*" });
    expect(ipv4.tables.map((table) => table.name)).toEqual(["nat"]);
    expect(tableOf(ipv4, "nat")!.chains.map((chain) => [chain.name, chain.policy])).toEqual([
      ["PREROUTING", "ACCEPT"],
      ["INPUT", "ACCEPT"],
      ["OUTPUT", "ACCEPT"],
      ["POSTROUTING", "ACCEPT"],
      ["ISTIO_INBOUND", null],
      ["ISTIO_REDIRECT", null],
      ["ISTIO_IN_REDIRECT", null],
      ["ISTIO_OUTPUT", null],
    ]);
  });

  test("a chain that is only jumped to is there and empty", () => {
    const { ipv4 } = istioIptables({ suite: "cni", ingressMode: true });
    expect(chainOf(tableOf(ipv4, "nat")!, "ISTIO_PRERT")).toEqual({ name: "ISTIO_PRERT", policy: null, rules: [] });
  });

  test("-S spells what the tool writes as iptables does", () => {
    const lines = rulesOf(istioIptables({ outboundIPRangesInclude: "10.1.2.3/8", inboundPortsInclude: "80" }).ipv4);
    expect(lines).toContain("-A ISTIO_OUTPUT -d 10.0.0.0/8 -j ISTIO_REDIRECT");
    expect(lines).toContain("-A ISTIO_INBOUND -p tcp -m tcp --dport 80 -j ISTIO_IN_REDIRECT");
    expect(lines).toContain("-A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN");
  });

  test("a group that is only a name is looked up, else kept and said", () => {
    const owner = (names?: { groups: Record<string, number> }) => {
      const result = istioIptables({ ownerGroupsInclude: "java,202" }, names && { names });
      const rule = chainOf(tableOf(result.ipv4, "nat")!, "ISTIO_OUTPUT")!.rules[7]!;
      return { text: ruleText(rule), kinds: rule.matches.map((match) => match.kind), notes: result.notes };
    };
    expect(owner({ groups: { java: 77 } })).toEqual({
      text: " -m owner ! --gid-owner 77 -m owner ! --gid-owner 202 -j RETURN",
      kinds: ["owner", "owner"],
      notes: [],
    });
    expect(owner()).toEqual({
      text: " -m owner ! --gid-owner java -m owner ! --gid-owner 202 -j RETURN",
      kinds: ["unknown", "owner"],
      notes: [expect.objectContaining({ code: "unknown-name", setting: "ownerGroupsInclude" })],
    });
  });
});
