import { endText, familyOf } from "../../net/endpoint.ts";
import type { Accepted, Actor, Reaction } from "./actor.ts";
import {
  askResolver,
  DNS,
  endpointOf,
  INBOUND,
  type OpensAs,
  OUTBOUND,
  open,
  passed,
  passThrough,
  refuseOwnPort,
  TUNNEL,
  tcpPorts,
  type Upstreams,
} from "./proxying.ts";

/** What {@link sidecar} takes; left out, it is Envoy as Istio configures it. */
export interface SidecarSettings extends OpensAs, Upstreams {
  /** How the rules bring it inbound connections; TPROXY makes it keep the client's address. Default: REDIRECT. */
  readonly mode?: "REDIRECT" | "TPROXY";
  readonly outboundPort?: number;
  readonly inboundPort?: number;
  readonly tunnelPort?: number;
  readonly dnsPort?: number;
  /** Whether it reaches its upstreams' endpoints through HBONE, at their port 15008. */
  readonly hbone?: boolean;
  /** The mark of its connections to the application in TPROXY mode, by which the rules know them. Default: 1337. */
  readonly tproxyMark?: number;
}

/** Health, metrics and admin: what Envoy or the agent answers itself. */
const OWN_PORTS = [15000, 15004, 15020, 15021, 15090];

/**
 * Envoy and the agent beside it, as Istio runs them: outbound at 15001, inbound at 15006, HBONE at 15008, DNS at 15053.
 *
 * Outbound it connects to an endpoint of the original destination, or passes it through; inbound to the original
 * destination, or the one inside the tunnel, from 127.0.0.6 (::6), under TPROXY from the client's address and with the
 * mark. It runs as uid and gid 1337; in TPROXY mode as uid 0 (semantics.md, 14T).
 */
export function sidecar(settings: SidecarSettings = {}): Actor {
  const { outboundPort = OUTBOUND, inboundPort = INBOUND, tunnelPort = TUNNEL, dnsPort = DNS } = settings;
  const { mode = "REDIRECT", tproxyMark = 1337, mark } = settings;
  const { uid = mode === "TPROXY" ? 0 : 1337, gid = 1337 } = settings;
  const owner = { uid, gid, ...(mark !== undefined && { mark }) };

  const outbound = (accepted: Accepted, random?: () => number): Reaction => {
    const { original, peer, proto, tunnel: carried } = accepted;
    if (original.port === outboundPort) return refuseOwnPort(outboundPort);
    const endpoint = endpointOf(settings, original, random);
    if (endpoint === null) return passThrough(owner, accepted);
    const tunnel = settings.hbone ? { tunnel: { destination: endpoint, client: peer } } : passed(carried);
    const dport = settings.hbone ? TUNNEL : endpoint.port;
    const note = settings.hbone ? `HBONE to ${endText(endpoint)}` : `endpoint of ${endText(original)}`;
    return open({ ...owner, proto, dst: endpoint.address, dport, note, ...tunnel });
  };

  const inbound = ({ original, tunnel, peer, proto, local }: Accepted): Reaction => {
    // Only the tunnel's own listener ends it; at 15006 it is bytes like others.
    const ended = local.port === tunnelPort ? tunnel : null;
    const { address, port } = ended?.destination ?? original;
    if (port === inboundPort) return refuseOwnPort(inboundPort);
    const to = { proto, dst: address, dport: port, ...(ended === null && passed(tunnel)) };
    const client = ended?.client.address ?? peer.address;
    if (mode === "TPROXY" && familyOf(client) === familyOf(address))
      return open({
        ...owner,
        ...to,
        src: client,
        transparent: true,
        mark: tproxyMark,
        note: "inbound, as the client",
      });
    const src = settings.bind ?? (familyOf(address) === "ipv6" ? "::6" : "127.0.0.6");
    return open({ ...owner, ...to, src, note: ended === null ? "inbound" : "out of the tunnel" });
  };

  return {
    name: "Envoy",
    owner: { uid, gid },
    ports: [
      ...tcpPorts([outboundPort, tunnelPort, ...OWN_PORTS]),
      { proto: "tcp", port: inboundPort, transparent: mode === "TPROXY" },
      { proto: "tcp", port: dnsPort },
      { proto: "udp", port: dnsPort },
    ],
    accept(connection, random) {
      const { local, tunnel } = connection;
      if (local.port === dnsPort) return askResolver(settings, connection, owner);
      if (local.port === outboundPort) return outbound(connection, random);
      if (local.port === inboundPort || (local.port === tunnelPort && tunnel !== null)) return inbound(connection);
      return { kind: "answer" };
    },
  };
}
