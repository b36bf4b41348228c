import type { End } from "../../net/endpoint.ts";
import type { PacketSpec } from "../../net/packet-spec.ts";
import type { Walk } from "../../walk/run/walk.ts";

/** A connection that an actor has accepted, as the actor sees it. */
export interface Accepted {
  readonly proto: string;
  /** Where the actor listens: the socket's port, and the address that getsockname answers. */
  readonly local: End;
  readonly peer: End;
  /** SO_ORIGINAL_DST, or what was dialled where nothing was translated (N16). */
  readonly original: End;
  /** The packet's mark when it was accepted. */
  readonly mark: number;
  /** What the connection carries, where it is an HBONE tunnel. */
  readonly tunnel: Tunnel | null;
  readonly walk: Walk;
}

/** The request of an HBONE tunnel: CONNECT to a destination, on behalf of a client. */
export interface Tunnel {
  readonly destination: End;
  readonly client: End;
}

/** What an actor does with a connection: answer it itself, refuse it, or open connections of its own. */
export type Reaction =
  | { readonly kind: "answer" }
  | { readonly kind: "refuse"; readonly reason: string }
  | { readonly kind: "open"; readonly connections: readonly Opening[] };

/** A connection that an actor opens; uid, gid, bind address and mark are the actor's settings. */
export type Opening = PacketSpec & {
  /** Why, in a few words for people. */
  readonly note?: string;
  readonly tunnel?: Tunnel;
};

/** A port at which an actor listens, on all addresses. */
export interface ActorPort {
  /** Left out: whatever the protocol. */
  readonly proto?: "tcp" | "udp" | "sctp";
  readonly port: number;
  /** The socket takes what TPROXY gives it. */
  readonly transparent?: boolean;
}

/** A process in a namespace that listens and, for a connection that it accepts, may open others. */
export interface Actor {
  readonly name: string;
  readonly ports: readonly ActorPort[];
  /** Owner and mark of its listeners, which their answers have. */
  readonly owner?: Pick<PacketSpec, "uid" | "gid" | "mark">;
  /** `random` draws from 0 to below 1, as the caller of `journey` gave it; without it the first of several is meant. */
  accept(connection: Accepted, random?: () => number): Reaction;
}
