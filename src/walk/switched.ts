import type { Host } from "../host/host.ts";
import type { Packet } from "../net/packet.ts";
import type { Run } from "./run/run.ts";

// What br_netfilter does for frames of a bridge: net/bridge/br_netfilter_hooks.c.

/** A packet that comes in on a port of a bridge comes in on the bridge, as rules see it. Kernel: br_handle_frame. */
export function throughBridge(packet: Packet, { bridges }: Host): Packet {
  const bridge = packet.in === null ? undefined : bridges.get(packet.in);
  return bridge === undefined ? packet : { ...packet, in: bridge, physIn: packet.in };
}

/**
 * The bridge port by which a packet came, as rules see it: "" if by none, or if the chains are not called for bridges;
 * null where the input does not say (U2, U5). A bridge may have one port only, and a device without ports is none.
 */
export function cameBy({ packet, host, frame }: Run, device: string): string | null {
  if (packet.in === null || !host.sysctl.bridgeCalls(frame.v6)) return "";
  const ports = host.devices.get(device)?.ports ?? null;
  if (packet.physIn !== null) return packet.physIn;
  return ports === null || ports.length > 1 ? null : (ports[0] ?? "");
}
