import { isConfigured, lookUpRoute, type RouteKey } from "../../host/routing.ts";
import { addressText, readAddress } from "../../net/address.ts";
import { familyOf } from "../../net/endpoint.ts";
import type { PacketSpec } from "../../net/packet-spec.ts";
import type { Netns } from "../../netns/netns.ts";
import type { Fate } from "../../walk/run/walk.ts";
import { type Place, placeNamed, type World } from "./world.ts";

type Sent = Extract<Fate, { readonly kind: "sent" }>;

const owns = ({ host }: Netns, address: string): boolean =>
  isConfigured(host, familyOf(address), readAddress(address)!.words);

const routeTo = ({ host }: Netns, address: string, more: Partial<RouteKey> = {}) =>
  lookUpRoute(host[familyOf(address)], {
    destination: readAddress(address)!.words,
    source: null,
    mark: 0,
    inDevice: "",
    outDevice: "",
    ...more,
  });

/**
 * The place at the other end of the wire: the named gateway, else who has the next hop's address, else who has the
 * destination's (routers in between that are not of the world). null: it leaves the world.
 */
export function nextPlace(world: World, place: Place, { dst, out, mark, forwarded }: Sent): Place | null {
  if (place.gateway !== undefined && !forwarded) return placeNamed(world, place.gateway);
  const others = world.places.filter((other) => other !== place);
  const via = routeTo(place.netns, dst, { outDevice: out, mark: mark | 0 })?.via;
  const hop = via ? addressText(familyOf(dst), via) : dst;
  return others.find((other) => owns(other.netns, hop)) ?? others.find((other) => owns(other.netns, dst)) ?? null;
}

/** What a wire does not carry: the sender's owner and mark, and by which devices the packet came and left (L5). */
const LEFT_BEHIND: ReadonlySet<string> = new Set<keyof PacketSpec>([
  "uid",
  "gid",
  "groups",
  "transparent",
  "mark",
  "out",
  "physIn",
  "physOut",
]);

/** The packet as the next place gets it. */
export function arrival(place: Place, packet: PacketSpec, fate: Sent): PacketSpec {
  const rest = Object.fromEntries(Object.entries(packet).filter(([member]) => !LEFT_BEHIND.has(member)));
  const { src, dst, sport, dport } = fate;
  return {
    ...rest,
    proto: packet.proto,
    src,
    dst,
    ...(sport !== undefined && { sport }),
    ...(dport !== undefined && { dport }),
    // What a bridge has switched is a hop no further (U4).
    ttl: (packet.ttl ?? 64) - (fate.forwarded && fate.physOut === undefined ? 1 : 0),
    in: place.device ?? arrivalDevice(place, src),
  };
}

/** The device that leads back to an address; else the first that is not lo. */
function arrivalDevice({ netns }: Place, address: string): string {
  const route = routeTo(netns, address);
  if (route?.type === "unicast") return route.dev;
  return [...netns.host.devices.keys()].find((name) => name !== "lo") ?? "lo";
}
