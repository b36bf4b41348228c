/** Connections through a pod whose inbound connections TPROXY catches: Envoy runs as root and keeps the client's address. */
import type { IstioSettings, SidecarSettings } from "../../src/index.ts";
import { APP, endpoint } from "./journey-cases.ts";
import { type JourneyCase, type Mesh, meshed } from "./journey-types.ts";
import { ADDRESSES } from "./lab-sidecar.ts";
import type { Family } from "./lab-types.ts";

const USUAL: IstioSettings = {
  inboundInterceptionMode: "TPROXY",
  inboundPortsInclude: "*",
  inboundPortsExclude: "15020,15021,15090",
  outboundIPRangesInclude: "*",
};

export function tproxyCases(family: Family): readonly JourneyCase[] {
  const { pod, peer, vip, passthrough } = ADDRESSES[family];
  const mesh = (envoy: SidecarSettings = {}, more: IstioSettings = {}): Mesh =>
    meshed(family, { ...USUAL, ...more }, { kind: "sidecar", settings: { mode: "TPROXY", ...envoy } });
  const dns: IstioSettings = { redirectDNS: true, dnsServersV4: [peer], dnsServersV6: [peer] };
  const servers = family === 4 ? { ...dns, dnsServersV6: [] } : { ...dns, dnsServersV4: [] };
  const resolvers = [endpoint(peer, 53)];
  const own = { [endpoint(vip, 80)]: [endpoint(pod, 80)] };
  const inbound = { from: "peer", connection: { dst: pod, dport: 80 } } as const;
  const outbound = (dst: string, dport = 80) => ({ from: "pod", connection: { dst, dport, ...APP } }) as const;
  const good = { pod: mesh(), end: "application" } as const;
  const unrouted = { ...mesh(), toLoopback: [] };
  const loopbackToo = mesh({}, { outboundIPRangesInclude: family === 4 ? "127.0.0.0/8" : "::1/128" });
  /**
   * REDIRECT on the way out answers from loopback: 127.0.0.1 is no source for an answer to somebody else's address, ::1
   * is (A2, X3). So what Envoy opens as the peer hangs in IPv4 where IPv6 goes round.
   */
  const remote = family === 4 ? "unanswered" : "loop";
  return [
    { ...good, ...inbound, name: "peer → pod:80" },
    { ...good, name: "node → pod:80", from: "node", connection: { dst: pod, dport: 80 } },
    { ...good, name: "peer → VIP", from: "peer", connection: { dst: vip, dport: 80 } },
    { ...good, name: "peer → pod:15020, left alone", from: "peer", connection: { dst: pod, dport: 15020 } },
    { ...good, ...outbound(peer), name: "app → peer:80" },
    { ...good, ...outbound(pod), name: "app → own pod IP:80" },
    { ...good, ...outbound(passthrough), name: "app → 127.0.0.6 or ::6, port 80" },
    { ...good, ...outbound(vip), name: "app → own VIP, round by the node" },
    { ...good, ...outbound(vip), name: "app → own VIP, whose endpoint Envoy knows", pod: mesh({ upstreams: own }) },
    { ...good, name: "Envoy → own pod IP:80", from: "pod", connection: { dst: pod, dport: 80, uid: 0, gid: 1337 } },
    { ...good, name: "uid 1337 → own pod IP:80", from: "pod", connection: { dst: pod, dport: 80, uid: 1337, gid: 0 } },
    {
      ...good,
      ...outbound(peer, 53),
      name: "app asks its resolver by TCP, DNS captured",
      pod: mesh({ resolvers }, servers),
    },
    {
      ...good,
      name: "app asks its resolver by UDP, DNS captured",
      pod: mesh({ resolvers }, servers),
      from: "pod",
      connection: { proto: "udp", dst: peer, dport: 53, ...APP },
    },
    { ...inbound, name: `${remote}: Envoy is 1337`, pod: mesh({ uid: 1337 }), end: remote },
    { ...outbound(vip), name: "loop: Envoy is 1337, own VIP", pod: mesh({ uid: 1337, upstreams: own }), end: "loop" },
    { ...inbound, name: "unanswered: Envoy sets no mark", pod: mesh({ tproxyMark: 0 }), end: "unanswered" },
    {
      ...outbound(vip),
      name: "loop: Envoy sets no mark, own VIP",
      pod: mesh({ tproxyMark: 0, upstreams: own }),
      end: "loop",
    },
    {
      name: `${remote}: peer → port 53 while DNS is captured`,
      pod: mesh({ resolvers }, servers),
      from: "peer",
      connection: { dst: pod, dport: 53 },
      end: remote,
    },
    {
      name: "loop: peer → port 53 while DNS is captured, with route_localnet",
      pod: mesh({ resolvers }, servers),
      from: "peer",
      connection: { dst: pod, dport: 53 },
      sysctl: { "net.ipv4.conf.all.route_localnet": 1 },
      end: "loop",
    },
    {
      ...outbound(pod, 53),
      name: "loop: app → own pod IP, port 53 while DNS is captured",
      pod: mesh({ resolvers }, servers),
      end: "loop",
    },
    {
      name: "no loop: port 53 while DNS is captured, that port left out",
      pod: mesh({ resolvers }, { ...servers, inboundPortsExclude: "53,15020" }),
      from: "peer",
      connection: { dst: pod, dport: 53 },
      end: "application",
    },
    { ...inbound, name: `${remote}: an included range of loopback addresses`, pod: loopbackToo, end: remote },
    {
      name: "loop: Envoy → own pod IP, an included range of loopback addresses",
      pod: loopbackToo,
      from: "pod",
      connection: { dst: pod, dport: 80, uid: 0, gid: 1337 },
      end: "loop",
    },
    ...(family === 6
      ? []
      : [
          {
            ...outbound("127.0.0.2"),
            name: "loop: app → 127.0.0.2, an included range of loopback addresses",
            pod: loopbackToo,
            end: "loop" as const,
          },
        ]),
    { ...inbound, name: "dropped: no transparent listener", pod: mesh({ mode: "REDIRECT" }), end: "dropped" },
    { ...inbound, name: "unanswered: without the policy route", pod: unrouted, end: "unanswered" },
  ];
}
