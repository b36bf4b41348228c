import { addressText, type Family, type Words } from "../net/address.ts";
import { tcpFlagsText } from "../net/tcp-flags.ts";
import { hex } from "../text/number.ts";
import { addressOf, compile, packetType } from "./compile.ts";
import { entryAddress, entryNumber } from "./entry-fields.ts";
import {
  ABSENT,
  ADDRESS_TYPES,
  type AddressField,
  CT_DNAT,
  CT_SNAT,
  CT_UNTRACKED,
  DST_NAT,
  type EntryAddressField,
  type EntryNumberField,
  type Frame,
  type NumberField,
  SRC_NAT,
  UNSAID,
} from "./frame.ts";
import type { Predicate } from "./predicate.ts";
import { bitText, CT_STATES } from "./state-names.ts";
import type { Place } from "./test.ts";

/** Why a condition did not hold: what the rule asks, and what the packet has. */
export interface WhyNot {
  /** As `iptables -S` spells it, negation included: `! -d 127.0.0.1`. */
  readonly condition: string;
  /** A whole clause: `the destination is 127.0.0.1`. */
  readonly found: string;
}

/** `` `--uid-owner 1337`: the packet's uid is 1000 ``. */
export const whyNotText = ({ condition, found }: WhyNot): string => `\`${condition}\`: ${found}`;

/**
 * The conditions of a rule that this packet fails, with the packet's values, the first one first.
 *
 * Conditions that are a function of the packet are tested again. Chance, memory and open questions are not: asking them
 * twice would answer for another packet, so the first of them is named only where everything else holds.
 */
export function allWhyNot(predicate: Predicate, frame: Frame, place: Place): readonly WhyNot[] {
  const leaves = leavesOf(predicate, frame);
  const failed = leaves.filter((leaf) => isPure(leaf, frame) && !compile(again(leaf), place)(frame));
  const doubtful = leaves.find((leaf) => !isPure(leaf, frame));
  const named = failed.length > 0 ? failed : doubtful === undefined ? [] : [doubtful];
  return named.map((leaf) => ({ condition: textOf(leaf), found: found(leaf, frame) }));
}

/** The condition for whoever asks once more: an ipset's counters have risen already. */
function again(leaf: Predicate): Predicate {
  if (leaf.kind !== "inSet") return leaf;
  return { ...leaf, lookup: { ...leaf.lookup, keepCounters: true, keepSubcounters: true } };
}

/** The first condition of a rule that this packet is known to fail; undefined if there is none. */
export const whyNot = (predicate: Predicate, frame: Frame, place: Place): WhyNot | undefined =>
  allWhyNot(predicate, frame, place)[0];

/**
 * The conditions of a conjunction from left to right. What stands behind a state is asked only of a packet with an entry
 * (C7).
 */
function leavesOf(predicate: Predicate, frame: Frame): readonly Predicate[] {
  if (predicate.kind === "all") return predicate.of.flatMap((one) => leavesOf(one, frame));
  if (predicate.kind !== "stateIn" || predicate.rest === undefined) return [predicate];
  const { rest, ...state } = predicate;
  return frame.entry === null ? [state] : [state, ...rest.flatMap((one) => leavesOf(one, frame))];
}

/** What a rule asks, condition by condition, as `iptables -S` spells it. */
export function conditionsOf(predicate: Predicate): readonly string[] {
  if (predicate.kind === "all") return predicate.of.flatMap(conditionsOf);
  if (predicate.kind === "stateIn") return [predicate.text, ...(predicate.rest ?? []).flatMap(conditionsOf)];
  return predicate.kind === "always" ? [] : [textOf(predicate)];
}

/** Whether testing a condition once more gives the same answer and changes nothing. */
function isPure(predicate: Predicate, frame: Frame): boolean {
  switch (predicate.kind) {
    case "all":
    case "any":
      return predicate.of.every((one) => isPure(one, frame));
    case "inRanges":
    case "bits":
      return frame[predicate.field] !== UNSAID;
    case "groupIn":
      return frame.gid !== UNSAID;
    case "inSet":
      return frame.host.describeSet(frame, predicate.lookup) !== undefined;
    case "onBridge":
      return frame.physIn !== null && frame.physOut !== null;
    case "chance":
    case "stateful":
    case "connections":
    case "open":
    case "findsSocket":
    case "leadsBack":
    case "transformed":
      return false;
    default:
      return true;
  }
}

