import { endText } from "../../net/endpoint.ts";
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

/** What {@link ztunnel} takes; left out, it is ztunnel as ambient configures it. */
export interface ZtunnelSettings extends OpensAs, Upstreams {
  /** Endpoints outside of the mesh (`10.244.1.9:80`), which it reaches without HBONE. */
  readonly plain?: readonly string[];
}

/**
 * Ambient's proxy, whose sockets stand in the pod's own namespace: outbound at 15001, plaintext inbound at 15006, HBONE
 * at 15008, DNS at 15053.
 *
 * Whatever it opens carries mark 0x539, which the in-pod rules let through. Endpoints of the mesh are reached at their
 * port 15008; the application gets the connection from the client's own address, which takes a transparent socket.
 *
 * Source of the behaviour: istio/ztunnel, ARCHITECTURE.md, and src/proxy/{outbound,inbound,inbound_passthrough}.rs.
 */
export function ztunnel(settings: ZtunnelSettings = {}): Actor {
  const { uid = 0, gid = 0, mark = 0x539, plain = [] } = settings;
  const owner = { uid, gid, mark };

  const outbound = (accepted: Accepted, random?: () => number): Reaction => {
    const { original, peer, proto, tunnel: carried } = accepted;
    const endpoint = endpointOf(settings, original, random);
    if (endpoint === null) return passThrough(owner, accepted);
    if (plain.includes(endText(endpoint)))
      return open({
        ...owner,
        proto,
        dst: endpoint.address,
        dport: endpoint.port,
        note: "plain",
        ...passed(carried),
      });
    const tunnel = { destination: endpoint, client: peer };
    return open({
      ...owner,
      proto,
      dst: endpoint.address,
      dport: TUNNEL,
      note: `HBONE to ${endText(endpoint)}`,
      tunnel,
    });
  };

  const inbound = ({ original, tunnel, peer, proto, local }: Accepted): Reaction => {
    const ended = local.port === TUNNEL ? tunnel : null;
    const to = ended?.destination ?? original;
    const src = settings.bind ?? ended?.client.address ?? peer.address;
    const note = ended === null ? "inbound, as the client" : "out of the tunnel, as the client";
    const inside = ended === null ? passed(tunnel) : {};
    return open({ ...owner, proto, src, transparent: true, dst: to.address, dport: to.port, note, ...inside });
  };

  return {
    name: "ztunnel",
    // Its socket factory marks listeners, too (src/inpod/config.rs).
    owner,
    ports: [
      ...[OUTBOUND, INBOUND, TUNNEL].map((port) => ({ proto: "tcp" as const, port, transparent: true })),
      ...tcpPorts([DNS, 15020, 15021]),
      { proto: "udp", port: DNS },
    ],
    accept(connection, random) {
      const { local, original, tunnel } = connection;
      if (local.port === DNS) return askResolver(settings, connection, owner);
      if (local.port === OUTBOUND)
        return original.port === OUTBOUND ? refuseOwnPort(OUTBOUND) : outbound(connection, random);
      if (local.port === INBOUND) return original.port === INBOUND ? refuseOwnPort(INBOUND) : inbound(connection);
      if (local.port === TUNNEL && tunnel !== null) return inbound(connection);
      return { kind: "answer" };
    },
  };
}
