import type { PacketSpec } from "../net/packet-spec.ts";
import { CHAIN_PROTOCOLS } from "../net/protocol.ts";

const end = (address: string, port: number | undefined): string =>
  port === undefined ? address : address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

/** `tcp` for 6: the names that iptables knows, but for 0, which it calls all. */
const protocolText = (proto: string | number): string =>
  CHAIN_PROTOCOLS.find(([, number]) => number === proto && number !== 0)?.[0] ?? `${proto}`;

/** Members that are written as name=value, in this order. */
const SETTINGS = ["in", "out", "uid", "gid", "tos", "ttl", "length", "type", "code", "id", "mac", "spi"] as const;

/**
 * A packet in words, as `readPacketWords` takes them: `tcp 10.244.1.5:40000 -> 10.96.0.10:80 uid=1000`. Only
 * the packet that an ICMP error quotes has no words and is left out.
 */
export function packetWords(spec: PacketSpec): string {
  const words = [protocolText(spec.proto)];
  if (spec.src !== undefined) words.push(end(spec.src, spec.sport), "->");
  words.push(end(spec.dst, spec.dport));
  for (const name of SETTINGS) if (spec[name] !== undefined) words.push(`${name}=${spec[name]}`);
  for (const name of ["physIn", "physOut", "mss"] as const)
    if (spec[name] !== undefined) words.push(`${name}=${spec[name] ?? "none"}`);
  if (spec.src === undefined && spec.sport !== undefined) words.push(`sport=${spec.sport}`);
  if (spec.groups && spec.groups.length > 0) words.push(`groups=${spec.groups.join(",")}`);
  if (spec.mark !== undefined) words.push(`mark=0x${spec.mark.toString(16)}`);
  if (spec.flags !== undefined) words.push(`flags=${spec.flags.length === 0 ? "NONE" : spec.flags.join(",")}`);
  if (spec.transparent !== undefined) words.push(`transparent=${spec.transparent ? "yes" : "no"}`);
  return words.join(" ");
}
