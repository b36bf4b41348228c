/**
 * "This pod has no redirect loop", as a property: for every connection that a process of the pod may open or that may
 * arrive, following Envoy from connection to connection comes to an end.
 *
 * It holds for the rules that Istio writes. Take away the one that lets pass what Envoy sends from 127.0.0.6, and
 * fast-check finds the loop, shrinks the packet to the simplest one that runs into it, and `explain` says why.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { createNetns, explain, followProxies, type Netns, type PacketSpec, parse, sidecarProxies } from "nfwalk";
import { packets } from "nfwalk/fast-check";
import { expect, test } from "vitest";

const DUMP = readFileSync(new URL("./dumps/istio-sidecar.txt", import.meta.url), "utf8");

const podWith = (dump: string): Netns =>
  createNetns({
    rulesets: [parse(dump).ruleset],
    interfaces: [
      { name: "lo", addresses: ["127.0.0.1/8"] },
      { name: "eth0", addresses: ["10.244.1.5/24"] },
    ],
    routes: [{ to: "default", via: "10.244.1.1", dev: "eth0" }],
  });

const follow = (pod: Netns, packet: PacketSpec) => followProxies(pod, packet, sidecarProxies());

/** Packets that open a connection, leaning to the ports, addresses and owners that the pod's rules name. */
const opening = (pod: Netns): fc.Arbitrary<PacketSpec> => packets(pod, { opening: true, protocols: ["tcp"] });

test("the sidecar's rules have no loop", () => {
  const pod = podWith(DUMP);
  fc.assert(
    fc.property(opening(pod), (packet) => follow(pod, packet).end !== "loop"),
    { numRuns: 1000, seed: 1 },
  );
});

test("without the rule for 127.0.0.6 they have one", () => {
  const broken = podWith(DUMP.replace("-A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN\n", ""));
  const found = fc.check(
    fc.property(opening(broken), (packet) => follow(broken, packet).end !== "loop"),
    { numRuns: 1000, seed: 1 },
  );
  const [packet] = found.counterexample!;
  expect(packet).toMatchInlineSnapshot(`
    {
      "dport": 80,
      "dst": "10.244.1.5",
      "in": "eth0",
      "proto": "tcp",
      "src": "192.0.2.1",
    }
  `);

  const { hops, loop } = follow(broken, packet);
  expect(hops.map((hop) => hop.proxy?.name)).toMatchInlineSnapshot(`
    [
      "Envoy inbound",
      "Envoy inbound",
    ]
  `);
  expect(loop).toHaveLength(1);

  // What Envoy opens comes back to Envoy, because of the rule that was the second and is now the first.
  expect(explain(broken, loop![0]!.packet).summary).toMatchInlineSnapshot(
    `"Delivered to 127.0.0.1:15006 on lo (it was addressed to 10.244.1.5:80), because of nat ISTIO_OUTPUT rule 1 \`-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT\`, by way of nat OUTPUT rule 1 → ISTIO_OUTPUT rule 1 → ISTIO_IN_REDIRECT rule 1. 15006 is Envoy's inbound listener (virtualInbound). SO_ORIGINAL_DST answers 10.244.1.5:80."`,
  );
});
