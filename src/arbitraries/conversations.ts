import * as fc from "fast-check";
import type { TupleText } from "../conntrack/tuple.ts";
import type { PacketSpec } from "../net/packet-spec.ts";
import type { Netns } from "../netns/netns.ts";
import { send } from "../walk/outcomes.ts";
import type { Walk } from "../walk/run/walk.ts";
import { type PacketOptions, packets } from "./packets.ts";

/** A first packet, and which way each further one goes. */
export interface Conversation {
  readonly opens: PacketSpec;
  readonly goesOn: readonly ("forth" | "back")[];
}

/** Conversations of one connection; they shrink to their first packet. */
export const conversations = (netns: Netns, options: PacketOptions = {}): fc.Arbitrary<Conversation> =>
  fc.record({
    opens: packets(netns, { protocols: ["tcp", "udp"], ...options, opening: true }),
    goesOn: fc.array(fc.constantFrom("back" as const, "forth" as const), { maxLength: 6 }),
  });

/** Says a conversation in a namespace; a packet back is what the end that got the first one would send. */
export function converse(
  netns: Netns,
  { opens, goesOn }: Conversation,
): { readonly walks: readonly Walk[]; readonly netns: Netns } {
  const first = send(netns, opens);
  const walks = [first.walk];
  let now = first.netns;
  for (const [at, way] of goesOn.entries()) {
    const packet = way === "forth" ? { ...opens, ...flagsOf(opens, ["ACK"]) } : replyTo(opens, first.walk, at);
    if (packet === null) break;
    const { walk, netns: after } = send(now, packet);
    walks.push(walk);
    now = after;
  }
  return { walks, netns: now };
}

const flagsOf = ({ proto }: PacketSpec, flags: readonly string[]): Partial<PacketSpec> =>
  proto === "tcp" ? { flags } : {};

/**
 * The answer to a packet as the far end writes it: the reply tuple of its entry, or its ends the other way round where
 * nobody tracks it. What was delivered is answered from here, what left is answered from outside.
 */
function replyTo({ proto, mark: _, ...opens }: PacketSpec, { fate, conntrack }: Walk, at: number): PacketSpec | null {
  if (fate.kind !== "delivered" && fate.kind !== "sent") return null;
  const reply = conntrack?.reply as (TupleText & { readonly sport?: number; readonly dport?: number }) | undefined;
  const ends = reply ?? { src: fate.dst, sport: fate.dport, dst: fate.src, dport: fate.sport };
  if (ends.sport === undefined || ends.dport === undefined) return null;
  const { src, dst, sport, dport } = ends;
  const back = { proto, src, sport, dst, dport, ...flagsOf({ ...opens, proto }, at === 0 ? ["SYN", "ACK"] : ["ACK"]) };
  if (fate.kind === "sent") return { ...back, in: fate.out };
  return { ...back, uid: opens.uid ?? 0, gid: opens.gid ?? 0, transparent: true };
}
