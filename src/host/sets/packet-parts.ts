import { addressBits, type Family, maskOfLength } from "../../net/address.ts";
import { macText } from "../../net/mac.ts";
import { ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from "../../net/protocol.ts";
import { ABSENT, addressOf, type Frame } from "../../predicate/frame.ts";
import type { SetDirection } from "../../predicate/memory.ts";
import { type IpSet, isWithin, isZero, maskWords, type Part } from "./ip-set.ts";
import type { PartKind } from "./set-type.ts";

/**
 * What a packet has for each dimension of a set: addresses in their whole length, masked as the set masks them.
 *
 * Undefined if it has nothing for one of them, so that it is in no set of this kind: ports of another protocol
 * (bitmap:port), no device on that side, no hardware address, a number outside of a bitmap, the address of zeros.
 *
 * Kernel: the functions …_kadt of net/netfilter/ipset/ip_set_*.c; ip_set_getport.c.
 */
export function packetParts(
  set: IpSet,
  frame: Frame,
  directions: readonly SetDirection[],
): readonly Part[] | undefined {
  const parts: Part[] = [];
  for (const [at, kind] of set.type.parts.entries()) {
    const part = packetPart(set, frame, kind, directions[at] === "src");
    if (part === undefined) return undefined;
    parts.push(part);
  }
  if (set.type.noZero && isZero(parts[0]!)) return undefined;
  return isWithin(parts[0]!, set.settings) ? parts : undefined;
}

const familyOf = (frame: Frame): Family => (frame.v6 ? "ipv6" : "ipv4");

function packetPart(set: IpSet, frame: Frame, kind: PartKind, source: boolean): Part | undefined {
  switch (kind) {
    case "ip":
    case "net": {
      const { mask } = set.settings;
      const given = addressOf(frame, source ? "src" : "dst");
      const words = mask === null ? given : maskWords(given, mask);
      return { kind: "net", words, length: addressBits(familyOf(frame)) };
    }
    case "port":
      return set.type.method === "bitmap" ? plainPort(frame, source) : protocolPort(frame, source);
    case "mac":
      return hardwareAddress(frame, source);
    case "iface": {
      const name = source ? frame.inDevice : frame.outDevice;
      return name === "" ? undefined : { kind: "iface", name, physical: false, wildcard: false };
    }
    case "mark":
      return { kind: "mark", mark: (frame.mark & set.settings.markmask) >>> 0 };
    case "set":
      return undefined;
  }
}

/** The part with its network cut to a length. */
export function cutTo(part: Part, length: number, family: Family): Part {
  if (part.kind !== "net" || part.length === length) return part;
  return { kind: "net", words: maskWords(part.words, maskOfLength(family, length)), length };
}

/** Protocol and port; the type and code of ICMP; port 0 of whatever has none. Kernel: get_port. */
function protocolPort(frame: Frame, source: boolean): Part | undefined {
  const { proto } = frame;
  if (proto === 0) return undefined;
  const port = (): number => {
    switch (proto) {
      case TCP:
      case UDP:
      case SCTP:
      case UDPLITE:
        return source ? frame.sport : frame.dport;
      case ICMP:
      case ICMPV6:
        return (frame.icmpType << 8) | frame.icmpCode;
      default:
        return 0;
    }
  };
  return { kind: "port", proto, port: port() };
}

/** A port of TCP or UDP, whichever. Kernel: ip_set_get_ip_port. */
const plainPort = ({ proto, sport, dport }: Frame, source: boolean): Part | undefined =>
  proto === TCP || proto === UDP ? { kind: "port", proto: 0, port: source ? sport : dport } : undefined;

/**
 * The hardware address of a frame that came over a wire, "" where the packet does not say it; what the host sends has none
 * yet, and on lo it is zero.
 */
function hardwareAddress({ rare: { mac } }: Frame, source: boolean): Part | undefined {
  if (mac === ABSENT) return undefined;
  return { kind: "mac", address: source && mac >= 0 ? macText(mac) : "" };
}
