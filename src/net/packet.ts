import { ParseError, type Problem } from "../text/problem.ts";
import { type Family, readAddress, type Words } from "./address.ts";
import { BUILT_IN_NAMES } from "./names.ts";
import { hasPorts, ICMP, ICMPV6, icmpOf, TCP } from "./protocol.ts";
import { readTcpFlags, SYN } from "./tcp-flags.ts";

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
  readonly uid?: number;
  readonly gid?: number;
  readonly groups?: readonly number[];
  /** The sending socket may use a source that is not its own. */
  readonly transparent?: boolean;
  readonly mark?: number;
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
  readonly tos?: number;
  readonly ttl?: number;
  /** Layer 3, in bytes. */
  readonly length?: number;
  /** ICMP; default an echo request. */
  readonly type?: number;
  readonly code?: number;
  readonly id?: number;
  /** The packet that an ICMP error quotes. */
  readonly quoted?: PacketSpec;
}

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
  readonly tos: number;
  readonly ttl: number;
  readonly length: number;
  readonly type: number;
  readonly code: number;
  readonly id: number;
  readonly quoted: Packet | null;
}

const bad = (member: string, expected: string, got: unknown): never => {
  throw new TypeError(`packet.${member}: expected ${expected}, got ${JSON.stringify(got) ?? String(got)}`);
};

function whole(spec: PacketSpec, member: keyof PacketSpec, max: number, otherwise: number): number {
  const value = spec[member];
  if (value === undefined) return otherwise;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max)
    return bad(member, `a whole number from 0 to ${max}`, value);
  return value;
}

const ownerOf = (spec: PacketSpec, member: "uid" | "gid"): number | undefined =>
  spec[member] === undefined ? undefined : whole(spec, member, 0xffffffff, 0);

function deviceOf(spec: PacketSpec, member: "in" | "out"): string | null {
  const device: unknown = spec[member];
  if (device === undefined || device === null) return null;
  return typeof device === "string" && device !== "" ? device : bad(member, "the name of a device", device);
}

const NO_GROUPS: readonly number[] = [];

const groupsOf = (groups: readonly number[]): readonly number[] =>
  Array.isArray(groups) && groups.every((one) => Number.isInteger(one) && one >= 0 && one <= 0xffffffff)
    ? groups
    : bad("groups", "a list of whole numbers from 0 to 4294967295", groups);

function addressIn(text: string, member: "src" | "dst"): { family: Family; words: Words } {
  const address = typeof text === "string" ? readAddress(text) : undefined;
  return address ?? bad(member, "an IPv4 or IPv6 address", text);
}

function protocolOf(proto: string | number, family: Family): number {
  if (proto === "icmp") return icmpOf(family);
  const named = typeof proto === "string" && proto !== "" ? (BUILT_IN_NAMES.protocol(proto) ?? Number(proto)) : NaN;
  const number = typeof proto === "number" ? proto : named;
  if (!Number.isInteger(number) || number < 0 || number > 255)
    return bad("proto", "a protocol by name or by number from 0 to 255", proto);
  return number;
}

/**
 * Checks a packet and fills in what a fresh connection would carry.
 *
 * @throws TypeError naming the member that is wrong; ParseError if the packet is given in words
 */
export function readPacket(given: PacketSpec | string): Packet {
  const spec = typeof given === "string" ? readPacketWords(given) : given;
  if (typeof spec !== "object" || spec === null) return bad("", "an object or words", spec);
  const to = addressIn(spec.dst, "dst");
  const from = spec.src === undefined ? null : addressIn(spec.src, "src");
  const { family } = to;
  if (from !== null && from.family !== family) bad("src", `an ${family} address, as dst is`, spec.src);
  if (from === null && spec.in !== undefined) bad("src", "an address, since the packet arrives on a device", spec.src);
  const proto = protocolOf(spec.proto, family);
  const ports = hasPorts(proto);
  if (ports && spec.dport === undefined) bad("dport", "a port", spec.dport);
  const icmp = proto === ICMP || proto === ICMPV6;
  let flags = 0;
  if (proto === TCP) {
    const read =
      spec.flags === undefined
        ? SYN
        : Array.isArray(spec.flags)
          ? readTcpFlags(spec.flags.filter((one) => !/^(ECE|CWR)$/i.test(one)).join(","))
          : undefined;
    flags = read ?? bad("flags", "a list of names of TCP flags", spec.flags);
  }
  return {
    family,
    proto,
    src: from?.words ?? null,
    dst: to.words,
    sport: ports ? whole(spec, "sport", 65535, 40000) : -1,
    dport: ports ? whole(spec, "dport", 65535, 0) : -1,
    in: deviceOf(spec, "in"),
    out: deviceOf(spec, "out"),
    uid: ownerOf(spec, "uid"),
    gid: ownerOf(spec, "gid"),
    groups: spec.groups === undefined ? NO_GROUPS : groupsOf(spec.groups),
    transparent: spec.transparent ?? false,
    mark: whole(spec, "mark", 0xffffffff, 0) | 0,
    flags,
    seq: proto === TCP && spec.seq !== undefined ? whole(spec, "seq", 0xffffffff, 0) : null,
    ack: whole(spec, "ack", 0xffffffff, 0),
    window: whole(spec, "window", 65535, 65535),
    tos: whole(spec, "tos", 255, 0),
    ttl: whole(spec, "ttl", 255, 64),
    length: whole(spec, "length", 65535, usualLength(family, proto, flags)),
    type: icmp ? whole(spec, "type", 255, proto === ICMP ? 8 : 128) : -1,
    code: icmp ? whole(spec, "code", 255, 0) : -1,
    id: icmp ? whole(spec, "id", 65535, 1) : -1,
    quoted: spec.quoted === undefined ? null : readPacket(spec.quoted),
  };
}

