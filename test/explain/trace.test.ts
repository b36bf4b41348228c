import { expect, test } from "vitest";
import { changesOf } from "../../src/explain/decision.ts";
import { recordTrace } from "../../src/explain/record.ts";
import { type RuleTrace, rulesOf, type Trace, tablesOf } from "../../src/explain/trace.ts";
import { send } from "../../src/walk/outcomes.ts";
import { netnsOf, SIDECAR } from "./sidecar.ts";

function traced(netns: typeof SIDECAR, packet: string): { trace: Trace; steps: readonly unknown[] } {
  const { observer, trace } = recordTrace();
  const { walk } = send(netns, packet, { observer });
  return { trace, steps: walk.steps };
}

const rulesLookedAt = (trace: Trace): RuleTrace[] =>
  tablesOf(trace).flatMap(({ table }) => [...rulesOf(table.items)].map((one) => one.rule));

test("passes and hooks of a connection that is redirected over lo", () => {
  const { trace } = traced(SIDECAR, "tcp 10.244.1.5:40000 -> 10.96.0.10:80 uid=1000 gid=1000");
  const shape = trace.passes.map((pass) => [
    pass.title,
    ...pass.items.map((item) => (item.kind === "hook" ? `${item.hook}: ${item.packet}` : item.kind)),
  ]);
  expect(shape).toEqual([
    [
      "from a local socket",
      "route",
      "OUTPUT: tcp 10.244.1.5:40000 -> 10.96.0.10:80",
      "POSTROUTING: tcp 10.244.1.5:40000 -> 127.0.0.1:15001",
    ],
    [
      "comes in again over lo",
      "PREROUTING: tcp 10.244.1.5:40000 -> 127.0.0.1:15001",
      "INPUT: tcp 10.244.1.5:40000 -> 127.0.0.1:15001",
    ],
  ]);
  expect(changesOf(trace)).toEqual([
    { kind: "change", field: "destination", before: "10.96.0.10:80", after: "127.0.0.1:15001", by: "nat" },
  ]);
});

test("the rules that matched are the walk's steps, in order", () => {
  for (const packet of [
    "tcp 10.244.1.5:40000 -> 10.96.0.10:80 uid=1000 gid=1000",
    "tcp 10.244.1.5:40000 -> 10.244.1.5:80 uid=1337 gid=1337",
    "tcp 10.244.1.9:40000 -> 10.244.1.5:15020 in=eth0",
  ]) {
    const { trace, steps } = traced(SIDECAR, packet);
    const matched = rulesLookedAt(trace).filter((rule) => rule.matched);
    const stepped = steps.filter(
      (step): step is { table: string; chain: string; rule: number } => "rule" in (step as object),
    );
    expect(matched.map(({ table, chain, rule }) => [table, chain, rule])).toEqual(
      stepped.map(({ table, chain, rule }) => [table, chain, rule]),
    );
  }
});

test("a rule that did not match says why, with all the conditions that failed", () => {
  const { trace } = traced(SIDECAR, "tcp 10.244.1.5:40000 -> 10.96.0.10:80 uid=1000 gid=1000");
  const rule = rulesLookedAt(trace).find((one) => one.chain === "ISTIO_OUTPUT" && one.rule === 2);
  expect(rule).toMatchObject({
    matched: false,
    why: [
      { condition: "-o lo", found: "the out-interface is eth0" },
      { condition: "--uid-owner 1337", found: "the packet's uid is 1000" },
    ],
  });
});

test("goto leaves no way back: the chain behind the jump goes on", () => {
  const netns = netnsOf(`*filter
:INPUT ACCEPT
:a - [0:0]
:b - [0:0]
-A INPUT -j a
-A INPUT -j ACCEPT
-A a -g b
-A a -j DROP
-A b -m mark --mark 0x1 -j DROP
COMMIT`);
  const { trace } = traced(netns, "udp 10.0.0.9:1 -> 10.0.0.2:9 in=eth0");
  const [{ table }] = tablesOf(trace) as [ReturnType<typeof tablesOf>[number]];
  const [into, accept] = table.items as [RuleTrace, RuleTrace];
  expect(into.inside).toMatchObject({ chain: "a", backTo: "INPUT" });
  expect(into.inside!.items).toHaveLength(1);
  expect(into.inside!.items[0]).toMatchObject({ control: "goto", inside: { chain: "b", backTo: "INPUT" } });
  expect(accept).toMatchObject({ chain: "INPUT", rule: 2, control: "accept" });
});

test("what a target changes stands with its rule", () => {
  const netns = netnsOf("*mangle\n:PREROUTING ACCEPT\n-A PREROUTING -j MARK --set-xmark 0x5/0xff\nCOMMIT");
  const { trace } = traced(netns, "udp 10.0.0.9:1 -> 10.0.0.2:9 in=eth0");
  expect(rulesLookedAt(trace)[0]!.effects).toEqual([
    { kind: "change", field: "mark", before: "0x0", after: "0x5", by: "MARK" },
  ]);
});

test("a table that ends on its policy says so", () => {
  const { trace } = traced(SIDECAR, "udp 10.0.0.9:1 -> 10.0.0.2:9 in=eth0");
  expect(tablesOf(trace)[0]!.table.items.at(-1)).toEqual({
    kind: "policy",
    table: "nat",
    chain: "PREROUTING",
    policy: "ACCEPT",
  });
});
