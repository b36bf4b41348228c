/** Connections through pods in ambient mode: ztunnel's sockets stand in the pods' own namespaces. */
import type { IstioSettings, ZtunnelSettings } from "../../src/index.ts";
import { APP, endpoint } from "./journey-cases.ts";
import { type JourneyCase, type Mesh, meshed } from "./journey-types.ts";
import { ADDRESSES } from "./lab-sidecar.ts";
import type { Family } from "./lab-types.ts";

/** What the node's own processes come from when they ask for health. Source: istioIptables's defaults. */
const PROBE = { 4: "169.254.7.127", 6: "fd16:9254:7127:1337:ffff:ffff:ffff:ffff" } as const;

export function ambientCases(family: Family): readonly JourneyCase[] {
  const { pod, peer, vip, loopback } = ADDRESSES[family];
  const mesh = (settings: ZtunnelSettings = {}, more: IstioSettings = {}): Mesh =>
    meshed(family, { suite: "cni", ...more }, { kind: "ztunnel", settings });
  const [here, there, service] = [endpoint(pod, 80), endpoint(peer, 80), endpoint(vip, 80)];
  const resolvers = [endpoint(peer, 53)];
  const dns = mesh({ resolvers }, { redirectDNS: true });
  const inbound = { from: "peer", connection: { dst: pod, dport: 80 } } as const;
  const outbound = (dst: string, dport = 80) => ({ from: "pod", connection: { dst, dport, ...APP } }) as const;
  const good = { pod: mesh(), end: "application" } as const;
  const probe = [`-A POSTROUTING -d ${pod} -p tcp -m owner --socket-exists -j SNAT --to-source ${PROBE[family]}`];
  const fromNode = { from: "node", connection: { dst: pod, dport: 80, uid: 0, gid: 0 } } as const;
  return [
    {
      ...good,
      ...outbound(peer),
      name: "app → peer:80, both in the mesh: through HBONE",
      pod: mesh({ upstreams: { [there]: [there] } }),
      peer: mesh(),
    },
    {
      ...good,
      name: "peer → VIP, both in the mesh: through HBONE",
      from: "peer",
      connection: { dst: vip, dport: 80, ...APP },
      peer: mesh({ upstreams: { [service]: [here] } }),
    },
    {
      ...good,
      ...outbound(peer),
      name: "app → peer:80 in plaintext, both in the mesh: 15006 there",
      pod: mesh({ upstreams: { [there]: [there] }, plain: [there] }),
      peer: mesh(),
    },
    { ...good, ...outbound(peer), name: "app → peer:80, which is not in the mesh" },
    { ...good, ...inbound, name: "peer, which is not in the mesh → pod:80: plaintext inbound" },
    { ...good, ...fromNode, name: "node → pod:80: plaintext inbound" },
    { ...good, ...fromNode, name: "node's health probe → pod:80: past ztunnel", node: probe },
    { ...good, ...outbound(pod), name: "app → own pod IP:80" },
    { ...good, ...outbound(loopback), name: "app → loopback:80" },
    { ...good, ...outbound(vip), name: "app → own VIP, round by the node" },
    {
      ...good,
      ...outbound(vip),
      name: "app → own VIP, whose endpoint ztunnel knows: HBONE to itself",
      pod: mesh({ upstreams: { [service]: [here] } }),
    },
    {
      ...good,
      ...outbound(vip),
      name: "app → own VIP in plaintext: straight to the application",
      pod: mesh({ upstreams: { [service]: [here] }, plain: [here] }),
    },
    { ...good, ...inbound, name: "peer → pod:80, an ingress", pod: mesh({}, { ingressMode: true }) },
    { ...good, ...outbound(peer, 53), name: "app asks its resolver by TCP, DNS captured", pod: dns },
    {
      ...good,
      name: "app asks its resolver by UDP, DNS captured",
      pod: dns,
      from: "pod",
      connection: { proto: "udp", dst: peer, dport: 53, ...APP },
    },
    {
      ...good,
      name: "app asks its resolver by UDP, DNS not captured",
      from: "pod",
      connection: { proto: "udp", dst: peer, dport: 53, ...APP },
    },
    { ...outbound(peer), name: "loop: ztunnel sets no mark, outbound", pod: mesh({ mark: 0 }), end: "loop" },
    {
      ...outbound(peer, 53),
      name: "loop: ztunnel sets no mark, and asks its resolver by TCP",
      pod: mesh({ mark: 0, resolvers }, { redirectDNS: true }),
      end: "loop",
    },
    {
      name: "loop: ztunnel sets no mark, and asks its resolver by UDP",
      pod: mesh({ mark: 0, resolvers }, { redirectDNS: true }),
      from: "pod",
      connection: { proto: "udp", dst: peer, dport: 53, ...APP },
      end: "loop",
    },
    {
      ...inbound,
      name: "unanswered: ztunnel sets no mark, inbound",
      pod: mesh({ mark: 0 }),
      end: "unanswered",
    },
    {
      ...inbound,
      name: "unanswered: without the policy route",
      pod: { ...mesh(), toLoopback: [] },
      end: "unanswered",
    },
  ];
}
