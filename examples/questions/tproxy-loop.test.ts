/**
 * Why is my TPROXY pod looping?
 *
 * Under TPROXY Envoy connects on to the application with the client's own address, so the source tells the rules nothing.
 * They know Envoy's connection by its mark (1337), and they expect Envoy to run as root, which a transparent socket needs
 * anyway, with gid 1337: as uid 0, rule 3 of ISTIO_OUTPUT lets what goes over lo pass. It goes round
 *
 * - if Envoy runs as uid 1337: rule 2 takes its connection to the pod's own address to 15006;
 * - if it does not set the mark, and binds the pod's address in place of the client's: mangle marks it 1338 by its gid, and
 *   TPROXY takes it once more on lo;
 * - for TCP to port 53 while DNS is captured: rule 3 then spares port 53, and the gid's rule behind it does not.
 *
 * Without the policy route (`ip rule` for mark 1337 to a table with `local default dev lo`) nothing loops, but the
 * application's answers leave by eth0 and never reach Envoy.
 */
import { describe, expect, test } from "vitest";
import { followProxies, type Proxy as Relay, send } from "../../src/index.ts";
import { istioIptables } from "../../src/mesh/istio.ts";
import "../../src/vitest.ts";
import { APP, arrives, envoy, pod, podWith, USUAL } from "./pod.ts";

const settings = { ...USUAL, inboundInterceptionMode: "TPROXY" };
const netns = pod(settings);
const inbound = arrives(80);

const envoyWith = (change: Partial<Relay>): readonly Relay[] =>
  envoy(settings).map((relay) => (relay.port === 15006 ? { ...relay, ...change } : relay));

test("as it should be: 15006, then the application, with the client's address all the way", () => {
  const { hops, end } = followProxies(netns, inbound, envoy(settings));
  expect(end).toBe("application");
  expect(hops[0]!.walk).toDeliverTo(15006);
  expect(hops[1]!.walk.fate).toMatchObject({ src: "10.244.1.20", dst: "10.244.1.10", dport: 80, in: "lo" });
  expect(netns).toBeLoopFree(envoy(settings));
});

describe("loops", () => {
  test("Envoy as uid 1337", () => {
    const { loop } = followProxies(netns, inbound, envoyWith({ uid: 1337 }));
    expect(loop!.at(-1)!.walk).toBeDecidedBy("nat ISTIO_OUTPUT 2");
  });

  test("no mark, and the pod's address", () => {
    const { mark: _, ...unmarked } = envoy(settings)[1]!;
    const relay = { ...unmarked, source: { ipv4: "10.244.1.10" } };
    const { loop } = followProxies(netns, inbound, [relay]);
    expect(loop!.at(-1)!.walk).toBeDecidedBy("mangle ISTIO_TPROXY 1");
  });

  test("port 53 while DNS is captured, and the fix: leave that port out", () => {
    const dns = { ...settings, redirectDNS: true, dnsServersV4: ["10.96.0.10"] };
    const { loop } = followProxies(pod(dns), arrives(53), envoy(dns));
    expect(loop!.at(-1)!.walk).toBeRedirectedTo(15006);
    const spared = { ...dns, inboundPortsExclude: "53,15020,15021,15090" };
    expect({ netns: pod(spared), packet: arrives(53) }).toBeLoopFree(envoy(spared));
  });
});

test("without the policy route the application's answer leaves by eth0", () => {
  const answer = (place: typeof netns) => {
    const { hops } = followProxies(place, inbound, envoy(settings));
    const { packet } = hops[1]!;
    const asked = send(place, packet).netns;
    const reply = { proto: "tcp", src: "10.244.1.10", sport: 80, dst: "10.244.1.20", dport: packet.sport!, ...APP };
    return { netns: asked, packet: { ...reply, flags: ["SYN", "ACK"] } };
  };
  expect(answer(netns)).toDeliverTo({ in: "lo" });
  expect(answer(podWith(istioIptables(settings).ipv4))).toBeSent({ out: "eth0" });
});
