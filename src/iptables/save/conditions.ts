import { hostPrefix, type Prefix, prefixOf, readPrefix } from "../../net/address.ts";
import { INTERFACE_NAME_LENGTH } from "../../net/interface-pattern.ts";
import { readNumber } from "../../text/number.ts";
import type { ReadContext } from "../extension/context.ts";
import type { AddressCondition, Count, Counters, DeviceCondition, ProtocolCondition } from "../ruleset/ruleset.ts";

const EXPECTED_ADDRESS = {
  ipv4: "an IPv4 address, ADDRESS/LENGTH, ADDRESS/MASK or a host name",
  ipv6: "an IPv6 address, ADDRESS/LENGTH, ADDRESS/MASK or a host name",
} as const;

/** A whole address space is no condition: iptables-save leaves `0.0.0.0/0` out unless it is negated. */
const isEverything = (prefix: Prefix): boolean =>
  prefix.mask.every((word) => word === 0) && prefix.address.every((word) => word === 0);

/**
 * Reads what follows `-s` or `-d`: one entry for each rule that the text stands for, undefined where it is no condition.
 *
 * `a,b` and names with several addresses make one rule each (libxtables/xtables.c, xtables_ipparse_multiple).
 * A name that nobody can resolve stays a name, with a warning.
 */
export function readAddresses(
  text: string,
  negated: boolean,
  option: string,
  context: ReadContext,
): readonly (AddressCondition | undefined)[] {
  const found: (AddressCondition | undefined)[] = [];
  for (const item of text.split(",")) {
    const prefixes = readOneAddress(item, option, context);
    if (typeof prefixes === "string") found.push({ prefix: { name: prefixes }, negated });
    else for (const prefix of prefixes) found.push(!negated && isEverything(prefix) ? undefined : { prefix, negated });
  }
  if (negated && found.length > 1)
    context.fail(`${option}: expected one address behind "!", got "${text}", which stands for ${found.length}`, {
      received: text,
    });
  return found;
}

/**
 * The usual form of an IPv4 address or mask with octal (`010`) or hexadecimal octets, which iptables reads as C does;
 * undefined for anything else.
 *
 * Source: libxtables/xtables.c, __numeric_to_ipaddr and parse_ipmask, by xtables_strtoui with base 0.
 */
function decimalAddress(text: string): string | undefined {
  const [address, mask, ...more] = text.split("/");
  const quad = (part: string) => part.split(".").map((octet) => readNumber(octet, 255));
  const octets = quad(address!);
  const tail = mask === undefined ? [] : mask.includes(".") ? quad(mask) : [readNumber(mask, 32)];
  if (more.length > 0 || octets.length > 4 || [...octets, ...tail].includes(undefined)) return undefined;
  return octets.join(".") + (tail.length > 0 ? `/${tail.join(".")}` : "");
}

function readOneAddress(text: string, option: string, context: ReadContext): readonly Prefix[] | string {
  const { family } = context;
  let prefix = readPrefix(text);
  if (prefix === undefined && family === "ipv4") {
    const decimal = decimalAddress(text);
    prefix = decimal === undefined ? undefined : readPrefix(decimal);
    if (prefix !== undefined)
      context.warn(
        "octal-address",
        `${option}: iptables reads "${text}" as ${decimal}: a leading 0 means octal, 0x hexadecimal`,
      );
  }
  if (prefix?.family === family) return [prefix];
  const slash = text.indexOf("/");
  const name = slash < 0 ? text : text.slice(0, slash);
  const expected = EXPECTED_ADDRESS[family];
  const refuse = (hint?: string) =>
    context.fail(`${option}: expected ${expected}, got "${text}"`, { expected, received: text, ...(hint && { hint }) });
  if (prefix) refuse(`the rules around it are ${family === "ipv4" ? "IPv4" : "IPv6"}`);
  if (/^[\d.]*$/.test(name) || !/^[\w.-]+$/.test(name)) refuse();
  const mask = slash < 0 ? undefined : readPrefix(`${family === "ipv4" ? "0.0.0.0" : "::"}${text.slice(slash)}`)?.mask;
  if (slash >= 0 && mask === undefined) refuse();
  const hosts = context.names.hosts(name, family);
  if (hosts.length > 0) return hosts.map((host) => (mask ? prefixOf(family, host.words, mask) : hostPrefix(host)));
  context.warn(
    "unresolved-name",
    `${option}: the host name "${name}" is not known here; whatever depends on it is undetermined (give names.hosts)`,
  );
  return text;
}

/**
 * Reads what follows `-i` or `-o`; undefined for a plain `+`, which every device fits and iptables-save leaves out.
 *
 * Source: libxtables/xtables.c, xtables_parse_interface: at most 15 characters with the `+`.
 */
export function readDevice(
  text: string,
  negated: boolean,
  option: string,
  context: ReadContext,
): DeviceCondition | undefined {
  if (text.length > INTERFACE_NAME_LENGTH || text === "")
    context.fail(`${option}: expected an interface name of 1 to ${INTERFACE_NAME_LENGTH} characters, got "${text}"`, {
      expected: `an interface name of 1 to ${INTERFACE_NAME_LENGTH} characters`,
      received: text,
    });
  return text === "+" && !negated ? undefined : { pattern: text, negated };
}

/** Reads what follows `-p`; undefined for `all`. */
export function readProtocol(text: string, negated: boolean, context: ReadContext): ProtocolCondition | undefined {
  const number = readNumber(text, 255) ?? context.names.protocol(text);
  if (number === undefined)
    context.fail(`-p: expected a protocol name or a number from 0 to 255, got "${text}"`, { received: text });
  if (number === 0 && negated) context.fail('-p: expected a protocol behind "!", got every protocol: it never matches');
  return number === 0 ? undefined : { number: number!, negated };
}

/** Reads decimal digits as a number while that is exact. */
function readCount(text: string): Count | undefined {
  if (!/^\d{1,20}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/** Reads `PACKETS` and `BYTES`. */
export function readCounters(packets: string, bytes: string): Counters | undefined {
  const p = readCount(packets);
  const b = readCount(bytes);
  return p === undefined || b === undefined ? undefined : { packets: p, bytes: b };
}
