import type { PacketSpec } from "../../net/packet-spec.ts";
import type { Netns } from "../../netns/netns.ts";
import type { Actor } from "../actors/actor.ts";

/** A network namespace of the world: a pod, or a node with its own rules. */
export interface Place {
  readonly name: string;
  readonly netns: Netns;
  readonly actors: readonly Actor[];
  /**
   * The place that its packets leave to, by name. Without one they go to the place that has the address of the route's
   * next hop, else to the one that has the destination.
   */
  readonly gateway?: string;
  /** The device that packets from other places arrive on. Default: the one that routes back to their source. */
  readonly device?: string;
}

/** Namespaces, wired by the addresses of their devices. */
export interface World {
  readonly places: readonly Place[];
}

/** A connection to follow: its first packet, and where it begins. */
export type Connection = PacketSpec & { readonly from: string };

/** @throws RangeError for a name that is no place of the world, or that two have */
export function placeNamed(world: World, name: string): Place {
  const found = world.places.filter((place) => place.name === name);
  if (found.length === 1) return found[0]!;
  const known = world.places.map((place) => place.name).join(", ");
  throw new RangeError(
    found.length === 0
      ? `world: no place is called "${name}" (it has ${known})`
      : `world: ${found.length} places are called "${name}"`,
  );
}
