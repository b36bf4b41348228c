import * as fc from "fast-check";
import type { Connection, Place, World } from "../mesh/world/world.ts";
import type { PacketSpec } from "../net/packet-spec.ts";
import { edgesOf } from "../walk/edges.ts";
import { type PacketOptions, packets } from "./packets.ts";

/** Which connections are wanted; they are always made in a place of the world, and open. */
export type ConnectionOptions = Omit<PacketOptions, "from" | "opening">;

/** Addresses that other places of a world can be reached at. */
const addressesOf = ({ netns }: Place, family: "ipv4" | "ipv6"): readonly string[] =>
  edgesOf(netns, family).own.filter((address) => !/^(127\.|::1$|::6$)/.test(address));

/**
 * Connections that processes of a world may open: to their own pod, to the other places, to whatever the rules of their
 * namespace name. They shrink to the first place, its own address, port 80 and uid 1000.
 *
 * @example
 * fc.assert(fc.property(connections(world), (connection) => journey(world, connection).end !== "loop"));
 */
export function connections(world: World, options: ConnectionOptions = {}): fc.Arbitrary<Connection> {
  if (world.places.length === 0) throw new RangeError("connections: the world has no places");
  const family = options.family ?? "ipv4";
  const everywhere = world.places.flatMap((place) => addressesOf(place, family));
  const from = (place: Place): fc.Arbitrary<Connection> => {
    const drawn = packets(place.netns, { protocols: ["tcp"], ...options, family, from: "here", opening: true });
    // Half of them to another place: the namespace's own rules rarely name those addresses.
    const redirected = fc
      .tuple(drawn, fc.constantFrom(...(everywhere.length > 0 ? everywhere : ["192.0.2.1"])))
      .map(([packet, dst]): PacketSpec => ({ ...packet, dst }));
    return fc.oneof({ withCrossShrink: true }, drawn, redirected).map((packet) => ({ from: place.name, ...packet }));
  };
  return fc.oneof({ withCrossShrink: true }, ...world.places.map(from));
}
