import { UDPLITE } from "../../net/protocol.ts";
import { type Condition, condition, inRange } from "../../predicate/predicate.ts";
import type { ListStyle, ReadContext } from "../extension/context.ts";
import type { ListReader } from "../extension/list-reader.ts";
import {
  bang,
  type Given,
  loosePortRange,
  type OptionSpec,
  option,
  type Range,
  rangeText,
  serviceProtocol,
  type ValueType,
} from "../extension/value.ts";

/** What tcp, udp, sctp and dccp ask of the ports. */
export interface Ports {
  readonly sport?: Given<Range>;
  readonly dport?: Given<Range>;
}

/** The options `--sport` and `--dport`. */
export const portOptions = (
  range: ValueType<Range>,
): { readonly sport: OptionSpec<Range>; readonly dport: OptionSpec<Range> } => ({
  sport: option("sport source-port", range, { negatable: true }),
  dport: option("dport destination-port", range, { negatable: true }),
});

const ENDS = ["sport", "dport"] as const;
const LISTED = { sport: "spt", dport: "dpt" } as const;

/** A range that leaves nothing out asks for nothing, and is not listed. */
const isAll = ({ value, negated }: Given<Range>): boolean => value.low === 0 && value.high === 65535 && !negated;

/** What was given, without what asks for nothing: tcp and udp do not keep it. */
export const keptPorts = ({ sport, dport }: Ports): Ports => ({
  ...(sport && !isAll(sport) && { sport }),
  ...(dport && !isAll(dport) && { dport }),
});

const words = (end: "sport" | "dport", { value }: Given<Range>): string => `--${end} ${rangeText(value)}`;

/**
 * ` ! --sport 1:2 --dport 22`. `! --dport 0:65535`, which never holds, is written as iptables does since 1.8.11; before, it
 * was lost.
 */
export const portsToSave = (ports: Ports): string =>
  ENDS.map((end) => {
    const given = ports[end];
    return given ? `${bang(given.negated)} ${words(end, given)}` : "";
  }).join("");

/** A port as a listing shows it: by its service's name for the rule's protocol. */
const portText = (port: number, style: ListStyle): string => {
  const protocol = style.protocol === UDPLITE ? undefined : serviceProtocol(style.protocol);
  return (style.numeric || protocol === undefined ? undefined : style.names.serviceName(port, protocol)) ?? `${port}`;
};

/** `22`, `ssh:telnet`. */
export const portRangeText = ({ low, high }: Range, style: ListStyle): string =>
  low === high ? portText(low, style) : `${portText(low, style)}:${portText(high, style)}`;

/** ` spts:!1:2 dpt:ssh`. */
export const portsToList = (ports: Ports, style: ListStyle): string =>
  ENDS.map((end) => {
    const given = ports[end];
    if (given === undefined || isAll(given)) return "";
    const several = given.value.low === given.value.high ? "" : "s";
    return ` ${LISTED[end]}${several}:${given.negated ? "!" : ""}${portRangeText(given.value, style)}`;
  }).join("");

/** Takes ` spt:… dpt:…`; undefined if a name in it is not known. */
export function portsFromList(reader: ListReader, context: ReadContext): Ports | undefined {
  const found: { sport?: Given<Range>; dport?: Given<Range> } = {};
  for (const end of ENDS) {
    const text = reader.take(end === "sport" ? /spts?:(!?)(\S+)/y : /dpts?:(!?)(\S+)/y);
    if (text === null) continue;
    const value = loosePortRange.read(text[2]!, context);
    if (value === undefined) return undefined;
    found[end] = { value, negated: text[1] === "!" };
  }
  return found;
}

/** A packet's ports lie in the ranges. Kernel: port_match in net/netfilter/xt_tcpudp.c. */
export const portsMeaning = (ports: Ports): Condition[] =>
  ENDS.flatMap((end) => {
    const given = ports[end];
    if (given === undefined) return [];
    const { value, negated } = given;
    return [condition(words(end, given), inRange(end, value.low, value.high, negated), negated)];
  });
