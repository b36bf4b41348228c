import { type End, endText, readEnd } from "../../net/endpoint.ts";
import type { Accepted, ActorPort, Opening, Reaction, Tunnel } from "./actor.ts";

/** What every proxy can be told to do otherwise: one line makes it a misconfigured one. */
export interface OpensAs {
  /** The owner of the connections that it opens. */
  readonly uid?: number;
  readonly gid?: number;
  /** The address that it binds for connections to the application. */
  readonly bind?: string;
  readonly mark?: number;
}

/** Where a proxy finds what lies behind a destination. */
export interface Upstreams {
  /** Original destinations (`10.96.0.50:80`) and the endpoints that stand for them; others are passed through. */
  readonly upstreams?: Readonly<Record<string, readonly string[]>>;
  /** The nameservers (`10.96.0.10:53`) that it asks when it cannot answer a query itself. */
  readonly resolvers?: readonly string[];
}

/** Ports of Istio's data plane that both proxies have. Source: istio.io, "Application Requirements", "Ports used". */
export const OUTBOUND = 15001;
export const INBOUND = 15006;
export const TUNNEL = 15008;
export const DNS = 15053;

export const tcpPorts = (ports: readonly number[]): ActorPort[] => ports.map((port) => ({ proto: "tcp", port }));

const refuse = (reason: string): Reaction => ({ kind: "refuse", reason });

export const open = (connection: Opening): Reaction => ({ kind: "open", connections: [connection] });

/** A tunnel that a proxy does not end is bytes to it, and goes on in what it opens. */
export const passed = (tunnel: Tunnel | null): Partial<Opening> => (tunnel === null ? {} : { tunnel });

/** Goes on to where the connection was going before any translation. */
export const passThrough = (owner: Partial<Opening>, { original, proto, tunnel }: Accepted): Reaction =>
  open({ ...owner, proto, dst: original.address, dport: original.port, note: "passthrough", ...passed(tunnel) });

/** A listener whose own port is the original destination would connect to itself; its filter chains refuse that. */
export const refuseOwnPort = (port: number): Reaction => refuse(`a connection to port ${port} itself goes nowhere`);

/** The endpoint for a destination: the first, or one by chance where the caller gave chance; null for one unknown. */
export function endpointOf({ upstreams }: Upstreams, original: End, random?: () => number): End | null {
  const endpoints = upstreams?.[endText(original)] ?? [];
  const chosen = endpoints[random === undefined ? 0 : Math.floor(random() * endpoints.length)];
  return chosen === undefined ? null : readEnd(chosen);
}

/** The DNS agent answers from what it knows, or asks its resolver as itself. */
export function askResolver({ resolvers = [] }: Upstreams, { proto }: Accepted, owner: Partial<Opening>): Reaction {
  const [resolver] = resolvers;
  if (resolver === undefined) return { kind: "answer" };
  const to = readEnd(resolver, "resolvers");
  return open({ ...owner, proto, dst: to.address, dport: to.port, note: "asks its resolver" });
}
