import { type Address, addressText, type Family, readAddress } from "../../net/address.ts";

/** A prefix as the tool holds it: host bits stay, and its text goes into the rule. */
export interface NetipPrefix {
  readonly family: Family;
  readonly text: string;
  readonly length: number;
  /** Its address, whatever the length, is one of 127.0.0.0/8 (also mapped into IPv6) or `::1`. */
  readonly loopback: boolean;
}

/**
 * An address as Go's netip.Addr.String prints it: as {@link addressText} does, but with dotted quads for mapped addresses
 * only, where glibc has them for `::a.b.c.d` too.
 */
export function netipText({ family, words }: Address): string {
  const [first, second, third, last] = words;
  const compatible = family === "ipv6" && first === 0 && second === 0 && third === 0 && last >>> 16 !== 0;
  return compatible ? `::${(last >>> 16).toString(16)}:${(last & 0xffff).toString(16)}` : addressText(family, words);
}

function isLoopback({ family, words }: Address): boolean {
  const [first, second, third, last] = words;
  if (family === "ipv4") return last >>> 24 === 127;
  if (first !== 0 || second !== 0) return false;
  return third === 0 ? last === 1 : third === 0xffff && last >>> 24 === 127;
}

/** Reads what netip.ParsePrefix reads: `ADDRESS/LENGTH`, neither a bare address nor a length with leading zeros. */
export function readNetipPrefix(text: string): NetipPrefix | undefined {
  const [, before = "", tail = ""] = /^(.*)\/(0|[1-9]\d{0,2})$/s.exec(text) ?? [];
  const address = readAddress(before);
  const length = Number(tail);
  if (address === undefined || length > (address.family === "ipv4" ? 32 : 128)) return undefined;
  return {
    family: address.family,
    text: `${netipText(address)}/${length}`,
    length,
    loopback: isLoopback(address),
  };
}
