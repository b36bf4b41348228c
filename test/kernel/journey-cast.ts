/** Who plays in the laboratory's places: each process as relay.py plays it, and as an actor of the world. */
import { type Actor, application, sidecar, ztunnel } from "../../src/index.ts";
import { OLD_PORT } from "./journey-cases.ts";
import type { JourneyCase, ProxySettings } from "./journey-types.ts";
import type { StandIn } from "./lab-relay.ts";
import { ADDRESSES } from "./lab-sidecar.ts";
import type { Family } from "./lab-types.ts";

interface Role {
  readonly standIn: StandIn;
  readonly actors: readonly Actor[];
}

export type Cast = Readonly<Record<"pod" | "peer", readonly Role[]>>;

/** First endpoints only: `journey` chooses them where nobody draws. */
const upstreamsOf = (upstreams: Readonly<Record<string, readonly string[]>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(upstreams).map(([from, [to]]) => [from, to!]));

const answers = (ports: readonly number[]) => ports.map((port) => ({ port, role: "answer" as const }));

function proxy({ kind, settings }: ProxySettings, family: Family): Role {
  const { loopback, passthrough } = ADDRESSES[family];
  const { upstreams, resolvers: [resolver] = [] } = settings;
  const dns = (["tcp", "udp"] as const).map((proto) => ({
    proto,
    port: 15053,
    role: "dns" as const,
    address: loopback,
  }));
  const common = { upstreams: upstreamsOf(upstreams), ...(resolver !== undefined && { resolver }) };
  if (kind === "ztunnel") {
    // Its socket factory marks listeners, too. Source: istio/ztunnel, src/inpod/config.rs.
    const owner = { uid: settings.uid ?? 0, gid: settings.gid ?? 0, mark: settings.mark ?? 0x539 };
    const ports = (["outbound", "inbound", "tunnel"] as const).map((role) => ({
      port: { outbound: 15001, inbound: 15006, tunnel: 15008 }[role],
      role,
      transparent: true,
    }));
    const standIn: StandIn = {
      ...common,
      ...owner,
      name: "ztunnel",
      ports: [...ports, ...dns, ...answers([15020, 15021])],
      opens: owner,
      inbound: { transparent: true },
      hbone: true,
      plain: settings.plain ?? [],
    };
    return { standIn, actors: [ztunnel(settings)] };
  }
  const transparent = settings.mode === "TPROXY";
  const owner = { uid: settings.uid ?? (transparent ? 0 : 1337), gid: settings.gid ?? 1337 };
  const standIn: StandIn = {
    ...common,
    ...owner,
    name: "Envoy",
    ports: [
      { port: 15001, role: "outbound" },
      { port: 15006, role: "inbound", transparent },
      { port: 15008, role: "tunnel" },
      ...answers([15000, 15004, 15020, 15021, 15090]),
      ...dns,
    ],
    opens: owner,
    hbone: settings.hbone ?? false,
    inbound: transparent ? { mark: settings.tproxyMark ?? 1337, transparent } : { bind: settings.bind ?? passthrough },
  };
  return { standIn, actors: [sidecar(settings)] };
}

/** What answers at these ports, and at 53 to datagrams. */
const answering = (ports: readonly number[]): Role => ({
  standIn: {
    name: "application",
    uid: 1000,
    gid: 1000,
    ports: [...answers(ports), { port: 53, proto: "udp" as const, role: "answer" as const }],
  },
  actors: [application({ ports }), application({ ports: [53], proto: "udp" })],
});

export const castOf = ({ pod, peer }: JourneyCase, family: Family): Cast => ({
  pod: [proxy(pod.proxy, family), answering([53, 80, OLD_PORT])],
  peer: [...(peer === undefined ? [] : [proxy(peer.proxy, family)]), answering([53, 80])],
});
