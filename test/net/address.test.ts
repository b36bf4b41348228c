import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, test } from "vitest";
import {
  addressText,
  addToAddress,
  compareWords,
  maskLength,
  maskOfLength,
  prefixHas,
  prefixText,
  readAddress,
  readPrefix,
  shortPrefixText,
  type Words,
} from "../../src/net/address.ts";

const ipv6Words = fc.tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer()) as fc.Arbitrary<Words>;

describe("readAddress", () => {
  test.each([
    ["0.0.0.0", [0, 0, 0, 0]],
    ["127.0.0.1", [0, 0, 0, 0x7f000001]],
    ["255.255.255.255", [0, 0, 0, -1]],
    ["::1", [0, 0, 0, 1]],
    ["fd00:10:244:1::5", [0xfd000010 | 0, 0x2440001, 0, 5]],
    ["::1.2.3.4", [0, 0, 0, 0x01020304]],
    ["::ffff:1.2.3.4", [0, 0, 0xffff, 0x01020304]],
  ])("%s", (text, words) => expect(readAddress(text)?.words).toEqual(words));

  test.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.0.0.1",
    "01.2.3.x",
    "1..2.3",
    "fe80::1%eth0",
    "g::",
    "::1.2.3.400",
    "a.b.c.d",
  ])("%j is none", (text) => expect(readAddress(text)).toBeUndefined());

  test("agrees with ipaddr.js about IPv4", () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        const [a, b, c, d] = ipaddr.IPv4.parse(text).octets as [number, number, number, number];
        expect(readAddress(text)?.words[3]).toBe((a << 24) | (b << 16) | (c << 8) | d | 0);
      }),
    );
  });
});

describe("addressText", () => {
  // glibc's spelling, as iptables-save prints it.
  test.each([
    "::",
    "::1",
    "::ffff:1.2.3.4",
    "::1.2.3.4",
    "1::",
    "2001:db8::1:0:0:1",
    "fe80::1:2:3:4",
    "1:0:2:0:3:0:4:0",
    "::1:0:0",
  ])("%s prints as it is", (text) => expect(addressText("ipv6", readAddress(text)!.words)).toBe(text));

  test("reading gives the words back", () => {
    fc.assert(
      fc.property(ipv6Words, (words) => {
        expect(readAddress(addressText("ipv6", words))?.words).toEqual(words);
        expect(readAddress(addressText("ipv4", [0, 0, 0, words[3]]))?.words[3]).toBe(words[3]);
      }),
    );
  });
});

describe("prefixes", () => {
  test.each([
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["10/8", "10.0.0.0/8"],
    ["1.2.3", "1.2.3.0/32"],
    ["10.1.2.3/255.0.255.0", "10.0.2.0/255.0.255.0"],
    ["10.1.2.3/255.255.0.0", "10.1.0.0/16"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["fd00::5/64", "fd00::/64"],
    ["1::2/ffff::ffff", "1::2/ffff::ffff"],
    ["::1", "::1/128"],
  ])("%s is kept as %s", (text, kept) => expect(prefixText(readPrefix(text)!)).toBe(kept));

  test.each(["10.0.0.0/33", "::/129", "10.0.0.0/::", "x/8", "10.0.0.0/"])("%s is none", (text) =>
    expect(readPrefix(text)).toBeUndefined(),
  );

  test("a whole-length prefix is shown without its length", () => {
    expect(shortPrefixText(readPrefix("10.0.0.1/32")!)).toBe("10.0.0.1");
    expect(shortPrefixText(readPrefix("10.0.0.0/8")!)).toBe("10.0.0.0/8");
  });

  test("mask lengths go both ways", () => {
    for (let length = 0; length <= 32; length++) expect(maskLength("ipv4", maskOfLength("ipv4", length))).toBe(length);
    for (let length = 0; length <= 128; length++) expect(maskLength("ipv6", maskOfLength("ipv6", length))).toBe(length);
    expect(maskLength("ipv4", readAddress("255.0.255.0")!.words)).toBeUndefined();
  });

  test("a prefix has its first and last address and neither neighbour", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 31 }), (word, length) => {
        const prefix = readPrefix(`${addressText("ipv4", [0, 0, 0, word])}/${length}`)!;
        const last = addToAddress("ipv4", prefix.address, 2 ** (32 - length) - 1);
        expect(prefixHas(prefix, prefix.address)).toBe(true);
        expect(prefixHas(prefix, last)).toBe(true);
        expect(prefixHas(prefix, addToAddress("ipv4", last, 1))).toBe(false);
        expect(prefixHas(prefix, addToAddress("ipv4", prefix.address, -1))).toBe(false);
      }),
    );
  });
});

test("addresses are added to and compared as unsigned numbers, over word borders", () => {
  const low = readAddress("fd00::ffff:ffff")!.words;
  expect(addressText("ipv6", addToAddress("ipv6", low, 1))).toBe("fd00::1:0:0");
  expect(addressText("ipv6", addToAddress("ipv6", addToAddress("ipv6", low, 1), -1))).toBe("fd00::ffff:ffff");
  expect(compareWords(readAddress("128.0.0.0")!.words, readAddress("127.0.0.0")!.words)).toBeGreaterThan(0);
});