/** What such a packet measures without a payload; a SYN has 20 bytes of options. */
function usualLength(family: Family, proto: number, flags: number): number {
  const header = family === "ipv4" ? 20 : 40;
  if (proto === TCP) return header + (flags & SYN ? 40 : 20);
  return header + 8;
}

const NUMBERS = [
  ...(["uid", "gid", "mark", "tos", "ttl", "length", "type", "code", "id", "sport", "dport"] as const),
  ...(["seq", "ack", "window"] as const),
];

/**
 * Reads a packet in words: `tcp 10.244.1.5:40000 -> 10.96.0.10:80 uid=1337 out=lo`, `udp -> [fd00::a]:53`.
 *
 * @throws ParseError with the column of the word that is wrong
 */
export function readPacketWords(text: string): PacketSpec {
  const fail = (column: number, received: string, expected: string): never => {
    const message = `packet: expected ${expected}, got ${received === "" ? "the end" : JSON.stringify(received)}`;
    const problem: Problem = {
      severity: "error",
      code: "bad-packet",
      message,
      line: 1,
      column,
      length: Math.max(1, received.length),
      expected,
      received,
      hint: "a packet is written as: tcp 10.0.0.2:40000 -> 10.96.0.10:80 uid=1000",
    };
    throw new ParseError([problem]);
  };
  const words = [...text.matchAll(/\S+/g)].map((found) => ({ text: found[0], column: found.index + 1 }));
  const spec: Record<string, unknown> = {};
  const [proto, ...rest] = words;
  if (proto === undefined || /[.=]/.test(proto.text))
    return fail(proto?.column ?? 1, proto?.text ?? "", "a protocol (tcp, udp, icmp, a number)");
  if (BUILT_IN_NAMES.protocol(proto.text) === undefined && !/^\d{1,3}$/.test(proto.text))
    fail(proto.column, proto.text, "a protocol (tcp, udp, icmp, a number)");
  spec["proto"] = /^\d+$/.test(proto.text) ? Number(proto.text) : proto.text.toLowerCase();
  const ends: { text: string; column: number }[] = [];
  let arrow = -1;
  for (const word of rest) {
    if (word.text === "->" || word.text === "→") arrow = ends.length;
    else if (word.text.includes("=")) readSetting(word.text, word.column, spec, fail);
    else ends.push(word);
  }
  const [first, second] = ends;
  if (ends.length > 2) fail(ends[2]!.column, ends[2]!.text, "name=value");
  if (arrow > 1 || (arrow === 0 && second)) fail(ends[1]!.column, ends[1]!.text, "one source, ->, one destination");
  if (second && arrow < 0) fail(second.column, second.text, "-> between source and destination");
  const destination = second ?? (arrow === 1 ? undefined : first);
  if (destination === undefined) return fail(text.length + 1, "", "a destination");
  if (second) readEnd(first!, "src", "sport", spec, fail);
  readEnd(destination, "dst", "dport", spec, fail);
  if (hasPorts(protocolOf(spec["proto"] as string, "ipv4")) && spec["dport"] === undefined)
    fail(destination.column, destination.text, "a destination with a port, as 10.0.0.2:80 or [fd00::2]:80");
  return spec as unknown as PacketSpec;
}

type Fail = (column: number, received: string, expected: string) => never;

function readEnd(
  word: { text: string; column: number },
  address: string,
  port: string,
  spec: Record<string, unknown>,
  fail: Fail,
): void {
  const split = /^\[(.+)\](?::(\d+))?$/.exec(word.text) ?? /^([^:]+):(\d+)$/.exec(word.text) ?? [null, word.text];
  if (readAddress(split[1]!) === undefined) fail(word.column, word.text, "an address, as 10.0.0.2:80 or [fd00::2]:80");
  spec[address] = split[1];
  if (split[2] === undefined) return;
  if (Number(split[2]) > 65535) fail(word.column, word.text, "a port up to 65535");
  spec[port] = Number(split[2]);
}

function readSetting(text: string, column: number, spec: Record<string, unknown>, fail: Fail): void {
  const at = text.indexOf("=");
  const name = text.slice(0, at);
  const value = text.slice(at + 1);
  if ((NUMBERS as readonly string[]).includes(name)) {
    if (!/^(0x[0-9a-f]+|\d+)$/i.test(value)) fail(column, text, `${name}= and a number`);
    spec[name] = Number(value);
  } else if (name === "in" || name === "out") spec[name] = value;
  else if (name === "flags") {
    if (readTcpFlags(value) === undefined) fail(column, text, "flags= and names such as SYN,ACK");
    spec["flags"] = value
      .toUpperCase()
      .split(",")
      .filter((one) => one !== "" && one !== "NONE");
  } else if (name === "groups") {
    if (!/^\d+(,\d+)*$/.test(value)) fail(column, text, "groups= and numbers separated by commas");
    spec["groups"] = value.split(",").map(Number);
  } else if (name === "transparent") {
    if (!/^(true|false|yes|no)$/.test(value)) fail(column, text, "transparent=yes or transparent=no");
    spec["transparent"] = value === "true" || value === "yes";
  } else fail(column, text, `one of ${[...NUMBERS, "in", "out", "flags", "groups", "transparent"].join(", ")} and =`);
}
