/**
 * A unit test of a dump: take `iptables -t nat -S` from a pod once, keep it beside the tests, and hold what must never
 * change. No root, no kernel, no cluster.
 */
import { readFileSync } from "node:fs";
import { createNetns, type Fate, parse, send } from "nfwalk";
import { describe, expect, test } from "vitest";

const { ruleset, diagnostics } = parse(readFileSync(new URL("./dumps/istio-sidecar.txt", import.meta.url), "utf8"));

const pod = createNetns({
  rulesets: [ruleset],
  interfaces: [
    { name: "lo", addresses: ["127.0.0.1/8"] },
    { name: "eth0", addresses: ["10.244.1.5/24"] },
  ],
  routes: [{ to: "default", via: "10.244.1.1", dev: "eth0" }],
});

test("the dump leaves nothing open", () => expect(diagnostics).toEqual([]));

describe("who gets the connection", () => {
  test.each<[name: string, packet: string, fate: Partial<Extract<Fate, { kind: "delivered" | "sent" }>>]>([
    [
      "a request of the application: Envoy",
      "tcp -> 10.96.0.10:80 uid=1000 gid=1000",
      { kind: "delivered", dport: 15001 },
    ],
    ["a request of Envoy: the network", "tcp -> 10.96.0.10:80 uid=1337 gid=1337", { kind: "sent", out: "eth0" }],
    [
      "a request from outside: Envoy",
      "tcp 10.244.2.9:41000 -> 10.244.1.5:8080 in=eth0",
      { kind: "delivered", dport: 15006 },
    ],
    [
      "a scrape of Envoy's metrics: as it is",
      "tcp 10.244.2.9:41000 -> 10.244.1.5:15090 in=eth0",
      { kind: "delivered", dport: 15090 },
    ],
    [
      "what Envoy hands over: the application",
      "tcp 127.0.0.6:41000 -> 10.244.1.5:8080 uid=1337 gid=1337",
      { kind: "delivered", in: "lo", dport: 8080 },
    ],
    [
      "the application with itself: as it is",
      "tcp -> 127.0.0.1:8080 uid=1000 gid=1000",
      { kind: "delivered", dport: 8080 },
    ],
    ["UDP: as it is", "udp -> 10.96.0.10:53 uid=1000 gid=1000", { kind: "sent", dst: "10.96.0.10", dport: 53 }],
  ])("%s", (_, packet, fate) => {
    expect(send(pod, packet).walk.fate).toMatchObject(fate);
  });
});

test("Envoy learns where the application wanted to go", () => {
  const { walk } = send(pod, "tcp -> 10.96.0.10:80 uid=1000 gid=1000");
  expect(walk.originalDst).toEqual({ address: "10.96.0.10", port: 80 });
  expect(walk.steps.at(2)).toMatchObject({ table: "nat", chain: "ISTIO_REDIRECT", rule: 1 });
});
