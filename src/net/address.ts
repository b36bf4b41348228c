import ipaddr from "ipaddr.js";

/** An address family, spelled as everywhere in this package. */
export type Family = "ipv4" | "ipv6";

/**
 * An address as four 32-bit words, most significant first, each a signed 32-bit number (as `|` and `&` yield them).
 * An IPv4 address has zeros in the first three words.
 *
 * Signed, because the hot path compares what bit operations return, and `>>> 0` would cost a conversion per compare.
 */
export type Words = readonly [number, number, number, number];

/** An address or mask of one family. */
export interface Address {
  readonly family: Family;
  readonly words: Words;
}

/** An address and a mask, which may have holes (`10.0.2.0/255.0.255.0`); host bits are always zero. */
export interface Prefix {
  readonly family: Family;
  readonly address: Words;
  readonly mask: Words;
}

const ZERO: Words = [0, 0, 0, 0];

/** Signed words of an IPv4 address given as a 32-bit number. */
export const ipv4Words = (value: number): Words => [0, 0, 0, value | 0];

/**
 * Reads `a.b.c.d` with decimal octets and nothing else; -1 if it is not that.
 *
 * By hand, not by ipaddr.js: addresses are a third of a large dump and this is what its parsing time goes to
 * (measured: 25 times faster).
 */
function readDottedQuad(text: string): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      // 010 is 8 for iptables and 10 for others: a leading zero is refused.
      if (octet === 0) return -1;
      octet = octet < 0 ? code - 48 : octet * 10 + code - 48;
      if (octet > 255) return -1;
    } else if (code === 46 && octet >= 0 && dots < 3) {
      value = value * 256 + octet;
      octet = -1;
      dots++;
    } else return -1;
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

/** Reads an address in its usual text form, or undefined. `::1.2.3.4` and zone-less forms only; no names, no octal. */
export function readAddress(text: string): Address | undefined {
  const v4 = readDottedQuad(text);
  if (v4 >= 0) return { family: "ipv4", words: ipv4Words(v4) };
  if (!text.includes(":") || text.includes("%")) return undefined;
  // ipaddr.js reads `::1.2.3.4` as the mapped address; the dotted tail is rewritten as two groups first.
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  let plain = text;
  if (dotted) {
    const tail = readDottedQuad(dotted[2]!);
    if (tail < 0) return undefined;
    plain = `${dotted[1]}${Math.floor(tail / 65536).toString(16)}:${(tail % 65536).toString(16)}`;
  }
  if (!ipaddr.IPv6.isValid(plain)) return undefined;
  const parts = ipaddr.IPv6.parse(plain).parts;
  const word = (at: number) => (parts[at]! << 16) | parts[at + 1]! | 0;
  return { family: "ipv6", words: [word(0), word(2), word(4), word(6)] };
}

