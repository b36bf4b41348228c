/**
 * What is 127.0.0.6?
 *
 * The source address of Envoy's inbound connections. Envoy has accepted somebody's connection at 15006 and connects on to
 * the application, at the original destination, which is the pod's own address. That goes over lo, owner 1337, not to
 * 127.0.0.1: exactly what rule 2 sends to 15006. Rule 1 recognises it by the source address and lets it pass. The
 * address needs no interface; Envoy's configuration calls it InboundPassthroughClusterIpv4, and for IPv6 it is ::6.
 * The application therefore sees 127.0.0.6 as its peer, not the client.
 *
 * If Envoy binds another address, or rule 1 is missing, the connection comes back to 15006 for ever.
 */
import { expect, test } from "vitest";
import { followProxies } from "../../src/index.ts";
import "../../src/vitest.ts";
import { arrives, ENVOY, edited, envoy, opens, pod } from "./pod.ts";

const netns = pod();
const passthrough = { ...opens(ENVOY, "10.244.1.10", 80), src: "127.0.0.6" };

test("rule 1 lets it pass; from any other address rule 2 catches it", () => {
  expect({ netns, packet: passthrough }).toDeliverTo({ address: "10.244.1.10", port: 80, in: "lo" });
  expect({ netns, packet: passthrough }).toBeDecidedBy("nat ISTIO_OUTPUT 1");
  expect({ netns, packet: { ...passthrough, src: "127.0.0.5" } }).toBeRedirectedTo(15006);
});

test("the application sees it as its peer", () => {
  const { hops, end } = followProxies(netns, arrives(80), envoy());
  expect(end).toBe("application");
  expect(hops.map(({ walk }) => walk.fate)).toMatchObject([
    { src: "10.244.1.20", dst: "10.244.1.10", dport: 15006 },
    { src: "127.0.0.6", dst: "10.244.1.10", dport: 80 },
  ]);
});

test("without rule 1, or bound elsewhere, it goes round", () => {
  const without = edited(netns, (lines) => lines.filter((line) => !line.includes("-s 127.0.0.6")));
  expect({ netns: without, packet: arrives(80) }).not.toBeLoopFree(envoy());
  const elsewhere = envoy().map((relay) =>
    relay.port === 15006 ? { ...relay, source: { ipv4: "10.244.1.10" } } : relay,
  );
  expect({ netns, packet: arrives(80) }).not.toBeLoopFree(elsewhere);
  expect({ netns, packet: arrives(80) }).toBeLoopFree(envoy());
});

test("it needs no address on lo: all of 127.0.0.0/8 is local", () => {
  expect(netns.host.devices.get("lo")!.ipv4).toHaveLength(1);
  expect({ netns, packet: passthrough }).toReachApplication(envoy());
});
