import { macText } from "../net/mac.ts";
import { BUILT_IN_NAMES } from "../net/names.ts";
import type { PacketSpec } from "../net/packet-spec.ts";
import { AH, DCCP, ESP, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from "../net/protocol.ts";
import { tcpFlagsText } from "../net/tcp-flags.ts";
import { hex } from "../text/number.ts";
import type { Frame, RareFields } from "./frame.ts";

/** What there is to say about a number of a packet, whoever asks: tests, explanations, generators, sets of packets. */
interface NumberFacts {
  /** As a sentence names it: `the destination port`. */
  readonly label: string;
  /** The greatest value; the least is 0. */
  readonly max: number;
  /** The member of a packet that says it; null: none can. */
  readonly member: keyof PacketSpec | null;
  /** The protocols whose packets have it; undefined: those of all. */
  readonly protocols?: readonly number[];
  /** Of a packet that has none, as a clause; undefined: every packet has one. */
  readonly absent?: (frame: Frame) => string;
  /** What would have to be said where the input leaves it open; undefined: it never does. */
  readonly unsaid?: string;
  /** A value for people; in decimal if left out. */
  readonly show?: (value: number) => string;
  /** The label stands for several. */
  readonly plural?: true;
  /** In {@link RareFields}, not in the frame itself. */
  readonly rare?: true;
}

const WITH_PORTS = [TCP, UDP, UDPLITE, SCTP, DCCP];
const ICMPS = [ICMP, ICMPV6];

const protocolText = (proto: number): string => BUILT_IN_NAMES.protocolName(proto) ?? `protocol ${proto}`;
const noPorts = ({ proto }: Frame): string => `${protocolText(proto)} has no ports`;
const noSocket = (): string => "the packet has no socket";
const notIcmp = (): string => "the packet is not ICMP";

/** The numbers that conditions speak of; a forgotten row below does not compile. */
export type NumberField =
  | "proto"
  | "sport"
  | "dport"
  | "icmpType"
  | "icmpCode"
  | "length"
  | "ttl"
  | "tos"
  | "tcpFlags"
  | "mark"
  | "uid"
  | "gid"
  | Exclude<keyof RareFields, "helper">;

/** Every number that conditions speak of. */
export const NUMBER_FIELDS: Readonly<Record<NumberField, NumberFacts>> = {
  proto: {
    label: "the protocol",
    max: 255,
    member: "proto",
    show: (value) => BUILT_IN_NAMES.protocolName(value) ?? `${value}`,
  },
  sport: { label: "the source port", max: 65535, member: "sport", protocols: WITH_PORTS, absent: noPorts },
  dport: { label: "the destination port", max: 65535, member: "dport", protocols: WITH_PORTS, absent: noPorts },
  icmpType: { label: "the ICMP type", max: 255, member: "type", protocols: ICMPS, absent: notIcmp },
  icmpCode: { label: "the ICMP code", max: 255, member: "code", protocols: ICMPS, absent: notIcmp },
  length: { label: "the length", max: 65535, member: "length" },
  ttl: { label: "the TTL", max: 255, member: "ttl" },
  tos: { label: "the TOS", max: 255, member: "tos", show: hex },
  tcpFlags: {
    label: "the TCP flags",
    plural: true,
    max: 63,
    member: "flags",
    protocols: [TCP],
    absent: () => "the packet is not TCP",
    show: tcpFlagsText,
  },
  mark: { label: "the mark", max: 0xffffffff, member: "mark", show: hex },
  uid: {
    label: "the packet's uid",
    max: 0xfffffffe,
    member: "uid",
    absent: noSocket,
    unsaid: "the uid of the sending socket",
  },
  gid: {
    label: "the packet's gid",
    max: 0xfffffffe,
    member: "gid",
    absent: noSocket,
    unsaid: "the gid of the sending socket",
  },
  mac: {
    label: "the MAC address",
    max: 2 ** 48 - 1,
    member: "mac",
    absent: () => "the packet has no Ethernet header",
    unsaid: "the MAC address that the packet comes from",
    show: macText,
    rare: true,
  },
  mss: {
    label: "the segment size that it offers",
    max: 65535,
    member: "mss",
    protocols: [TCP],
    absent: () => "the packet offers no segment size",
    unsaid: "the segment size that the packet offers",
    rare: true,
  },
  spi: {
    label: "the parameter index",
    max: 0xffffffff,
    member: "spi",
    protocols: [ESP, AH],
    absent: ({ proto }: Frame) => `${protocolText(proto)} has no parameter index`,
    unsaid: "the parameter index of IPsec",
    rare: true,
  },
  dccpType: {
    label: "the DCCP type",
    max: 15,
    member: null,
    protocols: [DCCP],
    absent: () => "the packet is not DCCP",
    unsaid: "the type of the DCCP packet",
    rare: true,
  },
  realm: { label: "the realm", max: 0xffffffff, member: null, unsaid: "the realm of the route", show: hex, rare: true },
  daytime: { label: "the time of day", max: 86399, member: null, unsaid: "the time of day", rare: true },
  weekday: { label: "the day of the week", max: 7, member: null, unsaid: "the day of the week", rare: true },
  monthday: { label: "the day of the month", max: 31, member: null, unsaid: "the day of the month", rare: true },
  date: { label: "the date", max: 0x7fffffff, member: null, unsaid: "the date", rare: true },
};

/** The addresses that conditions speak of. */
export type AddressField = "src" | "dst";
export const ADDRESS_FIELDS: Readonly<Record<AddressField, { readonly label: string }>> = {
  src: { label: "the source" },
  dst: { label: "the destination" },
};

/** The names that conditions speak of: of devices, of bridge ports, of a helper. */
export type NameField = "in" | "out" | "physIn" | "physOut" | "helper";

interface NameFacts {
  readonly label: string;
  /** Of a packet that has none, as a clause. */
  readonly absent: string;
  /** What would have to be said; undefined: the input never leaves it open. */
  readonly unsaid?: string;
}

export const NAME_FIELDS: Readonly<Record<NameField, NameFacts>> = {
  in: { label: "the in-interface", absent: "there is no in-interface here" },
  out: { label: "the out-interface", absent: "there is no out-interface here" },
  physIn: {
    label: "the bridge port that it came by",
    absent: "the packet did not come by a bridge port",
    unsaid: "the bridge port that the packet came by (physIn, null for none)",
  },
  physOut: {
    label: "the bridge port that it leaves by",
    absent: "the packet is not switched by a bridge",
    unsaid: "the port by which the bridge sends on what was translated",
  },
  helper: {
    label: "the helper that expected the connection",
    absent: "no helper expected the connection",
    unsaid: "the conntrack helper that expected the connection",
  },
};

/** What a condition on the conntrack entry speaks of. Ports of ICMP are type<<8|code in the original direction (D8). */
export type EntryNumberField =
  | "connmark"
  | "ctproto"
  | "ctstatus"
  | "ctdir"
  | "ctexpire"
  | "ctorigsrcport"
  | "ctorigdstport"
  | "ctreplsrcport"
  | "ctrepldstport";

export type EntryAddressField = "ctorigsrc" | "ctorigdst" | "ctreplsrc" | "ctrepldst";

export const ENTRY_FIELDS: Readonly<
  Record<EntryNumberField | EntryAddressField, { readonly label: string; readonly show?: (value: number) => string }>
> = {
  connmark: { label: "the connmark", show: hex },
  ctproto: { label: "the connection's protocol" },
  ctstatus: { label: "the connection's status", show: hex },
  ctdir: { label: "the packet's direction", show: (value) => (value === 0 ? "ORIGINAL" : "REPLY") },
  ctexpire: { label: "the time that the entry has left" },
  ctorigsrcport: { label: "the connection's original source port" },
  ctorigdstport: { label: "the connection's original destination port" },
  ctreplsrcport: { label: "the source port of the connection's replies" },
  ctrepldstport: { label: "the destination port of the connection's replies" },
  ctorigsrc: { label: "the connection's original source" },
  ctorigdst: { label: "the connection's original destination" },
  ctreplsrc: { label: "the source of the connection's replies" },
  ctrepldst: { label: "the destination of the connection's replies" },
};

/** What a packet has in a field, ABSENT and UNSAID included. */
export const numberOf = (frame: Frame, field: NumberField): number =>
  NUMBER_FIELDS[field].rare
    ? (frame.rare[field as keyof RareFields] as number)
    : (frame[field as keyof Frame] as number);

/** A device, a port or a helper; "" where there is none, null where the input does not say. */
export function nameOf(frame: Frame, field: NameField): string | null {
  switch (field) {
    case "in":
      return frame.inDevice;
    case "out":
      return frame.outDevice;
    case "physIn":
    case "physOut":
      return frame[field];
    case "helper":
      return frame.rare.helper;
  }
}
