/**
 * Why does what Envoy sends to 127.255.x.x go to 15006?
 *
 * Rule 2 of ISTIO_OUTPUT catches what uid 1337 sends over lo to anything but 127.0.0.1, that one address. All of
 * 127.0.0.0/8 is local and goes over lo, so a server that Envoy is to reach at 127.255.0.1 (or 127.0.0.2, or 127.0.0.6) is
 * taken for the pod's own address: 15006, not the server. Applications are not concerned: rule 3 lets them.
 *
 * What to do: tell istio-iptables the whole range (hostIPv4LoopbackCidr, ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR=127.0.0.0/8).
 */
import { expect, test } from "vitest";
import { testFlows } from "../../src/vitest.ts";
import { ENVOY, envoy, opens, pod, USUAL } from "./pod.ts";

testFlows(test, pod(), [
  ["tcp -> 127.0.0.1:8080 uid=1337 gid=1337", "delivered unchanged on lo by nat ISTIO_OUTPUT 4"],
  ["tcp -> 127.255.0.1:8080 uid=1337 gid=1337", "127.0.0.1:15006 by nat ISTIO_OUTPUT 2"],
  ["tcp -> 127.0.0.2:8080 uid=1337 gid=1337", "127.0.0.1:15006 by nat ISTIO_OUTPUT 2"],
  ["tcp -> 127.0.0.6:8080 uid=1337 gid=1337", "127.0.0.1:15006 by nat ISTIO_OUTPUT 2"],
  ["tcp -> 127.255.0.1:8080 uid=1000 gid=1000", "delivered unchanged on lo by nat ISTIO_OUTPUT 3"],
]);

test("the fix: the whole range as the application's loopback", () => {
  const settings = { ...USUAL, hostIPv4LoopbackCidr: "127.0.0.0/8" };
  const netns = pod(settings);
  expect({ netns, packet: opens(ENVOY, "127.255.0.1", 8080) }).toLeaveUnchanged();
  // The pod's own address is still caught, which is what the rule is for, and nothing goes round.
  expect({ netns, packet: opens(ENVOY, "10.244.1.10", 8080) }).toBeRedirectedTo(15006);
  expect(netns).toBeLoopFree(envoy(settings));
});
