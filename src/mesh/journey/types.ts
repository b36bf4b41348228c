import type { End } from "../../net/endpoint.ts";
import type { PacketSpec } from "../../net/packet-spec.ts";
import type { RuleStep } from "../../program/step.ts";
import type { Walk } from "../../walk/run/walk.ts";
import type { SendOptions } from "../../walk/send.ts";
import type { Opening } from "../actors/actor.ts";

/** One packet's walk through one namespace. */
export interface JourneyHop {
  /** The place whose namespace it walked. */
  readonly place: string;
  readonly packet: PacketSpec;
  readonly walk: Walk;
  /** `open`: an actor (or the beginning) made this connection here; `arrive`: it came in from another place. */
  readonly how: "open" | "arrive";
  /** Who opened it, or the place that it came from. */
  readonly by: string;
  /** Why it was opened, in the words of who opened it. */
  readonly note: string | null;
  /** The actor that accepted it, if one did. */
  readonly acceptedBy: string | null;
  /** What the acceptor sees as the original destination. */
  readonly original: End | null;
  /** Why the answer of whoever listens there does not come back, so that it never accepts; null where it does. */
  readonly lost: string | null;
  /** What the acceptor opened then. The first of it is the next hop; the others are not followed. */
  readonly opened: readonly Opening[];
}

/**
 * How a journey ends. `refused`: nobody listens, or an actor will not have it. `unanswered`: somebody listens, whose
 * answer does not find back, so that the connection hangs in its handshake.
 */
export type JourneyEnd =
  | "application"
  | "outside"
  | "dropped"
  | "rejected"
  | "refused"
  | "unanswered"
  | "unroutable"
  | "undetermined"
  | "loop";

/** The cycle of a journey that does not end: the shortest, since it is found when the first connection repeats. */
export interface JourneyLoop {
  /** The hops of one round. */
  readonly hops: readonly JourneyHop[];
  /** The rule whose target catches the connection again, and the one that leads to it; null if no rule does. */
  readonly closedBy: RuleStep | null;
  readonly via: RuleStep | null;
}

/** What the mesh costs: passes through a stack, translated ends, conntrack entries, connections opened. */
export interface JourneyCost {
  readonly traversals: number;
  readonly translations: number;
  readonly entries: number;
  readonly connections: number;
}

/** A connection's way through a world: every namespace that it was in, and how it ended. */
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

/** What `journey` takes besides, with the options of `send`. */
export interface JourneyOptions extends SendOptions {
  /** Hops after which a RangeError says that the journey neither ends nor repeats. Default 200. */
  readonly limit?: number;
}
