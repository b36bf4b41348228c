/**
 * A packet as users write it. Everything but `proto` and `dst` is optional; what is left out is what a fresh connection
 * would carry, except the owner: a walk that depends on a `uid` or `gid` that was not given is undetermined.
 */
export interface PacketSpec {
  /** `tcp`, `udp`, `icmp` (ICMPv6 with IPv6 addresses), `sctp`, … or a number. */
  readonly proto: string | number;
  readonly src?: string;
  /** Default 40000. */
  readonly sport?: number;
  readonly dst: string;
  readonly dport?: number;
  /** The device it arrives on; without it the packet is generated here, by a socket. */
  readonly in?: string;
  /** Overrides the route. */
  readonly out?: string;
  /** The port of a bridge by which it came to `in`; null: by none. Only `-m physdev` asks (U2, U5). */
  readonly physIn?: string | null;
  /** The port by which the bridge sends it on: given for a frame that is switched, not routed (U4). */
  readonly physOut?: string | null;
  readonly uid?: number;
  readonly gid?: number;
  readonly groups?: readonly number[];
  /** The sending socket may use a source that is not its own. */
  readonly transparent?: boolean;
  readonly mark?: number;
  /** The link-layer source of a packet that arrives, `00:11:22:aa:bb:cc`; only `-m mac` asks. */
  readonly mac?: string;
  /** Default: SYN alone. */
  readonly flags?: readonly string[];
  /**
   * TCP sequence number. Only if every packet of a connection has one is each judged by conntrack's window; data is what
   * `length` has beyond headers without options.
   */
  readonly seq?: number;
  /** TCP acknowledgement number; default 0. */
  readonly ack?: number;
  /** TCP window as it stands in the header; default 65535. */
  readonly window?: number;
  /** The window scale option of a SYN, 0 to 14; without it the option is absent. */
  readonly windowScale?: number;
  /** The segment size that a TCP packet offers; null: it has no such option. Only `-m tcpmss` asks. */
  readonly mss?: number | null;
  /** The parameter index of an ESP or AH packet. */
  readonly spi?: number;
  readonly tos?: number;
  readonly ttl?: number;
  /** Layer 3, in bytes. Default: what such a packet with its `payload` measures. */
  readonly length?: number;
  /** Bytes behind the header of the transport protocol; counts only where `length` is left out. Default 0. */
  readonly payload?: number;
  /** ICMP; default an echo request. */
  readonly type?: number;
  readonly code?: number;
  readonly id?: number;
  /** The packet that an ICMP error quotes. */
  readonly quoted?: PacketSpec;
}
