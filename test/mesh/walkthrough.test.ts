import { describe, expect, test } from "vitest";
import { sidecar } from "../../src/mesh/actors/sidecar.ts";
import { ztunnel } from "../../src/mesh/actors/ztunnel.ts";
import { journey } from "../../src/mesh/journey/journey.ts";
import { CURL, hopLine, rulesOf, STANDARD, twoPods, UPSTREAMS } from "./worlds.ts";

/**
 * `curl httpbin:8000` in the pod sleep, as the published walkthroughs tell it: curl is caught on its way out, Envoy
 * chooses an endpoint, the node forwards, the other Envoy is given the connection and hands it to the application.
 */
describe("sleep → httpbin:8000, both with a sidecar", () => {
  const world = twoPods({
    istio: STANDARD,
    proxies: { client: sidecar({ upstreams: UPSTREAMS }), server: sidecar() },
  });
  const found = journey(world, CURL);
  const rules = found.hops.map((hop) => rulesOf(hop));

  test("takes these hops, with these addresses, ports and owners", () => {
    expect(found.hops.map(hopLine)).toEqual([
      "sleep: sleep opens → 10.96.44.5:8000 as 100:101; Envoy at 127.0.0.1:15001 by lo, peer 10.10.20.7, original 10.96.44.5:8000",
      "sleep: Envoy opens → 10.10.20.9:80 as 1337:1337; out eth0: 10.10.20.7 → 10.10.20.9:80",
      "node: sleep sends 10.10.20.7 → 10.10.20.9:80; out cni0: 10.10.20.7 → 10.10.20.9:80",
      "httpbin: node sends 10.10.20.7 → 10.10.20.9:80; Envoy at 10.10.20.9:15006 by eth0, peer 10.10.20.7, original 10.10.20.9:80",
      "httpbin: Envoy opens 127.0.0.6 → 10.10.20.9:80 as 1337:1337; gunicorn at 10.10.20.9:80 by lo, peer 127.0.0.6, original 10.10.20.9:80",
    ]);
    expect(found).toMatchObject({ end: "application", place: "httpbin", loop: null });
  });

  test("is decided by these rules", () => {
    expect(rules).toEqual([
      ["OUTPUT 1", "ISTIO_OUTPUT 9", "ISTIO_REDIRECT 1"],
      ["OUTPUT 1", "ISTIO_OUTPUT 4"],
      ["PREROUTING 1", "POSTROUTING 1", "KUBE-POSTROUTING 1"],
      ["PREROUTING 1", "ISTIO_INBOUND 5", "ISTIO_IN_REDIRECT 1"],
      ["OUTPUT 1", "ISTIO_OUTPUT 1"],
    ]);
  });

  test("costs two translations and seven passes that a direct connection would not", () => {
    expect(found.cost).toEqual({ connections: 3, traversals: 7, translations: 2, entries: 5 });
    const direct = journey(world, CURL.replace("uid=100", "uid=1337"));
    expect(direct.hops.map(hopLine).slice(0, 2)).toEqual([
      "sleep: sleep opens → 10.96.44.5:8000 as 1337:101; out eth0: 10.10.20.7 → 10.96.44.5:8000",
      "node: sleep sends 10.10.20.7 → 10.96.44.5:8000; out cni0: 10.10.20.7 → 10.10.20.9:80",
    ]);
    expect(rulesOf(direct.hops[1]!).slice(0, 4)).toEqual([
      "PREROUTING 1",
      "KUBE-SERVICES 1",
      "KUBE-SVC-1 2",
      "KUBE-SEP-1-1 2",
    ]);
  });

  test("leaves the world as it was", () => {
    expect(world.places.map(({ netns }) => netns.conntrack.size)).toEqual([0, 0, 0]);
    expect(journey(world, CURL)).toEqual(found);
  });
});

test("with HBONE between sidecars the inner destination comes out of 15008", () => {
  const { hops, end } = journey(
    twoPods({
      istio: STANDARD,
      proxies: { client: sidecar({ upstreams: UPSTREAMS, hbone: true }), server: sidecar() },
    }),
    CURL,
  );
  expect(hops.slice(1).map(hopLine)).toEqual([
    "sleep: Envoy opens → 10.10.20.9:15008 as 1337:1337; out eth0: 10.10.20.7 → 10.10.20.9:15008",
    "node: sleep sends 10.10.20.7 → 10.10.20.9:15008; out cni0: 10.10.20.7 → 10.10.20.9:15008",
    "httpbin: node sends 10.10.20.7 → 10.10.20.9:15008; Envoy at 10.10.20.9:15008 by eth0, peer 10.10.20.7, original 10.10.20.9:15008",
    "httpbin: Envoy opens 127.0.0.6 → 10.10.20.9:80 as 1337:1337; gunicorn at 10.10.20.9:80 by lo, peer 127.0.0.6, original 10.10.20.9:80",
  ]);
  expect(rulesOf(hops[3]!)).toEqual(["PREROUTING 1", "ISTIO_INBOUND 1"]);
  expect(end).toBe("application");
});

