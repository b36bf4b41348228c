/**
 * Why has my init container no network?
 *
 * istio-init (or the CNI plugin) writes the rules before any other container runs, and Envoy starts only after all init
 * containers are done. In between, every TCP connection is redirected to 15001, where nobody listens yet: the kernel
 * answers with a reset, the client sees "connection refused" whatever it dials. Only TCP: names still resolve, unless DNS
 * is captured as well, which sends queries to port 15053, where nobody listens either.
 *
 * What to do: let the init container run as uid 1337 (its packets are then taken for Envoy's), exclude the addresses or ports it
 * needs (outboundIPRangesExclude, outboundPortsExclude), or run Envoy as a native sidecar, which starts before it.
 */
import { expect, test } from "vitest";
import { createNetns, type Netns } from "../../src/index.ts";
import type { IstioSettings } from "../../src/mesh/istio/config.ts";
import { istioIptables } from "../../src/mesh/istio/iptables.ts";
import "../../src/vitest.ts";
import { APP, opens, USUAL } from "./pod.ts";

/** The pod before its containers run: rules are there, sockets are not. */
const early = (settings: IstioSettings, ports: readonly number[] = []): Netns =>
  createNetns({
    rulesets: [istioIptables(settings).ipv4],
    interfaces: [
      { name: "lo", addresses: ["127.0.0.1/8"] },
      { name: "eth0", addresses: ["10.244.1.10/24"] },
    ],
    routes: [{ to: "default", via: "10.244.1.1", dev: "eth0" }],
    sockets: ports.map((port) => ({ proto: "tcp", address: "0.0.0.0", port, uid: 1337, gid: 1337 })),
  });

const download = opens(APP, "192.0.2.80", 443);
const query = { proto: "udp", dst: "10.96.0.10", dport: 53, ...APP };

test("the problem: its connections end at 15001, where nobody listens", () => {
  expect({ netns: early(USUAL), packet: download }).toDeliverTo({ port: 15001, listening: false });
});

test("names resolve, unless DNS is captured too", () => {
  expect({ netns: early(USUAL), packet: query }).toBeSent({ out: "eth0" });
  const capturing = early({ ...USUAL, redirectDNS: true, dnsServersV4: ["10.96.0.10"] });
  expect({ netns: capturing, packet: query }).toDeliverTo({ port: 15053, listening: false });
});

test("fixes: uid 1337, an excluded range, an excluded port, a sidecar that runs already", () => {
  expect({ netns: early(USUAL), packet: { ...download, uid: 1337 } }).toLeaveUnchanged();
  const byRange = early({ ...USUAL, outboundIPRangesExclude: "192.0.2.0/24" });
  expect({ netns: byRange, packet: download }).toLeaveUnchanged();
  const byPort = early({ ...USUAL, outboundPortsExclude: "443" });
  expect({ netns: byPort, packet: download }).toLeaveUnchanged();
  expect({ netns: early(USUAL, [15001]), packet: download }).toDeliverTo({ port: 15001, listening: true });
});
