import type { Accepted, Actor, Opening, Reaction } from "./world.ts";

/** What every actor that opens connections can be told to do otherwise: one line makes it a misconfigured one. */
export interface OpensAs {
  readonly uid?: number;
  readonly gid?: number;
  /** The address it binds for connections to the application. */
  readonly bind?: string;
  readonly mark?: number;
}

const tcp = (ports: readonly number[]) => ports.map((port) => ({ proto: "tcp", port }));

const endText = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

const isV6 = (address: string): boolean => address.includes(":");

/** Reads `10.244.1.10:80` or `[fd00::5]:80`. @throws TypeError for anything else */
function readEnd(text: string): { address: string; port: number } {
  const found = /^\[(.+)\]:(\d+)$/.exec(text) ?? /^([^:]+):(\d+)$/.exec(text);
  if (found === null) throw new TypeError(`endpoint: expected address:port, got ${JSON.stringify(text)}`);
  return { address: found[1]!, port: Number(found[2]) };
}

/** A process that answers at its ports. */
export const application = (settings: {
  readonly name?: string;
  readonly ports: readonly number[];
  readonly proto?: string;
}): Actor => ({
  name: settings.name ?? "application",
  ports: settings.ports.map((port) => ({ proto: settings.proto ?? "tcp", port })),
  accept: () => ({ kind: "answer" }),
});

/** An actor from a function. */
export const actor = (
  name: string,
  ports: readonly { readonly proto: string; readonly port: number }[],
  accept: (connection: Accepted) => Reaction,
): Actor => ({ name, ports, accept });

export interface SidecarSettings extends OpensAs {
  readonly mode?: "REDIRECT" | "TPROXY";
  readonly outboundPort?: number;
  readonly inboundPort?: number;
  readonly tunnelPort?: number;
  readonly dnsPort?: number;
  /** Original destinations and what Envoy connects to in their place; the first endpoint is taken. */
  readonly upstreams?: Readonly<Record<string, readonly string[]>>;
  /** The nameservers that the DNS agent asks. */
  readonly resolvers?: readonly string[];
  /** The mark that TPROXY rules look for on Envoy's connections to the application. Default 1337. */
  readonly tproxyMark?: number;
}

/** Ports that Envoy or the agent answers itself: health, metrics, admin. */
const OWN_PORTS = [15000, 15004, 15020, 15021, 15090];

/**
 * Envoy and the agent beside it, as Istio runs them: outbound at 15001, inbound at 15006, HBONE at 15008, DNS at 15053.
 *
 * Outbound it connects to an endpoint of the original destination, or passes it through; inbound to the original
 * destination from 127.0.0.6 (::6), under TPROXY from the client's own address. Its own listeners' ports are refused as
 * original destinations, as its blackhole filter chains do.
 */
export function sidecar(settings: SidecarSettings = {}): Actor {
  const { outboundPort = 15001, inboundPort = 15006, tunnelPort = 15008, dnsPort = 15053 } = settings;
  const { uid = 1337, gid = 1337, mark, mode = "REDIRECT", tproxyMark = 1337 } = settings;
  const owner = { uid, gid, ...(mark !== undefined && { mark }) };
  const refuse = (reason: string): Reaction => ({ kind: "refuse", reason });
  const open = (connection: Opening): Reaction => ({ kind: "open", connections: [connection] });
  return {
    name: "Envoy",
    ports: [...tcp([outboundPort, inboundPort, tunnelPort, dnsPort, ...OWN_PORTS]), { proto: "udp", port: dnsPort }],
    accept({ local, original, peer, proto }) {
      if (local.port === dnsPort) {
        const [resolver] = settings.resolvers ?? [];
        if (resolver === undefined) return { kind: "answer" };
        const to = readEnd(resolver);
        return open({ ...owner, proto, dst: to.address, dport: to.port, note: "the agent asks its resolver" });
      }
      if (local.port === outboundPort) {
        if (original.port === outboundPort) return refuse(`a connection to port ${outboundPort} itself goes nowhere`);
        const [endpoint] = settings.upstreams?.[endText(original)] ?? [];
        const to = endpoint === undefined ? original : readEnd(endpoint);
        const note = endpoint === undefined ? "passthrough" : `upstream of ${endText(original)}`;
        return open({ ...owner, proto, dst: to.address, dport: to.port, note });
      }
      if (local.port !== inboundPort && local.port !== tunnelPort) return { kind: "answer" };
      if (original.port === inboundPort) return refuse(`a connection to port ${inboundPort} itself goes nowhere`);
      if (local.port === tunnelPort && original.port === tunnelPort) return { kind: "answer" };
      const to = { dst: original.address, dport: original.port };
      if (mode === "TPROXY")
        return open({
          ...owner,
          proto,
          ...to,
          src: peer.address,
          sport: peer.port,
          transparent: true,
          mark: tproxyMark,
        });
      const bind = settings.bind ?? (isV6(original.address) ? "::6" : "127.0.0.6");
      return open({ ...owner, proto, ...to, src: bind, note: "inbound" });
    },
  };
}

export interface ZtunnelSettings extends OpensAs {
  /** Where a destination's ztunnel is: HBONE goes to port 15008 of the endpoint. Destinations not in it pass through. */
  readonly upstreams?: Readonly<Record<string, readonly string[]>>;
  readonly resolvers?: readonly string[];
}

/**
 * Ambient's proxy in the pod's namespace: outbound at 15001, plain inbound at 15006, HBONE at 15008, DNS at 15053. Its
 * sockets carry mark 0x539, which the in-pod rules let through.
 */
export function ztunnel(settings: ZtunnelSettings = {}): Actor {
  const { uid = 0, gid = 0, mark = 0x539 } = settings;
  const owner = { uid, gid, mark };
  const open = (connection: Opening): Reaction => ({ kind: "open", connections: [connection] });
  return {
    name: "ztunnel",
    ports: [...tcp([15001, 15006, 15008, 15053, 15020, 15021]), { proto: "udp", port: 15053 }],
    accept({ local, original, peer, proto, tunnel }) {
      if (local.port === 15053) {
        const [resolver] = settings.resolvers ?? [];
        if (resolver === undefined) return { kind: "answer" };
        const to = readEnd(resolver);
        return open({ ...owner, proto, dst: to.address, dport: to.port });
      }
      if (original.port === local.port && local.port !== 15008)
        return { kind: "refuse", reason: `a connection to port ${local.port} itself goes nowhere` };
      if (local.port === 15001) {
        const [endpoint] = settings.upstreams?.[endText(original)] ?? [];
        const to = endpoint === undefined ? original : { ...readEnd(endpoint), port: 15008 };
        return open({
          ...owner,
          proto,
          dst: to.address,
          dport: to.port,
          note: endpoint ? `HBONE for ${endpoint}` : "passthrough",
        });
      }
      if (local.port === 15006)
        return open({
          ...owner,
          proto,
          src: peer.address,
          transparent: true,
          dst: original.address,
          dport: original.port,
        });
      return { kind: "answer" };
    },
  };
}
