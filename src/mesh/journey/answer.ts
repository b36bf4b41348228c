import { type End, endText } from "../../net/endpoint.ts";
import type { PacketSpec } from "../../net/packet-spec.ts";
import type { Netns } from "../../netns/netns.ts";
import { send } from "../../walk/outcomes.ts";
import type { Fate, Walk } from "../../walk/run/walk.ts";
import type { SendOptions } from "../../walk/send.ts";
import { arrival, nextPlace } from "../world/wiring.ts";
import type { Place, World } from "../world/world.ts";
import { deadEnd } from "./end.ts";

type Delivered = Extract<Fate, { readonly kind: "delivered" }>;
type Tuple = { readonly src: string; readonly sport?: number; readonly dst: string; readonly dport?: number };

/** Who opened a TCP connection and waits for the answer: where, and between which ends. */
export interface Asker {
  readonly place: string;
  /** It came into that place from somewhere that the world does not know. */
  readonly outside: boolean;
  readonly own: End;
  readonly dialled: End;
}

/** Who waits, as the first walk of a connection tells it; null where no handshake is to be had. */
export function askerOf(place: string, packet: PacketSpec, { fate, conntrack }: Walk): Asker | null {
  const opens = packet.proto === "tcp" && (packet.flags ?? ["SYN"]).join() === "SYN";
  if (!opens || !("src" in fate)) return null;
  const asked = (conntrack?.original ?? { ...fate, dst: packet.dst, dport: packet.dport }) as Tuple;
  if (asked.sport === undefined || asked.dport === undefined) return null;
  return {
    place,
    outside: packet.in !== undefined,
    own: { address: asked.src, port: asked.sport },
    dialled: { address: asked.dst, port: asked.dport },
  };
}

export interface Answered {
  readonly namespaces: ReadonlyMap<string, Netns>;
  /** Why the answer does not come back, in one clause; null where it does, or where that is not known. */
  readonly lost: string | null;
}

/**
 * Walks the SYN+ACK of whoever listens back to whoever asked. A process accepts a connection only when its kernel has
 * had the answer to that answer, so what does not find back is never accepted, whatever rules brought the SYN there
 * (net/ipv4/tcp_minisocks.c, tcp_check_req).
 */
export function answer(
  world: World,
  namespaces: ReadonlyMap<string, Netns>,
  asker: Asker,
  { place, fate, owner }: { readonly place: Place; readonly fate: Delivered; readonly owner: Partial<PacketSpec> },
  options: SendOptions,
): Answered {
  const after = new Map(namespaces);
  let at = place;
  let packet: PacketSpec = {
    ...owner,
    proto: "tcp",
    flags: ["SYN", "ACK"],
    src: fate.dst,
    sport: fate.dport!,
    dst: fate.src,
    dport: fate.sport!,
    transparent: true,
  };
  for (;;) {
    const { walk, netns } = send(after.get(at.name)!, packet, options);
    after.set(at.name, netns);
    const { fate: end } = walk;
    if (end.kind === "sent" && !(asker.outside && at.name === asker.place)) {
      const next = nextPlace(world, at, end);
      if (next !== null) {
        packet = arrival(next, packet, end);
        at = next;
        continue;
      }
    }
    return { namespaces: after, lost: lossOf(end, at.name, asker) };
  }
}

function lossOf(fate: Fate, place: string, { place: home, outside, own, dialled }: Asker): string | null {
  if (fate.kind === "undetermined") return null;
  const there = place === home && fate.kind === (outside ? "sent" : "delivered");
  if (!there || !("src" in fate))
    return fate.kind === "delivered" ? `it ends in ${place}, where nobody waits for it` : deadEnd(fate, place)!.reason;
  if (fate.dst !== own.address || fate.dport !== own.port)
    return `it goes to ${toText(fate)} and not to ${endText(own)}`;
  if (fate.src === dialled.address && fate.sport === dialled.port) return null;
  return `it comes from ${fromText(fate)}, and ${endText(dialled)} was dialled`;
}

type Ends = Extract<Fate, { readonly src: string }>;
const toText = ({ dst, dport }: Ends): string => endText({ address: dst, port: dport });
const fromText = ({ src, sport }: Ends): string => endText({ address: src, port: sport });
