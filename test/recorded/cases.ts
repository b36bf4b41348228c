import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { RouteSpec, RuleSpec, SocketSpec } from "../../src/host/spec.ts";
import type { PacketSpec } from "../../src/net/packet-spec.ts";

/** One session of `../shared/kernel-cases`, or of a case file that the fuzzer wrote: the same shape. */
export interface RecordedCase {
  readonly family: 4 | 6;
  readonly profile: string;
  readonly sysctl: Readonly<Record<string, number>>;
  readonly rules: string;
  readonly sockets?: readonly SocketSpec[];
  readonly ipRules?: readonly RuleSpec[];
  readonly ipRoutes?: readonly RouteSpec[];
  /** What ipset restore took. */
  readonly sets?: string;
  readonly packets: readonly RecordedPacket[];
  readonly observed: readonly Observed[];
  readonly flavour?: "legacy" | "nft";
}

export interface RecordedPacket {
  readonly proto: "tcp" | "udp" | "icmp";
  readonly src?: string;
  readonly dst: string;
  readonly sport?: number;
  readonly dport?: number;
  readonly in?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly mark?: number;
  readonly flags?: readonly string[];
  readonly payload?: number;
  readonly id?: number;
  readonly ttl?: number;
  readonly tos?: number;
}

export interface ObservedHeaders {
  readonly in?: string;
  readonly out?: string;
  readonly src: string;
  readonly dst: string;
  readonly sport?: number;
  readonly dport?: number;
  readonly mark: number;
  /** These two only from this project's own laboratory. */
  readonly ttl?: number;
  readonly tos?: number;
}

export interface ObservedEntry {
  readonly proto: string;
  readonly original: Readonly<Record<string, unknown>>;
  readonly reply: Readonly<Record<string, unknown>>;
  readonly mark: number;
  readonly zone?: number;
  /** What only this project's own laboratory looks at. */
  readonly detail?: EntryDetail;
}

/** More of an entry than `conntrack -L` has in its tuples. */
export interface EntryDetail {
  /** Of the original direction and of the reply. */
  readonly zones: readonly [number, number];
  /** Bits of enum ip_conntrack_status. */
  readonly status: number;
  /** State by number, enum tcp_conntrack. */
  readonly tcp?: number;
  /** Seconds that it lives on. */
  readonly timeout: number;
}

export interface Observed {
  readonly counters: Readonly<Record<string, number>>;
  readonly landing: readonly ObservedHeaders[];
  readonly leaving: readonly ObservedHeaders[];
  readonly conntrack: readonly ObservedEntry[];
}

export const SHARED: string = fileURLToPath(new URL("../../../shared/kernel-cases/", import.meta.url));

export const hasShared: boolean = existsSync(SHARED);

/** The sessions of one recorded file, by its name without ending. */
export function readCases(name: string): RecordedCase[] {
  const text = gunzipSync(readFileSync(`${SHARED}${name}.jsonl.gz`)).toString("utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedCase);
}

/** The namespace of all recorded sessions. */
export const INTERFACES = [
  { name: "lo", addresses: ["127.0.0.1/8", "::1/128"] },
  { name: "eth0", addresses: ["10.244.1.5/24", "fd00:10:244:1::5/64"] },
  { name: "eth1", addresses: ["192.168.77.1/24", "192.168.77.40/24", "fd00:77::1/64"] },
] as const;

export const ROUTES: readonly RouteSpec[] = [
  { to: "default", via: "10.244.1.1", dev: "eth0" },
  { to: "default", via: "fd00:10:244:1::1", dev: "eth0" },
];

/** Layer-3 length of a packet as the recorder sent it. */
function lengthOf(packet: RecordedPacket, family: 4 | 6): number {
  const header = family === 4 ? 20 : 40;
  if (packet.proto === "tcp") return header + (packet.in === undefined ? 40 : 20);
  return header + 8 + (packet.proto === "udp" ? (packet.payload ?? 0) : 0);
}

/** A recorded packet in the library's words. */
export function packetSpec(packet: RecordedPacket, family: 4 | 6): PacketSpec {
  const { payload: _, ...rest } = packet;
  const spec: PacketSpec = { ...rest, length: lengthOf(packet, family) };
  if (packet.proto !== "icmp") return spec;
  const { sport: __, dport: ___, ...icmp } = spec;
  return icmp;
}