/** `a.b.c.d` of a 32-bit number, signed or not. */
const quad = (value: number): string => `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;

/**
 * An address in the text form that glibc's inet_ntop gives: lower case, the first longest run of at least two zero groups
 * as `::`, and dotted quads for `::a.b.c.d` and `::ffff:a.b.c.d`.
 */
export function addressText(family: Family, words: Words): string {
  if (family === "ipv4") return quad(words[3]);
  const groups: number[] = [];
  for (const word of words) groups.push(word >>> 16, word & 0xffff);
  let base = -1;
  let longest = 1;
  for (let at = 0; at < 8; at++) {
    let run = 0;
    while (at + run < 8 && groups[at + run] === 0) run++;
    if (run > longest) {
      base = at;
      longest = run;
    }
    at += run;
  }
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  if (base === 0 && longest === 6) return `::${quad(words[3])}`;
  if (base === 0 && longest === 5 && groups[5] === 0xffff) return `::ffff:${quad(words[3])}`;
  return base < 0 ? hex(0, 8) : `${hex(0, base)}::${hex(base + longest, 8)}`;
}

/** Width of an address in bits: 32 or 128. */
export const addressBits = (family: Family): number => (family === "ipv4" ? 32 : 128);

/** The mask with `length` leading ones. */
export function maskOfLength(family: Family, length: number): Words {
  const ones = (bits: number) => (bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits));
  return family === "ipv4"
    ? [0, 0, 0, ones(length)]
    : [ones(length), ones(length - 32), ones(length - 64), ones(length - 96)];
}

/** How many leading ones a mask has, or undefined if it has holes. */
export function maskLength(family: Family, mask: Words): number | undefined {
  let length = 0;
  let ended = false;
  for (let at = family === "ipv4" ? 3 : 0; at < 4; at++) {
    const word = mask[at]!;
    const ones = Math.clz32(~word);
    if ((ended && ones > 0) || (ones < 32 && word << ones !== 0)) return undefined;
    length += ones;
    ended = ones < 32;
  }
  return length;
}

export const sameWords = (a: Words, b: Words): boolean =>
  a[3] === b[3] && a[2] === b[2] && a[1] === b[1] && a[0] === b[0];

/** Numeric order of two addresses, as unsigned numbers. */
export function compareWords(a: Words, b: Words): number {
  for (let at = 0; at < 4; at++) {
    const difference = (a[at]! >>> 0) - (b[at]! >>> 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The address `words + delta`, wrapping; delta may be negative. */
export function addToAddress(family: Family, words: Words, delta: number): Words {
  const sum = [...words] as [number, number, number, number];
  let carry = delta;
  for (let at = 3; at >= (family === "ipv4" ? 3 : 0) && carry !== 0; at--) {
    const value = (sum[at]! >>> 0) + carry;
    sum[at] = value | 0;
    carry = Math.floor(value / 2 ** 32);
  }
  return sum;
}

/** The bits of an address that a mask keeps. */
export const maskedWords = (words: Words, mask: Words): Words => [
  words[0] & mask[0],
  words[1] & mask[1],
  words[2] & mask[2],
  words[3] & mask[3],
];

/** A prefix with its host bits cleared, as the kernel keeps it. */
export const prefixOf = (family: Family, address: Words, mask: Words): Prefix => ({
  family,
  address: maskedWords(address, mask),
  mask,
});

/** The prefix that holds one address only. */
export const hostPrefix = (address: Address): Prefix =>
  prefixOf(address.family, address.words, maskOfLength(address.family, addressBits(address.family)));

/**
 * Reads `ADDRESS`, `ADDRESS/LENGTH` or `ADDRESS/MASK`; undefined if it is none of them.
 *
 * Also `10/8` and `1.2.3`, which iptables completes with zeros (xtables_ipparse_any).
 */
export function readPrefix(text: string): Prefix | undefined {
  const slash = text.indexOf("/");
  const address = readAddress(completeQuad(slash < 0 ? text : text.slice(0, slash)));
  if (address === undefined) return undefined;
  if (slash < 0) return hostPrefix(address);
  const tail = text.slice(slash + 1);
  const { family } = address;
  if (/^(?:0|[1-9]\d{0,2})$/.test(tail)) {
    const length = Number(tail);
    return length <= addressBits(family) ? prefixOf(family, address.words, maskOfLength(family, length)) : undefined;
  }
  const mask = readAddress(tail);
  return mask?.family === family ? prefixOf(family, address.words, mask.words) : undefined;
}

function completeQuad(text: string): string {
  if (!/^\d{1,3}(\.\d{1,3}){0,2}$/.test(text)) return text;
  const parts = text.split(".");
  while (parts.length < 4) parts.push("0");
  return parts.join(".");
}

/** `ADDRESS/LENGTH`, or `ADDRESS/MASK` where the mask has holes; the length is always written. */
export function prefixText(prefix: Prefix): string {
  const length = maskLength(prefix.family, prefix.mask);
  const tail = length ?? addressText(prefix.family, prefix.mask);
  return `${addressText(prefix.family, prefix.address)}/${tail}`;
}

/** Like {@link prefixText}, without `/32` or `/128`: for people and for listings. */
export function shortPrefixText(prefix: Prefix): string {
  const whole = addressBits(prefix.family);
  return maskLength(prefix.family, prefix.mask) === whole
    ? addressText(prefix.family, prefix.address)
    : prefixText(prefix);
}

export const prefixHas = (prefix: Prefix, words: Words): boolean =>
  (words[3] & prefix.mask[3]) === prefix.address[3] &&
  (words[2] & prefix.mask[2]) === prefix.address[2] &&
  (words[1] & prefix.mask[1]) === prefix.address[1] &&
  (words[0] & prefix.mask[0]) === prefix.address[0];

/** The prefix that holds every address of a family. */
export const anyPrefix = (family: Family): Prefix => ({ family, address: ZERO, mask: ZERO });
