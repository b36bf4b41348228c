/**
 * Why does `iptables -L` show nothing?
 *
 * Without -t it lists the filter table, and Istio writes into nat (with TPROXY also mangle, with DNS capture also raw). So
 * it is `iptables -t nat -S`, or better `iptables-save`, which shows every table with its interfaces; `-L` without -v
 * hides those. The rules are in the pod's network namespace, not in the node's. And there are two sets of tables
 * in the kernel: iptables-legacy and iptables-nft each show only what was loaded through them, while packets go through both.
 */
import { expect, test } from "vitest";
import { createNetns, parse, send } from "../../src/index.ts";
import { toList } from "../../src/iptables/list/write.ts";
import { istioIptables } from "../../src/mesh/istio/iptables.ts";
import "../../src/vitest.ts";
import { APP, opens, podWith, USUAL } from "./pod.ts";

const EMPTY = `Chain INPUT (policy ACCEPT)
target     prot opt source               destination

Chain FORWARD (policy ACCEPT)
target     prot opt source               destination

Chain OUTPUT (policy ACCEPT)
target     prot opt source               destination
`;
const packet = opens(APP, "10.244.1.20", 80);
const { ipv4: rules } = istioIptables(USUAL);

test("the filter table is empty indeed, and says nothing about the way of a packet", () => {
  const { ruleset } = parse(EMPTY);
  expect(ruleset.tables.map(({ name }) => name)).toEqual(["filter"]);
  expect({ netns: podWith(ruleset), packet }).toLeaveUnchanged();
  expect(rules.tables.map(({ name }) => name)).toEqual(["nat"]);
  expect({ netns: podWith(rules), packet }).toBeRedirectedTo(15001);
});

test("-t nat without -v hides the interfaces, and then nobody can tell", () => {
  const bare = parse(toList(rules, { table: "nat" }), { table: "nat" }).ruleset;
  expect({ netns: podWith(bare), packet }).toBeUndetermined({ field: "out" });
  const verbose = parse(toList(rules, { table: "nat", verbose: true, numeric: true }), { table: "nat" }).ruleset;
  expect({ netns: podWith(verbose), packet }).toBeRedirectedTo(15001);
});

test("the other flavour's tables are walked as well", () => {
  const legacy = parse(EMPTY).ruleset;
  const nft = { ...rules, flavour: "nft" as const };
  const netns = createNetns({ rulesets: [legacy, nft] });
  expect(send(netns, { ...packet, src: "10.0.0.2" }).walk).toBeRedirectedTo(15001);
});
