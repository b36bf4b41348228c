/**
 * Does includeIPRanges win over excludeIPRanges?
 *
 * No: a range that is excluded is excluded. The rules of ISTIO_OUTPUT are tried in order, and those that RETURN excluded
 * ranges stand before those that redirect included ones; how narrow a range is does not matter, and neither does the
 * order in which the annotations are written. The same holds against includeOutboundPorts. Excluded ports come first of all.
 */
import { expect, test } from "vitest";
import { testFlows } from "../../src/vitest.ts";
import { pod } from "./pod.ts";

const netns = pod({
  outboundIPRangesInclude: "10.96.0.0/12,10.96.0.50/32",
  outboundIPRangesExclude: "10.96.0.0/16",
  outboundPortsInclude: "9000",
  outboundPortsExclude: "5432",
});

testFlows(test, netns, [
  ["tcp -> 10.97.0.1:80 uid=1000 gid=1000", 15001, "included and not excluded"],
  ["tcp -> 10.96.1.1:80 uid=1000 gid=1000", "sent unchanged", "excluded wins over a wider range"],
  ["tcp -> 10.96.0.50:80 uid=1000 gid=1000", "sent unchanged", "excluded wins over a narrower range, too"],
  ["tcp -> 10.96.1.1:9000 uid=1000 gid=1000", "sent unchanged", "excluded wins over an included port"],
  ["tcp -> 192.0.2.1:9000 uid=1000 gid=1000", 15001, "an included port, whatever the range"],
  ["tcp -> 10.97.0.1:5432 uid=1000 gid=1000", "sent unchanged", "an excluded port wins over an included range"],
  ["tcp -> 192.0.2.1:80 uid=1000 gid=1000", "sent unchanged", "neither"],
]);

test("because the RETURN of the excluded range stands first", () => {
  const rules = netns.rulesets[0]!.tables[0]!.chains.find(({ name }) => name === "ISTIO_OUTPUT")!.rules;
  const targets = rules.slice(-4).map(({ target }) => (target?.kind === "jump" ? target.chain : target?.kind));
  expect(targets).toEqual(["RETURN", "ISTIO_REDIRECT", "ISTIO_REDIRECT", "ISTIO_REDIRECT"]);
});