const textOf = (predicate: Predicate): string =>
  predicate.kind === "open"
    ? predicate.question.text
    : predicate.kind === "always" || predicate.kind === "all"
      ? ""
      : predicate.text;

const NAMES: Readonly<Record<NumberField, string>> = {
  proto: "the protocol",
  sport: "the source port",
  dport: "the destination port",
  icmpType: "the ICMP type",
  icmpCode: "the ICMP code",
  length: "the length",
  ttl: "the TTL",
  tos: "the TOS",
  tcpFlags: "the TCP flags",
  mark: "the mark",
  uid: "the packet's uid",
  gid: "the packet's gid",
};

const ADDRESS_NAMES: Readonly<Record<AddressField, string>> = { src: "the source", dst: "the destination" };

const PROTOCOLS: Readonly<Record<number, string>> = {
  1: "icmp",
  6: "tcp",
  17: "udp",
  33: "dccp",
  50: "esp",
  51: "ah",
  58: "ipv6-icmp",
  132: "sctp",
  136: "udplite",
};

/** A number of the packet with its name: `the packet's uid is 1000`, `the packet has no socket`. */
function numberText(frame: Frame, field: NumberField): string {
  const value = frame[field];
  if (value === UNSAID) return `${NAMES[field]} was not given`;
  if (value === ABSENT) return absentText(frame, field);
  if (field === "proto") return `${NAMES.proto} is ${PROTOCOLS[value] ?? value}`;
  if (field === "mark" || field === "tos") return `${NAMES[field]} is ${hex(value)}`;
  if (field === "tcpFlags")
    return frame.proto === 6 ? `${NAMES.tcpFlags} are ${tcpFlagsText(value)}` : "the packet is not TCP";
  return `${NAMES[field]} is ${value}`;
}

function absentText({ proto }: Frame, field: NumberField): string {
  if (field === "uid" || field === "gid") return "the packet has no socket";
  if (field === "icmpType" || field === "icmpCode") return "the packet is not ICMP";
  return `${PROTOCOLS[proto] ?? `protocol ${proto}`} has no ports`;
}

const familyOf = (frame: Frame): Family => (frame.v6 ? "ipv6" : "ipv4");

const addressIs = (frame: Frame, name: string, words: Words): string =>
  `${name} is ${addressText(familyOf(frame), words)}`;

function deviceText(frame: Frame, field: "in" | "out"): string {
  const device = field === "in" ? frame.inDevice : frame.outDevice;
  return device === "" ? `there is no ${field}-interface here` : `the ${field}-interface is ${device}`;
}

/** The states that `--ctstate` sees: `NEW`, or `ESTABLISHED,DNAT`. */
export function stateText({ ctstate, entry }: Frame): string {
  if (entry === null) return ctstate === CT_UNTRACKED ? "UNTRACKED" : "INVALID";
  const states = ctstate | (entry.status & SRC_NAT ? CT_SNAT : 0) | (entry.status & DST_NAT ? CT_DNAT : 0);
  return bitText(CT_STATES, states);
}

const ENTRY_NAMES: Readonly<Record<EntryNumberField | EntryAddressField, string>> = {
  connmark: "the connmark",
  ctproto: "the connection's protocol",
  ctstatus: "the connection's status",
  ctdir: "the packet's direction",
  ctexpire: "the time that the entry has left",
  ctorigsrcport: "the connection's original source port",
  ctorigdstport: "the connection's original destination port",
  ctreplsrcport: "the source port of the connection's replies",
  ctrepldstport: "the destination port of the connection's replies",
  ctorigsrc: "the connection's original source",
  ctorigdst: "the connection's original destination",
  ctreplsrc: "the source of the connection's replies",
  ctrepldst: "the destination of the connection's replies",
};

const NO_ENTRY = "the packet has no conntrack entry";

