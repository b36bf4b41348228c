/**
 * Why does a pod fail mTLS when it calls itself through a headless service?
 *
 * The name of a headless service resolves to pod addresses, so a pod may dial its own. Under rules without rules 2 and 3
 * of today's ISTIO_OUTPUT the application's connection is captured: Envoy accepts it at 15001, starts mTLS towards the
 * pod's own address, and as uid 1337 is let go, straight to the application, past its own inbound listener. The
 * application gets a TLS handshake that it does not understand (istio/istio issue 12551).
 *
 * Today rule 3 leaves the application's calls to its own pod alone: plain text, no Envoy at all. And rule 2 brings
 * what Envoy itself sends to its own pod (a service address whose endpoint is this pod) to 15006, which ends the mTLS.
 */
import { expect, test } from "vitest";
import { followProxies } from "../../src/index.ts";
import "../../src/vitest.ts";
import { APP, ENVOY, edited, envoy, opens, pod } from "./pod.ts";

const self = opens(APP, "10.244.1.10", 8855);
const today = pod();
const before = edited(today, (lines) =>
  lines.filter((line) => !/-A ISTIO_OUTPUT .*-o lo .*(--uid-owner|--gid-owner) 1337/.test(line)),
);

test("the problem: Envoy's mTLS reaches the application, not Envoy's inbound listener", () => {
  const { hops, end } = followProxies(before, self, envoy());
  expect(hops[0]!.walk).toBeRedirectedTo(15001);
  expect(hops[1]!.packet).toMatchObject({ dst: "10.244.1.10", dport: 8855, uid: 1337 });
  expect(hops[1]!.walk).toDeliverTo({ address: "10.244.1.10", port: 8855 });
  expect(end).toBe("application");
  expect(hops.map(({ proxy }) => proxy?.name)).toEqual(["Envoy outbound", undefined]);
});

test("today: rule 3 leaves such a call alone, and rule 2 brings Envoy's own to 15006", () => {
  expect({ netns: today, packet: self }).toLeaveUnchanged();
  expect({ netns: today, packet: self }).toBeDecidedBy("nat ISTIO_OUTPUT 3");
  expect({ netns: today, packet: opens(ENVOY, "10.244.1.10", 8855) }).toBeDecidedBy("nat ISTIO_OUTPUT 2");
  expect({ netns: today, packet: opens(ENVOY, "10.244.1.10", 8855) }).toBeRedirectedTo(15006);
});

test("through a service address: out by 15001, in by 15006, then the application", () => {
  expect({ netns: today, packet: opens(APP, "10.96.0.50", 80) }).toBeRedirectedTo(15001);
  // Envoy picks the pod itself as the endpoint.
  const [outbound, inbound] = envoy();
  const picks = [{ ...outbound!, destination: { address: "10.244.1.10", port: 8855 } }, inbound!];
  const { hops, end } = followProxies(today, opens(APP, "10.96.0.50", 80), picks);
  expect(hops.map(({ proxy }) => proxy?.port)).toEqual([15001, 15006, undefined]);
  expect(end).toBe("application");
});
