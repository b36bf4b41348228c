import type { Accepted, Actor, ActorPort, Reaction } from "./actor.ts";

/** What {@link application} takes. */
export interface ApplicationSettings {
  /** Default: application. */
  readonly name?: string;
  readonly ports: readonly number[];
  /** Default: tcp. */
  readonly proto?: "tcp" | "udp" | "sctp";
}

/** A process that answers at its ports. */
export const application = ({ name = "application", ports, proto = "tcp" }: ApplicationSettings): Actor => ({
  name,
  ports: ports.map((port) => ({ proto, port })),
  accept: () => ({ kind: "answer" }),
});

/** An actor from a function. */
export const actor = (
  name: string,
  ports: readonly ActorPort[],
  accept: (connection: Accepted, random?: () => number) => Reaction,
): Actor => ({ name, ports, accept });
