import type { Fate, Headers, Walk } from "../walk/run/walk.ts";

/** Fates with headers: the packet came out somewhere. */
export type Arrived = Extract<Fate, { readonly kind: "delivered" | "sent" }>;

export const arrived = (fate: Fate): fate is Arrived => fate.kind === "delivered" || fate.kind === "sent";

/** Where a packet came out, as it is addressed, and as the listening socket sees it (they differ under TPROXY). */
export interface Landing {
  readonly addresses: readonly string[];
  readonly port: number | undefined;
}

export function landingOf(fate: Arrived): Landing {
  if (fate.kind === "sent" || fate.socket === null) return { addresses: [fate.dst], port: fate.dport };
  return { addresses: [fate.dst, fate.socket.address], port: fate.socket.port };
}

type Ends = Pick<Headers, "src" | "sport" | "dst" | "dport">;

/** An ICMP error has no ports and belongs to the entry of a packet that has. */
const sameEnd = (a: string, aPort: number | undefined, b: string, bPort: number | undefined): boolean =>
  a === b && (aPort === undefined || aPort === bPort);

/**
 * Whether the packet came out somewhere else than where it was sent: its destination was translated, or TPROXY gave it
 * to a socket that listens at another port.
 *
 * Read from the conntrack entry, because a walk does not keep its packet: in the original direction the destination is
 * to be the entry's; a reply's is to be what the answering end wrote.
 */
export function destinationChanged({ conntrack }: Walk, fate: Arrived): boolean {
  if (fate.kind === "delivered" && fate.socket !== null && fate.socket.port !== fate.dport) return true;
  if (conntrack === null) return false;
  const original = conntrack.original as Ends;
  const reply = conntrack.reply as Ends;
  if (sameEnd(fate.dst, fate.dport, original.dst, original.dport)) return false;
  const isReply = sameEnd(fate.dst, fate.dport, original.src, original.sport);
  return !(isReply && sameEnd(original.src, original.sport, reply.dst, reply.dport));
}
