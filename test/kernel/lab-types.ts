import type { RuleCounters } from "./lab-counters.ts";

export type Family = 4 | 6;
export type Flavour = "legacy" | "nft";

/** One packet to send: the words of the library's packet, and a few that only bytes on a wire have. */
export interface LabPacket {
  readonly proto: string;
  readonly src?: string;
  readonly sport?: number;
  readonly dst: string;
  readonly dport?: number;
  /** The device it arrives on as a frame; without it a socket here sends it. */
  readonly in?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly groups?: readonly number[];
  readonly transparent?: boolean;
  readonly mark?: number;
  readonly flags?: readonly string[];
  readonly tos?: number;
  readonly ttl?: number;
  /** How many bytes of payload. */
  readonly payload?: number;
  /** The payload itself, in hexadecimal. */
  readonly data?: string;
  readonly type?: number;
  readonly code?: number;
  readonly id?: number;
  /** TCP sequence and acknowledgement numbers of a frame; 1000 and 0. */
  readonly seq?: number;
  readonly ack?: number;
}

export interface LabSocket {
  readonly proto: "tcp" | "udp";
  readonly address: string;
  readonly port: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly transparent?: boolean;
}

export interface LabIpRule {
  readonly priority: number;
  readonly fwmark?: string;
  readonly table: string;
}

export interface LabIpRoute {
  readonly type?: string;
  readonly to: string;
  readonly via?: string;
  readonly dev?: string;
  readonly src?: string;
  readonly table?: string;
  readonly metric?: number;
}

/** Rules, a host's settings, and packets sent one after another with an empty conntrack table at the start. */
export interface Session {
  readonly family: Family;
  readonly rules: string;
  readonly sysctl: Readonly<Record<string, number>>;
  readonly sockets?: readonly LabSocket[];
  readonly ipRules?: readonly LabIpRule[];
  readonly ipRoutes?: readonly LabIpRoute[];
  readonly packets: readonly LabPacket[];
}

/** The headers of a packet at the end of INPUT (`in`) or of POSTROUTING (`out`). ICMP has no ports. */
export interface SeenHeaders {
  readonly in?: string;
  readonly out?: string;
  readonly src: string;
  readonly dst: string;
  readonly sport?: number;
  readonly dport?: number;
  readonly mark: number;
}

export interface SeenTuple {
  readonly src: string;
  readonly dst: string;
  readonly sport?: number;
  readonly dport?: number;
  readonly type?: number;
  readonly code?: number;
  readonly id?: number;
}

export interface SeenEntry {
  readonly proto: string;
  readonly original: SeenTuple;
  readonly reply: SeenTuple;
  readonly mark: number;
  /** Absent if 0, or if the two directions have different ones. */
  readonly zone?: number;
}

/** What the kernel did with one packet: the shape of `observed[i]` in kernel-cases. */
export interface Observed {
  readonly counters: RuleCounters;
  readonly landing: readonly SeenHeaders[];
  readonly leaving: readonly SeenHeaders[];
  /** All confirmed entries of the family after the packet. */
  readonly conntrack: readonly SeenEntry[];
  /** The name of the error if the socket could not bind or send; no chain was evaluated then. */
  readonly refused?: string;
}
