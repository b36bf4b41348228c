import type { RouteSpec, RuleSpec, SocketSpec } from "../../src/index.ts";
import type { Observed as Recorded } from "../recorded/cases.ts";

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
  /** TCP window of a frame; 65000. */
  readonly window?: number;
  readonly windowScale?: number;
  /** What the kernel put into a SYN of a socket of the host, as it was seen: says nothing to whoever sends it again. */
  readonly chosen?: { readonly seq: number; readonly window: number };
  /** The packet that an ICMP error quotes. */
  readonly quoted?: LabPacket;
}

/** Rules, a host's settings, and packets sent one after another with an empty conntrack table at the start. */
export interface Session {
  readonly family: Family;
  readonly rules: string;
  readonly sysctl: Readonly<Record<string, number>>;
  readonly sockets?: readonly SocketSpec[];
  readonly ipRules?: readonly RuleSpec[];
  readonly ipRoutes?: readonly RouteSpec[];
  /** What ipset restore takes; whoever runs the session makes the sets. */
  readonly sets?: string;
  readonly packets: readonly LabPacket[];
}

/** A packet that was sent, what the kernel did with it, and the headers with which it reached its end, if it did. */
export interface Sent {
  readonly packet: LabPacket;
  readonly observed: Observed;
  /** As it was at the end of INPUT or POSTROUTING: the last one seen. */
  readonly end?: End;
}

/** Headers on the wire, with what recorded sessions do not keep of them. */
export interface End {
  readonly in?: string;
  readonly out?: string;
  readonly src: string;
  readonly dst: string;
  readonly sport?: number;
  readonly dport?: number;
  readonly type?: number;
  readonly code?: number;
  readonly id?: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly window?: number;
}

/** What the kernel did with one packet: what kernel-cases keep of it, and why a socket could not send it. */
export interface Observed extends Recorded {
  /** The name of the error if the socket could not bind or send; no chain was evaluated then. */
  readonly refused?: string;
}
