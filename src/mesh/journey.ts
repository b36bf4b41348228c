import { type Family, readAddress } from "../net/address.ts";
import type { PacketSpec } from "../net/packet.ts";
import { isConfigured, lookUpRoute } from "../netns/routing.ts";
import { decidingRules } from "../traverse/decision.ts";
import type { Netns } from "../traverse/netns.ts";
import { send } from "../traverse/outcomes.ts";
import type { SendOptions } from "../traverse/send.ts";
import type { Fate, RuleStep, Walk } from "../traverse/walk.ts";
import {
  type Accepted,
  type Actor,
  type Connection,
  type Place,
  placeNamed,
  type Tunnel,
  type World,
} from "./world.ts";

/** One packet's walk through one namespace. */
export interface JourneyHop {
  /** The place whose namespace it walked. */
  readonly place: string;
  readonly packet: PacketSpec;
  readonly walk: Walk;
  /** `open`: an actor (or the beginning) made this connection here; `arrive`: it came in from another place. */
  readonly how: "open" | "arrive";
  /** Who opened it, for `open`. */
  readonly by: string;
  /** Who accepted it, if anybody did. */
  readonly acceptedBy: string | null;
  /** What the acceptor sees as the original destination. */
  readonly original: { readonly address: string; readonly port: number } | null;
}

export type JourneyEnd =
  | "application"
  | "outside"
  | "dropped"
  | "rejected"
  | "refused"
  | "unroutable"
  | "undetermined"
  | "loop";

/** The shortest cycle of a journey that does not end. */
export interface JourneyLoop {
  /** The hops of one round. */
  readonly hops: readonly JourneyHop[];
  /** The rule that catches the connection again, and the one that leads to it; null if no rule does. */
  readonly closedBy: RuleStep | null;
  readonly via: RuleStep | null;
}

/** What the mesh costs: passes through a stack, translations, conntrack entries. */
export interface JourneyCost {
  readonly traversals: number;
  readonly translations: number;
  readonly entries: number;
  readonly connections: number;
}

export interface Journey {
  readonly hops: readonly JourneyHop[];
  readonly end: JourneyEnd;
  /** Where it ended. */
  readonly place: string;
  readonly loop: JourneyLoop | null;
  readonly cost: JourneyCost;
  /** One sentence on why it ended so. */
  readonly reason: string;
}

export interface JourneyOptions extends SendOptions {
  /** Hops after which a RangeError says that the journey neither ends nor repeats. Default 200. */
  readonly limit?: number;
}

/** Source ports of the connections that actors open: one each, so that none is mistaken for another. */
const FIRST_PORT = 50_000;

/** A packet that is about to walk. */
interface Pending {
  readonly place: Place;
  readonly packet: PacketSpec;
  readonly how: "open" | "arrive";
  readonly by: string;
  /** What the connection carries, until somebody accepts it. */
  readonly tunnel: Tunnel | null;
}

/**
 * Follows one connection through the world: each actor that accepts it opens the next, until the application, the
 * outside, a drop, or a loop, which is a connection that was opened before but for its source port.
 *
 * Where an actor opens several connections the first is followed; `journeys` of the others begin at its place.
 *
 * @throws RangeError for a place that does not exist, or a journey of more than `limit` hops
 */
export function journey(world: World, connection: Connection, options: JourneyOptions = {}): Journey {
  const { from, ...first } = connection;
  const namespaces = new Map(world.places.map((place) => [place.name, place.netns]));
  const hops: JourneyHop[] = [];
  const seen = new Map<string, number>();
  let opened = 0;
  let pending: Pending = { place: placeNamed(world, from), packet: first, how: "open", by: from, tunnel: null };
  for (const limit = options.limit ?? 200; hops.length < limit; ) {
    const state = stateOf(pending);
    const before = seen.get(state);
    if (before !== undefined) return looped(hops, before, namespaces, world);
    seen.set(state, hops.length);
    const netns = namespaces.get(pending.place.name)!;
    const { walk, netns: after } = send(netns, pending.packet, options);
    namespaces.set(pending.place.name, after);
    const accepted = acceptedOf(walk, pending.tunnel);
    const actor = accepted && actorFor(pending.place, accepted);
    hops.push({
      place: pending.place.name,
      packet: pending.packet,
      walk,
      how: pending.how,
      by: pending.by,
      acceptedBy: actor?.name ?? null,
      original: accepted?.original ?? null,
    });
    const end = (kind: JourneyEnd, reason: string): Journey => ({
      hops,
      end: kind,
      place: pending.place.name,
      loop: null,
      cost: costOf(hops, namespaces, world),
      reason,
    });
    const { fate } = walk;
    if (fate.kind === "sent") {
      const next = nextPlace(world, pending.place, fate);
      if (next === null) return end("outside", `it leaves ${pending.place.name} by ${fate.out} for ${fate.dst}`);
      pending = arrival(next, pending, fate);
      continue;
    }
    if (accepted === null)
      return end(
        endOf(fate),
        `it ${fate.kind === "unroutable" ? `cannot go on: ${fate.reason}` : `is ${fate.kind}`} in ${pending.place.name}`,
      );
    if (fate.kind === "delivered" && fate.socket === null)
      return end("refused", `nobody listens at ${fate.dst}:${fate.dport} in ${pending.place.name}`);
    const reaction = actor?.accept(accepted) ?? { kind: "answer" as const };
    if (reaction.kind === "answer")
      return end("application", `${actor?.name ?? "the application"} accepts at port ${accepted.local.port}`);
    if (reaction.kind === "refuse") return end("refused", `${actor!.name}: ${reaction.reason}`);
    const [opening] = reaction.connections;
    if (opening === undefined) return end("application", `${actor!.name} opens nothing`);
    const { note: _, tunnel = null, ...packet } = opening;
    pending = {
      place: pending.place,
      packet: { ...packet, sport: packet.sport ?? FIRST_PORT + opened++ },
      how: "open",
      by: actor!.name,
      tunnel,
    };
  }
  throw new RangeError(`journey: more than ${options.limit ?? 200} hops, and no connection was opened twice`);
}

