import { expect, test } from "vitest";
import { addressText, type Family, readPrefix } from "../../src/net/address.ts";
import { boundariesOf } from "../../src/predicate/boundaries.ts";
import { CT_ESTABLISHED, CT_NEW } from "../../src/predicate/frame.ts";
import {
  all,
  any,
  bits,
  has,
  inPrefix,
  inRange,
  named,
  type Predicate,
  remembered,
  unmodelled,
} from "../../src/predicate/predicate.ts";

const of = (...predicates: Predicate[]) => boundariesOf(predicates, "ipv4");
const texts = (predicate: Predicate, field: "src" | "dst", family: Family = "ipv4"): string[] =>
  boundariesOf([predicate], family).addresses[field].map((words) => addressText(family, words));

test("a range gives its ends, then the values just outside of it", () => {
  expect(of(inRange("dport", 8000, 8010)).numbers).toEqual({ dport: [8000, 8010, 7999, 8011] });
});

test("several ranges of one condition give the ends of all, then the values just outside of each", () => {
  const ports: Predicate = {
    kind: "range",
    field: "sport",
    ranges: [
      [80, 80],
      [90, 95],
    ],
    negated: false,
  };
  expect(of(ports).numbers).toEqual({ sport: [80, 90, 95, 79, 81, 89, 96] });
});

test("a condition and its negation have the same boundary values", () => {
  expect(of(inRange("ttl", 5, 9, true))).toEqual(of(inRange("ttl", 5, 9)));
  expect(of(bits("tos", 8, 0xfc, true))).toEqual(of(bits("tos", 8, 0xfc)));
});

test("a field gets no value that lies outside of it", () => {
  expect(of(inRange("dport", 0, 65535)).numbers).toEqual({ dport: [0, 65535] });
  expect(of(inRange("proto", 255, 255)).numbers).toEqual({ proto: [255, 254] });
  expect(of(inRange("ttl", 0, 4)).numbers).toEqual({ ttl: [0, 4, 5] });
});

test("what several predicates name comes before all values next to it, each value once", () => {
  const both = of(inRange("uid", 1337, 1337), inRange("uid", 1338, 1338));
  expect(both.numbers).toEqual({ uid: [1337, 1338, 1336, 1339] });
});

test("a mark gives its value, and one that differs in the lowest bit of the mask", () => {
  expect(of(bits("mark", 0x500, 0xf00)).numbers).toEqual({ mark: [0x500, 0x400] });
  expect(of(bits("mark", 0x80000000, -1)).numbers).toEqual({ mark: [0x80000000, 0x80000001] });
});

test("fields that few rules ask for have boundary values too", () => {
  expect(of(inRange("mac", 0x0001_020a_0b0c, 0x0001_020a_0b0c)).numbers).toEqual({
    mac: [0x0001_020a_0b0c, 0x0001_020a_0b0b, 0x0001_020a_0b0d],
  });
  expect(of(inRange("mss", 0, 536), inRange("spi", 5, 5)).numbers).toEqual({ mss: [0, 536, 537], spi: [5, 4, 6] });
});

test("a prefix gives its first and last address, then both neighbours, and every address has none", () => {
  const inside = inPrefix("dst", readPrefix("10.96.0.0/16")!);
  expect(texts(inside, "dst")).toEqual(["10.96.0.0", "10.96.255.255", "10.95.255.255", "10.97.0.0"]);
  expect(texts(inside, "src")).toEqual([]);
  expect(texts(inPrefix("src", readPrefix("127.0.0.6")!), "src")).toEqual(["127.0.0.6", "127.0.0.5", "127.0.0.7"]);
  expect(texts(inPrefix("src", readPrefix("0.0.0.0/0")!), "src")).toEqual(["0.0.0.0", "255.255.255.255"]);
});

test("the neighbours of an IPv6 prefix are counted in 128 bits", () => {
  expect(texts(inPrefix("dst", readPrefix("fd00::/64")!), "dst", "ipv6")).toEqual([
    "fd00::",
    "fd00::ffff:ffff:ffff:ffff",
    "fcff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fd00:0:0:1::",
  ]);
});

test("a span of addresses gives both ends, then both neighbours", () => {
  const span: Predicate = {
    kind: "span",
    field: "src",
    low: [0, 0, 0, 0x0a000001],
    high: [0, 0, 0, 0x0a0000ff],
    negated: false,
  };
  expect(texts(span, "src")).toEqual(["10.0.0.1", "10.0.0.255", "10.0.0.0", "10.0.1.0"]);
});

test("a pattern of device names gives one name that fits it, an exact name itself", () => {
  const found = of(named("in", "eth0", true), named("out", "cali+"), named("out", "cali+"));
  expect(found.devices).toEqual({ in: ["eth0"], out: ["cali0"] });
});

test("conditions within conditions, groups and states give theirs", () => {
  const found = of(
    all([
      named("out", "cali+"),
      { kind: "state", states: CT_NEW | CT_ESTABLISHED, negated: false },
      any([has("entry", true), inRange("dport", 1, 1)]),
      any([{ kind: "group", low: 5, high: 5, negated: false }]),
    ]),
  );
  expect(found.devices).toEqual({ in: [], out: ["cali0"] });
  expect(found.states).toBe(CT_NEW | CT_ESTABLISHED);
  expect(found.numbers).toEqual({ dport: [1, 0, 2], gid: [5, 4, 6] });
});

test("what is no value of a packet gives none: memories, facts, chance, bridge ports", () => {
  const found = of(
    remembered({ memory: "quota", bytes: "5" }),
    unmodelled("string", "x"),
    { kind: "chance", probability: 0.5, negated: false },
    named("physIn", "eth0"),
  );
  expect(found).toEqual({ numbers: {}, addresses: { src: [], dst: [] }, devices: { in: [], out: [] }, states: 0 });
});
