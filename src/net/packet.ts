import { memberPath, unfit, unknownName } from "../text/shape.ts";
import { type Family, readAddress, type Words } from "./address.ts";
import { macNumber } from "./mac.ts";
import { BUILT_IN_NAMES } from "./names.ts";
import type { PacketSpec } from "./packet-spec.ts";
import { readPacketWords } from "./packet-words.ts";
import { hasPorts, ICMP, icmpOf, isIcmp, TCP } from "./protocol.ts";
import { readTcpFlags, SYN } from "./tcp-flags.ts";

/** A packet with everything resolved to numbers; `undefined` only where nothing was said and nothing follows. */
export interface Packet {
  readonly family: Family;
  readonly proto: number;
  readonly src: Words | null;
  readonly dst: Words;
  /** -1 for protocols without ports. */
  readonly sport: number;
  readonly dport: number;
  readonly in: string | null;
  readonly out: string | null;
  /** Null: not said; "": none. */
  readonly physIn: string | null;
  readonly physOut: string;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly groups: readonly number[];
  readonly transparent: boolean;
  /** Signed. */
  readonly mark: number;
  readonly flags: number;
  /** Null: not said. */
  readonly seq: number | null;
  readonly ack: number;
  readonly window: number;
  /** Null: no such option. */
  readonly windowScale: number | null;
  readonly tos: number;
  readonly ttl: number;
  readonly length: number;
  readonly type: number;
  readonly code: number;
  readonly id: number;
  /** Null: not said. */
  readonly mac: number | null;
  /** Undefined: not said; null: none. */
  readonly mss: number | null | undefined;
  readonly spi: number | undefined;
  readonly quoted: Packet | null;
}

/** Every member, one a line: a name that is not here is a slip. */
const MEMBERS: { readonly [K in keyof Required<PacketSpec>]: true } = {
  proto: true,
  src: true,
  sport: true,
  dst: true,
  dport: true,
  in: true,
  out: true,
  physIn: true,
  physOut: true,
  uid: true,
  gid: true,
  groups: true,
  transparent: true,
  mark: true,
  mac: true,
  flags: true,
  seq: true,
  ack: true,
  window: true,
  windowScale: true,
  mss: true,
  spi: true,
  tos: true,
  ttl: true,
  length: true,
  payload: true,
  type: true,
  code: true,
  id: true,
  quoted: true,
};
/** A set, since asking it takes a sixth less of all reading than Object.hasOwn: 250 in place of 295 ns a packet. */
const MEMBER_NAMES: ReadonlySet<string> = new Set(Object.keys(MEMBERS));

/** Reading tells the first member that is wrong; `where` is the path of the packet. */
const bad = (where: string, member: string, expected: string, got: unknown): never =>
  unfit(`${where}.${member}`, expected, got);

function whole(spec: PacketSpec, where: string, member: keyof PacketSpec, max: number, otherwise: number): number {
  const value = spec[member];
  if (value === undefined) return otherwise;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max)
    return bad(where, member, `a whole number from 0 to ${max}`, value);
  return value;
}

const ownerOf = (spec: PacketSpec, where: string, member: "uid" | "gid"): number | undefined =>
  spec[member] === undefined ? undefined : whole(spec, where, member, 0xffffffff, 0);

function deviceOf(spec: PacketSpec, where: string, member: "in" | "out"): string | null {
  const device: unknown = spec[member];
  if (device === undefined || device === null) return null;
  return typeof device === "string" && device !== "" ? device : bad(where, member, "the name of a device", device);
}

/** A port of a bridge: only what comes in on a device has come by one. */
function bridgePort(spec: PacketSpec, where: string, member: "physIn" | "physOut"): string {
  const port: unknown = spec[member];
  if (port === undefined || port === null) return "";
  if (deviceOf(spec, where, "in") === null)
    return bad(where, member, "a packet that arrives on a device, as `in` says", port);
  return typeof port === "string" && port !== "" ? port : bad(where, member, "the name of a bridge port or null", port);
}

function macOf({ mac }: PacketSpec, where: string): number {
  const value = typeof mac === "string" ? macNumber(mac) : Number.NaN;
  return Number.isNaN(value) ? bad(where, "mac", "a MAC address as 00:11:22:aa:bb:cc", mac) : value;
}

const flagOf = (value: boolean | undefined, where: string): boolean =>
  value === undefined || typeof value === "boolean"
    ? (value ?? false)
    : bad(where, "transparent", "true or false", value);

const NO_GROUPS: readonly number[] = [];

const groupsOf = (groups: readonly number[], where: string): readonly number[] =>
  Array.isArray(groups) && groups.every((one) => Number.isInteger(one) && one >= 0 && one <= 0xffffffff)
    ? groups
    : bad(where, "groups", "a list of whole numbers from 0 to 4294967295", groups);