test("with TPROXY the application sees the client's address, and nothing is translated on the way in", () => {
  const { hops, end, cost } = journey(
    twoPods({
      istio: { ...STANDARD, inboundInterceptionMode: "TPROXY" },
      proxies: { client: sidecar({ upstreams: UPSTREAMS, mode: "TPROXY" }), server: sidecar({ mode: "TPROXY" }) },
    }),
    CURL,
  );
  expect(hops.map(hopLine)).toEqual([
    "sleep: sleep opens → 10.96.44.5:8000 as 100:101; Envoy at 127.0.0.1:15001 by lo, peer 10.10.20.7, original 10.96.44.5:8000",
    "sleep: Envoy opens → 10.10.20.9:80 as 0:1337; out eth0: 10.10.20.7 → 10.10.20.9:80",
    "node: sleep sends 10.10.20.7 → 10.10.20.9:80; out cni0: 10.10.20.7 → 10.10.20.9:80",
    "httpbin: node sends 10.10.20.7 → 10.10.20.9:80; Envoy at 10.10.20.9:15006 by eth0, peer 10.10.20.7, original 10.10.20.9:80",
    "httpbin: Envoy opens 10.10.20.7 → 10.10.20.9:80 as 0:1337 mark 1337; gunicorn at 10.10.20.9:80 by lo, peer 10.10.20.7, original 10.10.20.9:80",
  ]);
  expect(rulesOf(hops[1]!)).toEqual(["OUTPUT 1", "ISTIO_OUTPUT 7"]);
  expect(rulesOf(hops[3]!, "mangle")).toEqual(["PREROUTING 1", "ISTIO_INBOUND 8", "ISTIO_TPROXY 1"]);
  // Known by its mark, and the mark is kept for the answer (semantics.md, 14T).
  expect(rulesOf(hops[4]!, "mangle")).toEqual(["OUTPUT 1", "PREROUTING 1", "ISTIO_INBOUND 1", "PREROUTING 2"]);
  expect(end).toBe("application");
  expect(cost.translations).toBe(1);
});

test("in ambient both ztunnels are known by their mark, and the tunnel goes to 15008", () => {
  const { hops, end } = journey(
    twoPods({
      istio: { suite: "cni" },
      proxies: { client: ztunnel({ upstreams: UPSTREAMS }), server: ztunnel() },
    }),
    CURL,
  );
  expect(hops.map(hopLine)).toEqual([
    "sleep: sleep opens → 10.96.44.5:8000 as 100:101; ztunnel at 127.0.0.1:15001 by lo, peer 10.10.20.7, original 10.96.44.5:8000",
    "sleep: ztunnel opens → 10.10.20.9:15008 as 0:0 mark 1337; out eth0: 10.10.20.7 → 10.10.20.9:15008",
    "node: sleep sends 10.10.20.7 → 10.10.20.9:15008; out cni0: 10.10.20.7 → 10.10.20.9:15008",
    "httpbin: node sends 10.10.20.7 → 10.10.20.9:15008; ztunnel at 10.10.20.9:15008 by eth0, peer 10.10.20.7, original 10.10.20.9:15008",
    "httpbin: ztunnel opens 10.10.20.7 → 10.10.20.9:80 as 0:0 mark 1337; gunicorn at 10.10.20.9:80 by lo, peer 10.10.20.7, original 10.10.20.9:80",
  ]);
  expect(rulesOf(hops[0]!).slice(-2)).toEqual(["OUTPUT 1", "ISTIO_OUTPUT 4"]);
  // The connection mark by which answers find back to ztunnel is set as its packet comes in over lo.
  expect(rulesOf(hops[4]!, "mangle")).toEqual(["OUTPUT 1", "PREROUTING 1", "ISTIO_PRERT 1"]);
  expect(hops[4]!.walk.conntrack).toMatchObject({ mark: 0x111 });
  expect(end).toBe("application");
});

test("plaintext from outside of the ambient mesh comes in at 15006", () => {
  const world = twoPods({
    istio: { suite: "cni" },
    proxies: { client: ztunnel({ upstreams: UPSTREAMS, plain: UPSTREAMS["10.96.44.5:8000"]! }), server: ztunnel() },
  });
  const { hops, end } = journey(world, CURL);
  expect(hops[3]).toMatchObject({ acceptedBy: "ztunnel", walk: { fate: { dport: 15006 } } });
  expect(end).toBe("application");
});