function entryText(frame: Frame, field: EntryNumberField): string {
  if (frame.entry === null) return NO_ENTRY;
  const value = entryNumber(frame, frame.entry, field);
  if (field === "ctdir") return `${ENTRY_NAMES.ctdir} is ${value === 0 ? "ORIGINAL" : "REPLY"}`;
  if (field === "connmark" || field === "ctstatus") return `${ENTRY_NAMES[field]} is ${hex(value)}`;
  return `${ENTRY_NAMES[field]} is ${value}`;
}

function typesText(frame: Frame, field: AddressField, device: string | undefined): string {
  const types = frame.host.addressTypes(frame, field, device);
  const names = ADDRESS_TYPES.filter((_, at) => types & (1 << at));
  return `${ADDRESS_NAMES[field]} is of type ${names.join(", ") || "UNSPEC"}`;
}

/**
 * What the packet has of what a condition asks, as a clause: `the packet's uid is 1000`, `the out-interface is eth0`.
 */
function found(predicate: Predicate, frame: Frame): string {
  switch (predicate.kind) {
    case "always":
      return "";
    case "never":
      return "no packet here is that";
    case "all":
    case "any":
      return [...new Set(predicate.of.map((one) => found(one, frame)))].filter(Boolean).join(" and ");
    case "inRanges":
    case "bits":
      return numberText(frame, predicate.field);
    case "inPrefix":
    case "inAddressRange":
      return addressIs(frame, ADDRESS_NAMES[predicate.field], addressOf(frame, predicate.field));
    case "onDevice":
      return deviceText(frame, predicate.field);
    case "stateIn":
      return `the state is ${stateText(frame)}`;
    case "entryInRanges":
    case "entryBits":
      return entryText(frame, predicate.field);
    case "entryInPrefix":
      if (frame.entry === null) return NO_ENTRY;
      return addressIs(frame, ENTRY_NAMES[predicate.field], entryAddress(frame.entry, predicate.field));
    case "addressTypes": {
      const { limit } = predicate;
      const device = limit === undefined ? undefined : limit === "in" ? frame.inDevice : frame.outDevice;
      return typesText(frame, predicate.field, device);
    }
    case "groupIn": {
      const own = numberText(frame, "gid");
      return frame.groups.length > 0 ? `${own}, its groups are ${frame.groups.join(", ")}` : own;
    }
    case "hasSocket":
      return frame.socket === 0 ? "the packet has no socket" : "the packet has a socket";
    case "findsSocket":
      return predicate.negated ? "a socket of this host is found" : "no such socket is found";
    case "leadsBack":
      return predicate.negated ? "a route leads back to the source" : "no route leads back to the source";
    case "packetTypeIs":
      return `the packet is ${(packetType(frame) ?? "UNICAST").toLowerCase()}`;
    case "chance":
      return `chance decides (probability ${predicate.negated ? 1 - predicate.probability : predicate.probability})`;
    case "stateful":
      return "the rule's own count of earlier packets decides";
    case "connections":
      return `the connections that the rule has met of ${ADDRESS_NAMES[predicate.field]} decide`;
    case "inSet":
      return (
        frame.host.describeSet(frame, predicate.lookup) ??
        `what set ${predicate.lookup.name} has of it is not known; taken as not matching`
      );
    case "onBridge":
      return portText(frame);
    case "transformed":
      return predicate.negated ? "IPsec protects the packet" : "IPsec does not protect the packet";
    case "open":
      return openText(predicate.question.kind, predicate.question.subject);
  }
}

function portText({ physIn, physOut }: Frame): string {
  if (physIn === "") return "the packet did not come by a bridge port";
  const came = physIn === null ? "whether the packet came by a bridge port was not given" : `it came by ${physIn}`;
  const leaves = physOut === null ? "leaves by a port that was not given" : `leaves by ${physOut}`;
  return physOut === "" ? `${came} and is not switched` : `${came} and ${leaves}`;
}

function openText(kind: string, subject: string): string {
  if (kind === "hidden") return `the dump hides the ${subject}-interface; taken as not matching`;
  if (kind === "unsaid") return "what the name stands for was not given; taken as not matching";
  return `what -m ${subject} asks is not modelled; taken as not matching`;
}