function addressIn(text: string, where: string, member: "src" | "dst"): { family: Family; words: Words } {
  const address = typeof text === "string" ? readAddress(text) : undefined;
  return address ?? bad(where, member, "an IPv4 or IPv6 address", text);
}

function protocolOf(proto: string | number, family: Family, where: string): number {
  if (proto === "icmp") return icmpOf(family);
  const named = typeof proto === "string" ? BUILT_IN_NAMES.protocol(proto) : proto;
  const number = named ?? (/^\d{1,3}$/.test(`${proto}`) ? Number(proto) : NaN);
  if (!Number.isInteger(number) || number < 0 || number > 255)
    return bad(where, "proto", "a protocol by name or by number from 0 to 255", proto);
  return number;
}

/**
 * Checks a packet and fills in what a fresh connection would carry.
 *
 * @throws TypeError naming the member that is wrong; ParseError if the packet is given in words
 */
export function readPacket(given: PacketSpec | string, where = "packet"): Packet {
  const spec = typeof given === "string" ? readPacketWords(given) : given;
  if (typeof spec !== "object" || spec === null) return unfit(where, "an object or words", spec);
  for (const member in spec)
    if (!MEMBER_NAMES.has(member)) unknownName(memberPath(where, member), [...MEMBER_NAMES], member);
  const to = addressIn(spec.dst, where, "dst");
  const from = spec.src === undefined ? null : addressIn(spec.src, where, "src");
  const { family } = to;
  if (from !== null && from.family !== family) bad(where, "src", `an ${family} address, as dst is`, spec.src);
  const arrivesOn = deviceOf(spec, where, "in");
  if (from === null && arrivesOn !== null)
    bad(where, "src", "an address, since the packet arrives on a device", spec.src);
  const proto = protocolOf(spec.proto, family, where);
  const ports = hasPorts(proto);
  if (ports && spec.dport === undefined) bad(where, "dport", "a port", spec.dport);
  const icmp = isIcmp(proto);
  let flags = 0;
  if (proto === TCP) {
    const read =
      spec.flags === undefined
        ? SYN
        : Array.isArray(spec.flags)
          ? readTcpFlags(spec.flags.filter((one) => !/^(ECE|CWR)$/i.test(one)).join(","))
          : undefined;
    flags = read ?? bad(where, "flags", "a list of names of TCP flags", spec.flags);
  }
  const payload = whole(spec, where, "payload", 65455, 0);
  return {
    family,
    proto,
    src: from?.words ?? null,
    dst: to.words,
    sport: ports ? whole(spec, where, "sport", 65535, 40000) : -1,
    dport: ports ? whole(spec, where, "dport", 65535, 0) : -1,
    in: arrivesOn,
    out: deviceOf(spec, where, "out"),
    physIn: spec.physIn === undefined ? null : bridgePort(spec, where, "physIn"),
    physOut: bridgePort(spec, where, "physOut"),
    uid: ownerOf(spec, where, "uid"),
    gid: ownerOf(spec, where, "gid"),
    groups: spec.groups === undefined ? NO_GROUPS : groupsOf(spec.groups, where),
    transparent: flagOf(spec.transparent, where),
    mark: whole(spec, where, "mark", 0xffffffff, 0) | 0,
    flags,
    seq: proto === TCP && spec.seq !== undefined ? whole(spec, where, "seq", 0xffffffff, 0) : null,
    ack: whole(spec, where, "ack", 0xffffffff, 0),
    window: whole(spec, where, "window", 65535, 65535),
    windowScale: spec.windowScale === undefined ? null : whole(spec, where, "windowScale", 14, 0),
    tos: whole(spec, where, "tos", 255, 0),
    ttl: whole(spec, where, "ttl", 255, 64),
    length: whole(spec, where, "length", 65535, payload + usualLength(family, proto, flags)),
    type: icmp ? whole(spec, where, "type", 255, proto === ICMP ? 8 : 128) : -1,
    code: icmp ? whole(spec, where, "code", 255, 0) : -1,
    id: icmp ? whole(spec, where, "id", 65535, 1) : -1,
    mac: spec.mac === undefined ? null : macOf(spec, where),
    mss: spec.mss === undefined || spec.mss === null ? spec.mss : whole(spec, where, "mss", 65535, 0),
    spi: spec.spi === undefined ? undefined : whole(spec, where, "spi", 0xffffffff, 0),
    quoted: spec.quoted === undefined ? null : readPacket(spec.quoted, `${where}.quoted`),
  };
}

/** Bytes of data in a TCP segment: headers are taken to have no options, and a SYN to carry none. */
export const tcpPayload = ({ family, flags, length }: Packet): number =>
  flags & SYN ? 0 : Math.max(0, length - (family === "ipv4" ? 40 : 60));

/** What such a packet measures without a payload; a SYN has 20 bytes of options. */
function usualLength(family: Family, proto: number, flags: number): number {
  const header = family === "ipv4" ? 20 : 40;
  if (proto === TCP) return header + (flags & SYN ? 40 : 20);
  return header + 8;
}
