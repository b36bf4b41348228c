import {
  addressBits,
  compareWords,
  type Family,
  ipv4Words,
  maskLength,
  maskOfLength,
  type Prefix,
  prefixOf,
  readAddress,
  readPrefix,
} from "../../net/address.ts";
import { icmpTypeNamed } from "../../net/icmp.ts";
import type { NameTable } from "../../net/names.ts";
import { ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from "../../net/protocol.ts";
import { readNumber, UINT32 } from "../../text/number.ts";
import type { Part } from "./ip-set.ts";
import type { PartKind, SetType } from "./set-type.ts";

/** What the text of a part is read in. */
export interface PartContext {
  readonly type: SetType;
  readonly family: Family;
  readonly names: NameTable;
}

/** How each kind of part is written. */
export const PART_WORDS: Readonly<Record<PartKind, string>> = {
  ip: "an address, a range or a network",
  net: "a network, an address or a range",
  port: "a port or a range, as tcp:80",
  mac: "a MAC address as 00:11:22:aa:bb:cc",
  iface: "a device",
  mark: "a 32-bit mark",
  set: "the name of a set",
};

/** More elements than this of one line are none that a set could hold. */
const MOST = 1 << 17;

/** The parts that one text stands for, as a range may stand for many; undefined if it is none. Source: ipset(8). */
export function readPart(kind: PartKind, text: string, context: PartContext): readonly Part[] | undefined {
  switch (kind) {
    case "ip":
      return readAddresses(text, context.family);
    case "net":
      return readNetworks(text, context);
    case "port":
      return readPorts(text, context);
    case "mac": {
      const address = text.toLowerCase();
      return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(address) ? [{ kind: "mac", address }] : undefined;
    }
    case "iface": {
      const physical = text.startsWith("physdev:");
      const name = physical ? text.slice("physdev:".length) : text;
      return /^[^\s/]{1,15}$/.test(name) ? [{ kind: "iface", name, physical, wildcard: false }] : undefined;
    }
    case "mark": {
      const mark = readNumber(text, UINT32);
      return mark === undefined ? undefined : [{ kind: "mark", mark }];
    }
    case "set":
      return text.length <= 31 ? [{ kind: "set", name: text }] : undefined;
  }
}

const netPart = ({ address, mask, family }: Prefix): Part => ({
  kind: "net",
  words: address,
  length: maskLength(family, mask) ?? 0,
});

/** Both ends of `A-B`, as numbers; IPv4 only, as in ipset. */
function readEnds(text: string, family: Family): readonly [number, number] | undefined {
  const [first, last] = text.split("-").map(readAddress);
  if (family !== "ipv4" || first?.family !== "ipv4" || last?.family !== "ipv4") return undefined;
  const [low, high] = compareWords(first.words, last.words) <= 0 ? [first, last] : [last, first];
  return [low.words[3] >>> 0, high.words[3] >>> 0];
}

function readAddresses(text: string, family: Family): readonly Part[] | undefined {
  const prefix = text.includes("-") ? undefined : readPrefix(text);
  const length = prefix?.family === family ? maskLength(family, prefix.mask) : undefined;
  if (prefix !== undefined && length === undefined) return undefined;
  if (prefix !== undefined && length === addressBits(family)) return [netPart(prefix)];
  if (family === "ipv6") return undefined;
  const ends = prefix
    ? ([prefix.address[3] >>> 0, (prefix.address[3] >>> 0) + 2 ** (32 - length!) - 1] as const)
    : readEnds(text, family);
  if (ends === undefined || ends[1] - ends[0] >= MOST) return undefined;
  return Array.from({ length: ends[1] - ends[0] + 1 }, (_, at) => ({
    kind: "net",
    words: ipv4Words(ends[0] + at),
    length: 32,
  }));
}

function readNetworks(text: string, { type, family }: PartContext): readonly Part[] | undefined {
  if (text.includes("-")) {
    const ends = readEnds(text, family);
    return ends && networksBetween(...ends);
  }
  const prefix = readPrefix(text);
  if (prefix?.family !== family) return undefined;
  const length = maskLength(family, prefix.mask);
  return length === undefined || (length === 0 && !type.wholeNet) ? undefined : [netPart(prefix)];
}

/** The fewest networks that fill a range. Kernel: ip_set_range_to_cidr. */
function networksBetween(low: number, high: number): readonly Part[] {
  const found: Part[] = [];
  for (let first = low; first <= high; ) {
    let length = 32;
    while (length > 1) {
      const size = 2 ** (33 - length);
      if (first % size !== 0 || first + size - 1 > high) break;
      length--;
    }
    found.push(netPart(prefixOf("ipv4", ipv4Words(first), maskOfLength("ipv4", length))));
    first += 2 ** (32 - length);
  }
  return found;
}

/** `80`, `tcp:80-90`, `icmp:echo-request`, `icmp:8/0`, `gre:0`. */
function readPorts(text: string, { type, names }: PartContext): readonly Part[] | undefined {
  const colon = text.indexOf(":");
  const word = colon < 0 ? "tcp" : text.slice(0, colon);
  const rest = text.slice(colon + 1);
  const proto = word === "tcp" ? TCP : (names.protocol(word) ?? readNumber(word, 255));
  if (proto === undefined || proto === 0) return undefined;
  // A bitmap's ports are of no protocol.
  const part = (port: number): Part => ({ kind: "port", proto: type.method === "bitmap" ? 0 : proto, port });
  if (proto === ICMP || proto === ICMPV6) {
    const code = readIcmp(proto, rest);
    return code === undefined ? undefined : [part(code)];
  }
  if (!WITH_PORTS.includes(proto)) return rest === "0" ? [part(0)] : undefined;
  const ends = rest.split("-").map((end) => readNumber(end, 65_535) ?? names.service(end, word));
  // A name may have a hyphen in it.
  const [low, high = low] = ends.includes(undefined) ? [names.service(rest, word)] : ends;
  if (low === undefined || high === undefined || ends.length > 2) return undefined;
  const first = Math.min(low, high);
  return Array.from({ length: Math.max(low, high) - first + 1 }, (_, at) => part(first + at));
}

/** DCCP is none of them. Kernel: ip_set_proto_with_ports. */
const WITH_PORTS: readonly number[] = [TCP, UDP, SCTP, UDPLITE];

function readIcmp(proto: number, text: string): number | undefined {
  const numbers = /^(\d+)\/(\d+)$/.exec(text);
  if (numbers) {
    const [type, code] = [readNumber(numbers[1]!, 255), readNumber(numbers[2]!, 255)];
    return type === undefined || code === undefined ? undefined : (type << 8) | code;
  }
  const named = icmpTypeNamed(proto === ICMP ? "ipv4" : "ipv6", text);
  return named && (named.type << 8) | (named.code ?? 0);
}
