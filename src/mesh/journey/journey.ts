import type { PacketSpec } from "../../net/packet-spec.ts";
import type { Netns } from "../../netns/netns.ts";
import { type Assumption, outcomes, send } from "../../walk/outcomes.ts";
import type { Walk } from "../../walk/run/walk.ts";
import type { Accepted, Actor, Opening, Tunnel } from "../actors/actor.ts";
import { arrival, nextPlace } from "../world/wiring.ts";
import { type Connection, type Place, placeNamed, type World } from "../world/world.ts";
import { type Asker, answer, askerOf } from "./answer.ts";
import { readConnection } from "./connection.ts";
import { costOf, deadEnd, loopOf, loopText } from "./end.ts";
import type { Journey, JourneyEnd, JourneyHop, JourneyOptions } from "./types.ts";

/** A packet that is about to walk. */
interface Pending {
  readonly place: Place;
  readonly packet: PacketSpec;
  readonly how: "open" | "arrive";
  readonly by: string;
  readonly note: string | null;
  /** What the connection carries, until somebody accepts it. */
  readonly tunnel: Tunnel | null;
}

/** A journey on the way. Each step makes the next one and leaves this as it is, so that a journey can branch. */
interface Travel {
  readonly pending: Pending;
  readonly hops: readonly JourneyHop[];
  /** The hop at which each connection was opened first. */
  readonly seen: ReadonlyMap<string, number>;
  readonly namespaces: ReadonlyMap<string, Netns>;
  /** Who opened the connection that is under way; null where nobody waits for an answer. */
  readonly asker: Asker | null;
}

/** Source ports of the connections that actors open: one each, so that none is mistaken for another. */
const FIRST_PORT = 50_000;
const LIMIT = 200;

/**
 * Follows one connection through the world: each actor that accepts it opens the next, until the application, the
 * outside, a drop, or a loop, which is a connection that was opened before but for its source port.
 *
 * A TCP connection is accepted when its answer has come back to whoever opened it, and not before.
 *
 * Where an actor opens several connections the first is followed, the others stand in the hop's `opened`. Where the
 * rules draw by chance, `options.random` draws; without it the journey ends undetermined ({@link journeys} gives all).
 *
 * @throws RangeError for a place that does not exist, or a journey of more than `limit` hops
 */
export function journey(world: World, connection: Connection | string, options: JourneyOptions = {}): Journey {
  let travel: Travel | Journey = departure(world, connection);
  while ("pending" in travel) {
    const { walk, netns } = send(netnsOf(travel), travel.pending.packet, options);
    travel = onward(world, travel, walk, netns, options);
  }
  return travel;
}

/** One of the ways that a connection can go, with what it takes for granted. */
export interface PossibleJourney {
  readonly journey: Journey;
  /** Over chance alone; the journeys of one set of assumptions add up to 1. */
  readonly probability: number;
  readonly assumptions: readonly Assumption[];
}

/** Every journey that chance and what was not said allow, such as one for each endpoint that kube-proxy may choose. */
export function journeys(
  world: World,
  connection: Connection | string,
  options: Omit<JourneyOptions, "random"> = {},
): PossibleJourney[] {
  const found: PossibleJourney[] = [];
  const explore = (travel: Travel | Journey, probability: number, assumptions: readonly Assumption[]): void => {
    if (!("pending" in travel)) {
      found.push({ journey: travel, probability, assumptions });
      return;
    }
    for (const one of outcomes(netnsOf(travel), travel.pending.packet, options))
      explore(onward(world, travel, one.walk, one.netns, options), probability * one.probability, [
        ...assumptions,
        ...one.assumptions,
      ]);
  };
  explore(departure(world, connection), 1, []);
  return found;
}

const netnsOf = ({ pending, namespaces }: Travel): Netns => namespaces.get(pending.place.name)!;

function departure(world: World, given: Connection | string): Travel {
  const { from, ...packet } = typeof given === "string" ? readConnection(given) : given;
  const pending: Pending = { place: placeNamed(world, from), packet, how: "open", by: from, note: null, tunnel: null };
  return {
    pending,
    hops: [],
    seen: new Map([[stateOf(pending), 0]]),
    namespaces: new Map(world.places.map(({ name, netns }) => [name, netns])),
    asker: null,
  };
}

/** What makes two hops the same for rules and actors: all but the ports that the kernel draws. */
function stateOf({ place, packet, how, by, tunnel }: Pending): string {
  const { sport: _, length: __, ttl: ___, ...rest } = packet;
  const fields = Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1));
  const inside = tunnel && { ...tunnel, client: tunnel.client.address };
  return JSON.stringify([place.name, how, how === "open" ? by : "", fields, inside]);
}

