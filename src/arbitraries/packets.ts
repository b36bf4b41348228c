import * as fc from "fast-check";
import type { Family } from "../net/address.ts";
import type { PacketSpec } from "../net/packet-spec.ts";
import type { Netns } from "../netns/netns.ts";
import { type Edges, edgesOf } from "../walk/edges.ts";
import { anyAddress, leaning, marks, owners, ports } from "./values.ts";

/** Which packets are wanted. */
export interface PacketOptions {
  /** Made here by a socket, or arriving on a device. Default: both. */
  readonly from?: "here" | "outside";
  /** Default: every family that the namespace has rules for; IPv4 if it has none. */
  readonly family?: Family;
  /** Default: tcp, mostly, udp and icmp. */
  readonly protocols?: readonly ("tcp" | "udp" | "icmp")[];
  /** Only what opens a connection: TCP packets are SYNs. Default false. */
  readonly opening?: boolean;
  /** The owner is always given, so that no walk is undetermined for want of it. Default true. */
  readonly owned?: boolean;
}

/** Addresses that are nobody's (RFC 5737, RFC 3849): somewhere else. */
const ELSEWHERE: Readonly<Record<Family, string>> = { ipv4: "192.0.2.1", ipv6: "2001:db8::1" };

/** What a segment may carry; the first is what it shrinks to. */
const FLAGS: readonly (readonly string[])[] = [
  ["SYN"],
  ["ACK"],
  ["SYN", "ACK"],
  ["ACK", "PSH"],
  ["ACK", "FIN"],
  ["RST"],
  [],
];

/**
 * Packets for a namespace, leaning to the edges that its rules name: ports and their neighbours, first and last addresses
 * of prefixes, owners, marks. They shrink to what is easy to read: TCP to port 80 of the namespace's own address, uid 1000.
 *
 * @example
 * fc.assert(fc.property(packets(pod), (packet) => send(pod, packet).walk.fate.kind !== "dropped"));
 */
export function packets(netns: Netns, options: PacketOptions = {}): fc.Arbitrary<PacketSpec> {
  const families = options.family ? [options.family] : familiesOf(netns);
  return fc.oneof({ withCrossShrink: true }, ...families.map((family) => packetsOf(edgesOf(netns, family), options)));
}

function familiesOf({ rulesets }: Netns): readonly Family[] {
  const found = new Set(rulesets.map(({ family }) => family));
  return found.size === 0 ? ["ipv4"] : [...found].sort();
}

/** Optional members that a packet usually does without. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });

/**
 * Every member is drawn for every packet, and those that it has no use for are left out afterwards: so a packet that
 * shrinks keeps its port while its protocol becomes tcp and its way becomes "made here".
 */
function packetsOf(edges: Edges, options: PacketOptions): fc.Arbitrary<PacketSpec> {
  const { family, own, devices } = edges;
  const arriving = devices.length > 0 && own.length > 0;
  if (options.from === "outside" && !arriving)
    throw new RangeError("packets: nothing can arrive: there is no device with an address");
  const ways = [
    ...(options.from === "outside" ? [] : [null]),
    ...(options.from === "here" || !arriving ? [] : devices),
  ];
  const sources = [...own, ...edges.src.filter((address) => address.startsWith("127."))];
  const any = anyAddress(family);
  return fc
    .record({
      proto: fc.constantFrom(...(options.protocols ?? (["tcp", "tcp", "udp", "icmp"] as const))),
      in: fc.constantFrom(...ways),
      dst: leaning([...own, ELSEWHERE[family], ...edges.dst], any),
      here: sources.length === 0 ? fc.constant(undefined) : rarely(leaning(sources)),
      outside: leaning([ELSEWHERE[family], ...edges.src], any),
      sport: rarely(leaning([40000, ...edges.sport], fc.integer({ min: 1, max: 65535 }))),
      dport: ports(edges.dport),
      flags: options.opening ? fc.constant(undefined) : fc.constantFrom(...FLAGS),
      uid: owners(edges.uid),
      gid: owners([...edges.gid, ...edges.uid]),
      owned: options.owned === false ? fc.boolean() : fc.constant(true),
      mark: rarely(marks(edges.mark)),
    })
    .map(packetOf);
}

interface Drawn {
  readonly proto: "tcp" | "udp" | "icmp";
  readonly in: string | null;
  readonly dst: string;
  readonly here: string | undefined;
  readonly outside: string;
  readonly sport: number | undefined;
  readonly dport: number;
  readonly flags: readonly string[] | undefined;
  readonly uid: number;
  readonly gid: number;
  readonly owned: boolean;
  readonly mark: number | undefined;
}

/** Members in the order in which people write a packet; what a fresh connection carries anyway is left out. */
function packetOf(drawn: Drawn): PacketSpec {
  const { proto, dst, sport, dport, flags, uid, gid, mark } = drawn;
  const src = drawn.in === null ? drawn.here : drawn.outside;
  const plain = flags === undefined || flags === FLAGS[0];
  return {
    proto,
    ...(src !== undefined && { src }),
    ...(proto !== "icmp" && sport !== undefined && { sport }),
    dst,
    ...(proto !== "icmp" && { dport }),
    ...(proto === "tcp" && !plain && { flags }),
    ...(drawn.in === null && drawn.owned && { uid, gid }),
    ...(drawn.in === null && mark !== undefined && { mark }),
    ...(drawn.in !== null && { in: drawn.in }),
  };
}
