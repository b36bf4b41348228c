import { familyOf } from "../../net/endpoint.ts";
import type { PacketSpec } from "../../net/packet-spec.ts";
import { readPacketWords } from "../../net/packet-words.ts";
import type { Netns } from "../../netns/netns.ts";
import type { Walk } from "../../walk/run/walk.ts";
import type { SendOptions } from "../../walk/send.ts";
import type { Actor } from "../actors/actor.ts";
import { open, refuseOwnPort } from "../actors/proxying.ts";
import { journey } from "./journey.ts";
import type { JourneyEnd } from "./types.ts";

/** A process that accepts at a port and, for each connection it accepts, opens another one of its own. */
export interface Proxy {
  readonly name: string;
  readonly port: number;
  /** The owner of the connections that it opens. */
  readonly uid: number;
  readonly gid: number;
  readonly mark?: number;
  /** The address that it binds: one per family, `client` for that of the accepted connection, or unbound. */
  readonly source?: "client" | { readonly ipv4?: string; readonly ipv6?: string };
  /** Where it connects to: where the accepted connection was going before any translation, or a fixed place. */
  readonly destination: "original" | { readonly address: string; readonly port: number };
  /** Original destination ports that it refuses, as Envoy's blackhole filter chains do for its own listeners. */
  readonly refuses?: readonly number[];
}

/** One connection on the way and its first packet's walk. */
export interface Hop {
  readonly packet: PacketSpec;
  readonly walk: Walk;
  /** Who accepted it; null for the application, the outside, and packets that ended otherwise. */
  readonly proxy: Proxy | null;
}

/** How following proxies ended. */
export type FollowEnd = "application" | "outside" | "dropped" | "refused" | "unanswered" | "undetermined" | "loop";

/** Where a packet and what the proxies opened for it went: what {@link followProxies} gives. */
export interface Following {
  readonly hops: readonly Hop[];
  readonly end: FollowEnd;
  /** The hops that repeat, the first of them opened again by the last. */
  readonly loop: readonly Hop[] | null;
}

/** Envoy as an Istio sidecar without a configuration of its own: passthrough outbound, original destination inbound. */
export function sidecarProxies(settings: { readonly uid?: number; readonly gid?: number } = {}): readonly Proxy[] {
  const { uid = 1337, gid = 1337 } = settings;
  const common = { uid, gid, destination: "original" as const, refuses: [15001, 15006] };
  return [
    { name: "Envoy outbound", port: 15001, ...common },
    { name: "Envoy inbound", port: 15006, source: { ipv4: "127.0.0.6", ipv6: "::6" }, ...common },
  ];
}

/** The coarser words of {@link FollowEnd}. */
const ENDS: Readonly<Record<JourneyEnd, FollowEnd>> = {
  application: "application",
  outside: "outside",
  dropped: "dropped",
  unroutable: "dropped",
  unanswered: "unanswered",
  rejected: "refused",
  refused: "refused",
  undetermined: "undetermined",
  loop: "loop",
};

/**
 * Walks a packet and then, for as long as a proxy accepts, the connection that the proxy opens: until the application,
 * the outside, or a connection that was opened before, which is a loop. It is a {@link journey} in a world of one place.
 *
 * Ends always: there are finitely many owners, addresses and ports that rules and proxies name, and at most
 * `limit` hops are followed (a RangeError beyond it; default 64).
 */
export function followProxies(
  netns: Netns,
  first: PacketSpec | string,
  proxies: readonly Proxy[],
  options: SendOptions & { readonly limit?: number } = {},
): Following {
  const from = "here";
  const packet = typeof first === "string" ? readPacketWords(first) : first;
  const world = { places: [{ name: from, netns, actors: proxies.map(actorOf) }] };
  const travelled = journey(world, { ...packet, from }, { limit: 64, ...options });
  const hops = travelled.hops.map(({ packet, walk }): Hop => ({ packet, walk, proxy: acceptor(walk, proxies) }));
  const loop = travelled.loop && hops.slice(-travelled.loop.hops.length);
  return { hops, end: ENDS[travelled.end], loop };
}

function acceptor({ fate }: Walk, proxies: readonly Proxy[]): Proxy | null {
  const socket = fate.kind === "delivered" ? fate.socket : null;
  return proxies.find((proxy) => proxy.port === socket?.port) ?? null;
}

const actorOf = ({ name, port, source, destination, refuses, uid, gid, mark }: Proxy): Actor => ({
  name,
  ports: [{ port }],
  owner: { uid, gid },
  accept({ original, peer, proto }) {
    if (destination === "original" && refuses?.includes(original.port)) return refuseOwnPort(original.port);
    const to = destination === "original" ? original : destination;
    const src = source === "client" ? peer.address : source?.[familyOf(to.address)];
    return open({
      proto,
      ...(src !== undefined && { src }),
      dst: to.address,
      dport: to.port,
      uid,
      gid,
      ...(mark !== undefined && { mark }),
      ...(source === "client" && { transparent: true }),
    });
  },
});
