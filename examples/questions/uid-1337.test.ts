/**
 * Why is uid 1337 special, and what if my application runs as 1337?
 *
 * Envoy's own connections must not be captured, or they would come back to Envoy. The rules know them by their owner:
 * istio-proxy runs as uid and gid 1337, and rule 4 of ISTIO_OUTPUT lets that uid go (rules 5 to 7 say the same of the
 * gid). The rules do not ask who it really is. An application that runs as 1337 leaves the mesh: no mTLS, no routing, no
 * telemetry outbound, and what it sends to its own pod's address comes in again as if from outside. Envoy under any
 * other uid, on the other hand, is captured like an application, by itself: a loop.
 *
 * What to do: run the application as anything but 1337, or give the proxy another owner and istio-iptables the same (-u, -g).
 */
import { expect, test } from "vitest";
import "../../src/vitest.ts";
import { APP, ENVOY, envoy, opens, pod, USUAL } from "./pod.ts";

const netns = pod();

test("what uid 1337 sends leaves, what others send goes to Envoy", () => {
  expect({ netns, packet: opens(ENVOY, "10.244.1.20", 80) }).toBeSent({
    out: "eth0",
    address: "10.244.1.20",
    port: 80,
  });
  expect({ netns, packet: opens(ENVOY, "10.244.1.20", 80) }).toBeDecidedBy("nat ISTIO_OUTPUT 4");
  expect({ netns, packet: opens(APP, "10.244.1.20", 80) }).toBeRedirectedTo(15001);
});

test("an application that runs as 1337 is outside of the mesh, but not towards its own pod", () => {
  const application = { uid: 1337, gid: 2000 };
  expect({ netns, packet: opens(application, "10.244.1.20", 80) }).toLeaveUnchanged();
  expect({ netns, packet: opens(application, "10.244.1.10", 80) }).toBeRedirectedTo(15006);
});

test("the gid alone does it as well, but only for what leaves the pod", () => {
  const application = { uid: 1000, gid: 1337 };
  expect({ netns, packet: opens(application, "10.244.1.20", 80) }).toBeDecidedBy("nat ISTIO_OUTPUT 7");
  // Rule 3 comes before the rules of the gid.
  expect({ netns, packet: opens(application, "10.244.1.10", 80) }).toBeDecidedBy("nat ISTIO_OUTPUT 3");
});

test("Envoy as somebody else catches itself", () => {
  const packet = opens(APP, "10.244.1.20", 80);
  const stranger = envoy().map((relay) => ({ ...relay, uid: 1001, gid: 1001 }));
  expect({ netns, packet }).not.toBeLoopFree(stranger);
});

test("the fix: another owner for the proxy, told to the rules", () => {
  const settings = { ...USUAL, proxyUID: "2102", proxyGID: "2102" };
  const moved = pod(settings);
  expect({ netns: moved, packet: opens({ uid: 1337, gid: 1337 }, "10.244.1.20", 80) }).toBeRedirectedTo(15001);
  expect(moved).toBeLoopFree(envoy(settings));
});
