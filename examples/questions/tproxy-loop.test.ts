/**
 * Why is my TPROXY pod looping?
 *
 * Under TPROXY Envoy connects on to the application with the client's own address, so the source tells the rules nothing.
 * They know Envoy's connection by its mark (1337), and they expect Envoy to run as root, which a transparent socket needs
 * anyway, with gid 1337: as uid 0, rule 3 of ISTIO_OUTPUT lets what goes over lo pass. Envoy's connection is caught again
 *
 * - if Envoy runs as uid 1337: rule 2 takes its connection to the pod's own address to 15006;
 * - if it does not set the mark: mangle marks it 1338 by its gid, and TPROXY takes it once more on lo;
 * - for TCP to port 53 while DNS is captured: rule 3 then spares port 53, and the gid's rule behind it does not;
 * - if a range of loopback addresses is captured: rule 3 is not written then.
 *
 * What is caught again goes round if Envoy can answer itself: when the client, whose address Envoy took on, is in the pod,
 * or, where a REDIRECT closes the circle, in IPv6. From another host in IPv4 it is caught once and hangs, because the
 * answer is lost: 127.0.0.1 has no route to the client (P8). All of this was seen on a live kernel (test/kernel).
 *
 * Without the policy route (`ip rule` for mark 1337 to a table with `local default dev lo`) nothing loops, but the
 * application's answers leave by eth0 and never reach Envoy.
 */
import { describe, expect, test } from "vitest";
import { followProxies, type PacketSpec, type Proxy as Relay, send } from "../../src/index.ts";
import { istioIptables } from "../../src/mesh/istio/iptables.ts";
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

describe("caught again", () => {
  const OWN = { src: "10.244.1.10", dst: "10.244.1.10" };
  /** Envoy's own connection to its pod, as when it chooses the pod as an endpoint of a service. */
  const itself = (owner: Partial<PacketSpec>, dport: number): PacketSpec => ({ proto: "tcp", ...OWN, dport, ...owner });
  const ROOT = { uid: 0, gid: 1337 };

  test("Envoy as uid 1337", () => {
    const relays = envoyWith({ uid: 1337 });
    expect(followProxies(netns, inbound, relays).end).toBe("unanswered");
    const { loop } = followProxies(netns, itself({ ...ROOT, uid: 1337 }, 80), relays);
    expect(loop!.at(-1)!.walk).toBeDecidedBy("nat ISTIO_OUTPUT 2");
  });

  test("no mark", () => {
    const { mark: _, ...unmarked } = envoy(settings)[1]!;
    expect(followProxies(netns, inbound, [unmarked]).end).toBe("unanswered");
    const { loop } = followProxies(netns, itself(ROOT, 80), [unmarked]);
    expect(loop!.at(-1)!.walk).toBeDecidedBy("mangle ISTIO_TPROXY 1");
  });

  test("port 53 while DNS is captured, and the fix: leave that port out", () => {
    const dns = { ...settings, redirectDNS: true, dnsServersV4: ["10.96.0.10"] };
    expect(followProxies(pod(dns), arrives(53), envoy(dns)).end).toBe("unanswered");
    const { loop } = followProxies(pod(dns), itself(APP, 53), envoy(dns));
    expect(loop!.at(-1)!.walk).toBeRedirectedTo(15006);
    const spared = { ...dns, inboundPortsExclude: "53,15020,15021,15090" };
    expect(followProxies(pod(spared), arrives(53), envoy(spared)).end).toBe("application");
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
