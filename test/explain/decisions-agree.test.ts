import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decisionOf } from "../../src/explain/decision.ts";
import { recordTrace } from "../../src/explain/record.ts";
import { createNetns, parse, send } from "../../src/index.ts";
import { decidingRules } from "../../src/walk/decision.ts";

const dump = readFileSync(new URL("../../examples/dumps/istio-sidecar.txt", import.meta.url), "utf8");
const netns = createNetns({
  rulesets: [parse(dump).ruleset],
  interfaces: [{ name: "eth0", addresses: ["10.244.1.5/24"] }],
  routes: [{ to: "default", via: "10.244.1.1", dev: "eth0" }],
});

const packet = fc.record({
  proto: fc.constant("tcp"),
  dst: fc.constantFrom("10.244.1.5", "127.0.0.1", "127.0.0.6", "10.96.0.10"),
  dport: fc.constantFrom(80, 15001, 15006, 15008, 15020, 22),
  uid: fc.constantFrom(0, 1000, 1337),
  gid: fc.constantFrom(0, 1000, 1337),
});

test("the rule that a trace says chose is the walk's acting rule or the one that led to it", () => {
  let compared = 0;
  fc.assert(
    fc.property(packet, (spec) => {
      const { observer, trace } = recordTrace();
      const { walk } = send(netns, spec, { observer });
      const decision = decisionOf(trace, walk.fate);
      const short = decidingRules(walk.steps, walk.fate);
      if (decision.kind !== "rule" || short === null) return;
      compared++;
      const named = [short.rule, short.via].map((rule) => rule && `${rule.table} ${rule.chain} ${rule.rule}`);
      const { table, chain, rule } = decision.because;
      expect(named).toContain(`${table} ${chain} ${rule}`);
    }),
  );
  expect(compared).toBeGreaterThan(20);
});
