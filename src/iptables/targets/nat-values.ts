import { type Address, addressText, readAddress } from "../../net/address.ts";
import { DCCP, ICMP, SCTP, TCP, UDP } from "../../net/protocol.ts";
import type { NatEffect } from "../../predicate/effect.ts";
import { readNumber } from "../../text/number.ts";
import type { ReadContext } from "../extension/context.ts";
import { type Range, rangeText, readPort, type ValueType } from "../extension/value.ts";

/** Ports of a translation; with `base`, a port p becomes `low + (p - base)`. */
interface NatPorts extends Range {
  readonly base?: number;
}

/** What `--to-destination` and `--to-source` hold. Addresses left out are kept, and so are ports. */
export interface NatRange {
  readonly addresses?: { readonly low: Address; readonly high: Address };
  readonly ports?: NatPorts;
}

/**
 * `8080`, `1000-2000`, `1000-2000/5000`. Only a single port may be a service name: names contain dashes themselves.
 *
 * Source: libxt_NAT.c, parse_ports.
 */
function readNatPorts(word: string, context: ReadContext): NatPorts | undefined {
  const single = readPort(word, context);
  if (single !== undefined) return { low: single, high: single };
  const found = /^(\w+)(?:-(\w+))?(?:\/(.+))?$/.exec(word);
  if (!found) return undefined;
  const low = readNumber(found[1]!, 65535);
  const high = found[2] === undefined ? low : readNumber(found[2], 65535);
  const base = found[3] === undefined ? undefined : readPort(found[3], context);
  if (low === undefined || high === undefined || low > high) return undefined;
  if (found[3] !== undefined && !base) return undefined;
  return { low, high, ...(base !== undefined && { base }) };
}

const natPortsText = (ports: NatPorts): string =>
  `${rangeText(ports, "-")}${ports.base === undefined ? "" : `/${ports.base}`}`;

/** `15001`, or `15001-15010`, as REDIRECT and MASQUERADE write ports. */
export const natPorts: ValueType<Range> = {
  expected: "a port, or a range of ports as low-high",
  read(word, context) {
    const ports = readNatPorts(word, context);
    return ports?.base === undefined ? ports : undefined;
  },
};

/**
 * `ADDRESS[-ADDRESS][:PORTS]`, `:PORTS`, and for IPv6 with ports `[ADDRESS[-ADDRESS]]:PORTS`.
 *
 * Source: libxt_NAT.c, parse_to. A range from high to low is taken, as iptables takes it.
 */
export const natRange: ValueType<NatRange> = {
  expected: "an address, a range of addresses, or ports behind a colon",
  read(word, context) {
    const found = /^\[([^\]]*)\](?::(.*))?$/.exec(word) ?? /^([^:]*)(?::([^:]*))?$/.exec(word) ?? /^(.*)$/.exec(word);
    if (!found || (context.family === "ipv4" && word.startsWith("["))) return undefined;
    const [low, high] = (found[1] ?? "").split(/-(.*)/) as [string, string?];
    const from = readAddress(low);
    const to = high === undefined ? from : readAddress(high);
    const ports = found[2] === undefined ? undefined : readNatPorts(found[2], context);
    if (found[2] !== undefined && !ports) return undefined;
    if (found[1] === "") return ports && { ports };
    if (from?.family !== context.family || to?.family !== context.family) return undefined;
    return { addresses: { low: from, high: to }, ...(ports && { ports }) };
  },
};

/** The text that {@link natRange} reads. Source: libxt_NAT.c, sprint_range. */
export function natRangeText({ addresses, ports }: NatRange): string {
  const low = addresses ? addressText(addresses.low.family, addresses.low.words) : "";
  const high = addresses ? addressText(addresses.high.family, addresses.high.words) : "";
  const span = low === high ? low : `${low}-${high}`;
  if (!ports) return span;
  return `${addresses?.low.family === "ipv6" ? `[${span}]` : span}:${natPortsText(ports)}`;
}

/** A port specification needs a protocol with ports; `! -p tcp` slips through, as it does in iptables 1.8.9. */
export function requirePortProtocol(ports: NatPorts | undefined, context: ReadContext): void {
  if (ports && ![TCP, UDP, SCTP, DCCP, ICMP].includes(context.protocol))
    context.fail("Need TCP, UDP, SCTP or DCCP with port specification", {
      expected: "-p tcp, udp, sctp or dccp before the ports",
      hint: "add -p tcp (or udp, sctp, dccp) to the rule",
    });
}

/** The part of a DNAT's or SNAT's effect that its range says. */
export const natRangeAction = ({ addresses, ports }: NatRange): Pick<NatEffect, "address" | "ports"> => ({
  address: addresses ? { kind: "range", low: addresses.low.words, high: addresses.high.words } : { kind: "keep" },
  ...(ports && { ports }),
});

/** Text of the flags that are set, each behind a blank. */
export const flagsText = (flags: Readonly<Record<string, boolean>>, prefix = ""): string =>
  Object.keys(flags)
    .filter((name) => flags[name])
    .map((name) => ` ${prefix}${name}`)
    .join("");
