import { addressBits, addressText, type Family } from "../../net/address.ts";
import { BUILT_IN_NAMES } from "../../net/names.ts";
import { ICMP, ICMPV6 } from "../../net/protocol.ts";
import { hex } from "../../text/number.ts";
import { type Element, type IpSet, isExpired, type Part, type SetTable, type SkbInfo } from "./ip-set.ts";
import { elementsOf } from "./members.ts";

/**
 * Sets as `ipset save` prints them at a second of the walks: each `create` line, then its elements with the seconds that
 * they have left. Lists come last, behind what they name.
 */
export function setsText(sets: SetTable, time = 0): string {
  const all = [...sets.values()];
  const ordered = [
    ...all.filter((set) => set.type.method !== "list"),
    ...all.filter((set) => set.type.method === "list"),
  ];
  return ordered.flatMap((set) => linesOf(set, time)).join("");
}

function linesOf(set: IpSet, time: number): string[] {
  const { name, type, settings } = set;
  const created = `create ${name} ${type.name}${settings.words === "" ? "" : ` ${settings.words}`}\n`;
  const alive = [...elementsOf(set.members)].filter((element) => !isExpired(element, time));
  return [
    created,
    ...alive.map((element) => `add ${name} ${elementText(set, element)}${extensionsText(set, element, time)}\n`),
  ];
}

/** `10.0.0.0/8,tcp:80`. */
const elementText = ({ family }: IpSet, { parts }: Element): string =>
  parts
    .filter((part) => part.kind !== "awaited")
    .map((part) => partText(part, family ?? "ipv4"))
    .join(",");

export function partText(part: Part, family: Family): string {
  switch (part.kind) {
    case "net": {
      const address = addressText(family, part.words);
      return part.length === addressBits(family) ? address : `${address}/${part.length}`;
    }
    case "port":
      return portText(part.proto, part.port);
    case "mac":
      return part.address === "" ? "(unknown)" : part.address;
    case "awaited":
      return "(awaited)";
    case "iface":
      return `${part.physical ? "physdev:" : ""}${part.name}`;
    case "mark":
      return `0x${part.mark.toString(16).padStart(8, "0")}`;
    case "set":
      return part.name;
  }
}

function portText(proto: number, port: number): string {
  if (proto === 0) return `${port}`;
  if (proto === ICMP || proto === ICMPV6) return `icmp${proto === ICMP ? "" : "v6"}:${port >> 8}/${port & 255}`;
  return `${BUILT_IN_NAMES.protocolName(proto) ?? proto}:${port}`;
}

function extensionsText({ settings }: IpSet, element: Element, time: number): string {
  const { expires, nomatch, packets, bytes, info, comment, parts } = element;
  const awaited = parts.find((part) => part.kind === "awaited")?.seconds ?? 0;
  return [
    nomatch ? " nomatch" : "",
    parts.some((part) => part.kind === "iface" && part.wildcard) ? " wildcard" : "",
    settings.timeout === null ? "" : ` timeout ${expires === null ? awaited : Math.max(0, Math.floor(expires - time))}`,
    settings.counters ? ` packets ${packets} bytes ${bytes}` : "",
    comment === null ? "" : ` comment "${comment}"`,
    info === null ? "" : infoText(info),
  ].join("");
}

const infoText = ({ mark, markMask, prio, queue }: SkbInfo): string =>
  (markMask === 0 ? "" : ` skbmark ${hex(mark)}${markMask === -1 ? "" : `/${hex(markMask)}`}`) +
  (prio === undefined ? "" : ` skbprio ${prio}`) +
  (queue === undefined ? "" : ` skbqueue ${queue}`);