/** What makes two hops the same for rules and actors: all but the ports that the kernel draws. */
const stateOf = ({ place, packet: { sport: _, length: __, ttl: ___, ...rest }, how, by, tunnel }: Pending): string =>
  JSON.stringify([
    tunnel,
    place.name,
    how,
    how === "open" ? by : "",
    Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);

function acceptedOf(walk: Walk, tunnel: Tunnel | null): Accepted | null {
  const { fate, originalDst, conntrack } = walk;
  if (fate.kind !== "delivered" || fate.dport === undefined) return null;
  const local = fate.socket ?? { address: fate.dst, port: fate.dport };
  // For UDP there is no SO_ORIGINAL_DST; a TPROXY socket sees the dialled address as its own (P2).
  return {
    proto: conntrack?.proto ?? "tcp",
    local,
    peer: { address: fate.src, port: fate.sport! },
    original: originalDst ?? { address: fate.dst, port: fate.dport },
    mark: fate.mark,
    tunnel,
    walk,
  };
}

const actorFor = ({ actors }: Place, { proto, local }: Accepted): Actor | undefined =>
  actors.find((actor) => actor.ports.some((one) => one.port === local.port && one.proto === proto));

function endOf(fate: Fate): JourneyEnd {
  switch (fate.kind) {
    case "delivered":
      return "application";
    case "sent":
      return "outside";
    case "queued":
      return "dropped";
    default:
      return fate.kind;
  }
}

type Sent = Extract<Fate, { readonly kind: "sent" }>;

const familyOf = (address: string): Family => (address.includes(":") ? "ipv6" : "ipv4");

const owns = ({ host }: Netns, address: string): boolean =>
  isConfigured(host, familyOf(address), readAddress(address)!.words);

/** Where a packet that left goes: the gateway of its place, or the place that has the address. */
function nextPlace(world: World, place: Place, fate: Sent): Place | null {
  if (place.gateway !== undefined && !fate.forwarded) return placeNamed(world, place.gateway);
  return world.places.find((other) => other !== place && owns(other.netns, fate.dst)) ?? null;
}

function arrival(place: Place, { place: from, packet, tunnel }: Pending, fate: Sent): Pending {
  const { uid: _, gid: __, groups: ___, transparent: ____, out: _____, in: ______, mark: _______, ...rest } = packet;
  const { src, dst, sport, dport } = fate;
  const ttl = (packet.ttl ?? 64) - (fate.forwarded ? 1 : 0);
  const arrived: PacketSpec = {
    ...rest,
    src,
    dst,
    ...(sport !== undefined && { sport }),
    ...(dport !== undefined && { dport }),
    ttl,
    in: place.device ?? arrivalDevice(place, src),
  };
  return { place, packet: arrived, how: "arrive", by: from.name, tunnel };
}

/** The device of a place that routes back to an address. */
function arrivalDevice({ netns }: Place, address: string): string {
  const family = familyOf(address);
  const { words } = readAddress(address)!;
  const route = lookUpRoute(netns.host[family], {
    destination: words,
    source: null,
    mark: 0,
    inDevice: "",
    outDevice: "",
  });
  if (route !== undefined && route.type === "unicast") return route.dev;
  const other = [...netns.host.devices.keys()].find((name) => name !== "lo");
  return other ?? "eth0";
}

function looped(
  hops: readonly JourneyHop[],
  before: number,
  namespaces: ReadonlyMap<string, Netns>,
  world: World,
): Journey {
  const round = hops.slice(before);
  const closing = [...round]
    .reverse()
    .map(({ walk }) => decidingRules(walk.steps, walk.fate))
    .find((one) => one !== null);
  const names = round.map((hop) => hop.acceptedBy ?? hop.place).join(" → ");
  return {
    hops,
    end: "loop",
    place: round.at(-1)!.place,
    loop: { hops: round, closedBy: closing?.rule ?? null, via: closing?.via ?? null },
    cost: costOf(hops, namespaces, world),
    reason: `the same connection is opened again: ${names}`,
  };
}

function costOf(hops: readonly JourneyHop[], namespaces: ReadonlyMap<string, Netns>, world: World): JourneyCost {
  let traversals = 0;
  let translations = 0;
  for (const { walk, packet } of hops) {
    // Out and in again over lo are two passes through the stack.
    traversals += packet.in === undefined && walk.fate.kind === "delivered" ? 2 : 1;
    const { conntrack } = walk;
    if (conntrack === null || !("sport" in conntrack.original) || !("sport" in conntrack.reply)) continue;
    if (conntrack.reply.src !== conntrack.original.dst || conntrack.reply.sport !== conntrack.original.dport)
      translations++;
    if (conntrack.reply.dst !== conntrack.original.src || conntrack.reply.dport !== conntrack.original.sport)
      translations++;
  }
  let entries = 0;
  for (const place of world.places) entries += namespaces.get(place.name)!.conntrack.size - place.netns.conntrack.size;
  return { traversals, translations, entries, connections: hops.filter((hop) => hop.how === "open").length };
}