/** The journey after a walk: its next packet, or its end. */
function onward(world: World, travel: Travel, walk: Walk, after: Netns, options: JourneyOptions): Travel | Journey {
  const { pending } = travel;
  const { place } = pending;
  const { fate } = walk;
  const asker = pending.how === "open" ? askerOf(place.name, pending.packet, walk) : travel.asker;
  const reached = acceptedOf(walk, pending.tunnel);
  const actor = reached && actorFor(place, reached);
  const walked = new Map(travel.namespaces).set(place.name, after);
  const { namespaces, lost } =
    reached !== null && asker !== null && fate.kind === "delivered"
      ? answer(world, walked, asker, { place, fate, owner: actor?.owner ?? {} }, options)
      : { namespaces: walked, lost: null };
  const accepted = lost === null ? reached : null;
  const reaction = (accepted && actor?.accept(accepted, options.random)) ?? ({ kind: "answer" } as const);
  const opened = reaction.kind === "open" ? reaction.connections : [];
  const hop: JourneyHop = {
    place: place.name,
    packet: pending.packet,
    walk,
    how: pending.how,
    by: pending.by,
    note: pending.note,
    acceptedBy: (accepted && actor?.name) ?? null,
    original: accepted?.original ?? null,
    lost,
    opened,
  };
  const next: Travel = { ...travel, hops: [...travel.hops, hop], namespaces, asker };
  if (fate.kind === "sent") {
    const there = nextPlace(world, place, fate);
    if (there !== null)
      return along(world, next, options, {
        ...pending,
        place: there,
        packet: arrival(there, pending.packet, fate),
        how: "arrive",
        by: place.name,
      });
  }
  const dead = deadEnd(fate, place.name);
  if (dead !== null) return ended(world, next, dead.end, dead.reason);
  if (lost !== null)
    return ended(
      world,
      next,
      "unanswered",
      `the answer of ${actor?.name ?? "the application"} in ${place.name} is lost: ${lost}`,
    );
  if (reaction.kind === "refuse") return ended(world, next, "refused", `${actor!.name} refuses: ${reaction.reason}`);
  const [opening] = opened;
  if (opening === undefined) {
    const at = accepted === null ? "" : ` at port ${accepted.local.port}`;
    return ended(world, next, "application", `${actor?.name ?? "the application"} in ${place.name} accepts it${at}`);
  }
  return along(world, next, options, openedBy(actor!, place, opening, next));
}

function openedBy({ name }: Actor, place: Place, opening: Opening, { hops }: Travel): Pending {
  const { note = null, tunnel = null, ...packet } = opening;
  const before = hops.filter(({ how }) => how === "open").length - 1;
  return {
    place,
    packet: { ...packet, sport: packet.sport ?? FIRST_PORT + before },
    how: "open",
    by: name,
    note,
    tunnel,
  };
}

/** Goes on with a packet, unless it is one that went before. */
function along(world: World, travel: Travel, { limit = LIMIT }: JourneyOptions, pending: Pending): Travel | Journey {
  const { hops, seen } = travel;
  const state = stateOf(pending);
  const before = seen.get(state);
  if (before !== undefined) {
    const loop = loopOf(hops.slice(before));
    return { ...ended(world, travel, "loop", loopText(loop)), loop };
  }
  if (hops.length >= limit)
    throw new RangeError(`journey: more than ${limit} hops, and no connection was opened twice`);
  return { ...travel, pending, seen: new Map(seen).set(state, hops.length) };
}

function ended(world: World, { hops, namespaces }: Travel, end: JourneyEnd, reason: string): Journey {
  return { hops, end, place: hops.at(-1)!.place, loop: null, cost: costOf(world, hops, namespaces), reason };
}

/** What an actor learns of a delivered packet; null for one without ports. */
function acceptedOf(walk: Walk, tunnel: Tunnel | null): Accepted | null {
  const { fate, originalDst, conntrack } = walk;
  if (fate.kind !== "delivered" || fate.dport === undefined || fate.socket === null) return null;
  return {
    proto: conntrack?.proto ?? "tcp",
    local: fate.socket,
    peer: { address: fate.src, port: fate.sport! },
    // A TPROXY socket has the dialled address as its own (P2), and UDP has no SO_ORIGINAL_DST.
    original: originalDst ?? { address: fate.dst, port: fate.dport },
    mark: fate.mark,
    tunnel,
    walk,
  };
}

const actorFor = ({ actors }: Place, { proto, local }: Accepted): Actor | undefined =>
  actors.find(({ ports }) => ports.some((one) => one.port === local.port && (one.proto ?? proto) === proto));
