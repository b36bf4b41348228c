import type { PacketSpec } from "../net/packet.ts";
import { readPacketWords } from "../net/packet.ts";
import type { Netns } from "../traverse/netns.ts";
import { send } from "../traverse/outcomes.ts";
import type { SendOptions } from "../traverse/send.ts";
import type { Walk } from "../traverse/walk.ts";

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
export type FollowEnd = "application" | "outside" | "dropped" | "refused" | "undetermined" | "loop";

export interface Following {
  readonly hops: readonly Hop[];
  readonly end: FollowEnd;
  /** The hops that repeat, the first of them opened again by the last. */
  readonly loop: readonly Hop[] | null;
}

/** Envoy as an Istio sidecar without a configuration of its own: passthrough outbound, original destination inbound. */
export function sidecarProxies(settings: { readonly uid?: number; readonly gid?: number } = {}): readonly Proxy[] {
  const { uid = 1337, gid = 1337 } = settings;
  const refuses = [15001, 15006];
  return [
    { name: "Envoy outbound", port: 15001, uid, gid, destination: "original", refuses },
    {
      name: "Envoy inbound",
      port: 15006,
      uid,
      gid,
      source: { ipv4: "127.0.0.6", ipv6: "::6" },
      destination: "original",
      refuses,
    },
  ];
}

/** What makes two connections the same for the rules: everything but the port that the kernel draws. */
const stateOf = ({ sport: _, ...rest }: PacketSpec): string => JSON.stringify(rest);

/** Source ports of the connections that proxies open: one for each hop, so that none is mistaken for another. */
const FIRST_PORT = 50_000;

/**
 * Walks a packet and then, for as long as a proxy accepts, the connection that the proxy opens: until the application,
 * the outside, or a connection that was opened before, which is a loop.
 *
 * Ends always: there are finitely many owners, addresses and ports that rules and proxies name, and at most
 * `limit` hops are followed (a RangeError beyond it).
 */
export function followProxies(
  netns: Netns,
  first: PacketSpec | string,
  proxies: readonly Proxy[],
  options: SendOptions & { readonly limit?: number } = {},
): Following {
  const hops: Hop[] = [];
  const seen = new Map<string, number>();
  let packet = typeof first === "string" ? readPacketWords(first) : first;
  let now = netns;
  for (const limit = options.limit ?? 64; hops.length < limit; ) {
    const state = stateOf(packet);
    const before = seen.get(state);
    if (before !== undefined) return { hops, end: "loop", loop: hops.slice(before) };
    seen.set(state, hops.length);
    const { walk, netns: after } = send(now, packet, options);
    now = after;
    const proxy = acceptor(walk, proxies);
    hops.push({ packet, walk, proxy });
    if (proxy === null) return { hops, end: endOf(walk), loop: null };
    const next = opened(proxy, walk, FIRST_PORT + hops.length);
    if (next === null) return { hops, end: "refused", loop: null };
    packet = next;
  }
  throw new RangeError(`followProxies: more than ${options.limit ?? 64} hops without a repetition`);
}

function acceptor({ fate }: Walk, proxies: readonly Proxy[]): Proxy | null {
  if (fate.kind !== "delivered" || fate.socket === null) return null;
  const { port } = fate.socket;
  return proxies.find((proxy) => proxy.port === port) ?? null;
}

function endOf({ fate }: Walk): FollowEnd {
  switch (fate.kind) {
    case "delivered":
      return fate.socket === null ? "refused" : "application";
    case "sent":
      return "outside";
    case "undetermined":
      return "undetermined";
    case "rejected":
      return "refused";
    case "dropped":
    case "queued":
    case "unroutable":
      return "dropped";
  }
}

/** The connection that a proxy opens for one that it accepted, or null if it refuses to. */
function opened(proxy: Proxy, { fate, originalDst, conntrack }: Walk, sport: number): PacketSpec | null {
  if (fate.kind !== "delivered") return null;
  const original = originalDst ?? { address: fate.dst, port: fate.dport! };
  const to = proxy.destination === "original" ? original : proxy.destination;
  if (proxy.destination === "original" && proxy.refuses?.includes(original.port)) return null;
  const v6 = to.address.includes(":");
  const src = proxy.source === "client" ? fate.src : v6 ? proxy.source?.ipv6 : proxy.source?.ipv4;
  return {
    proto: conntrack?.proto ?? "tcp",
    ...(src !== undefined && { src }),
    sport,
    dst: to.address,
    dport: to.port,
    uid: proxy.uid,
    gid: proxy.gid,
    ...(proxy.mark !== undefined && { mark: proxy.mark }),
    ...(proxy.source === "client" && { transparent: true }),
  };
}
