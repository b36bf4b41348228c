import { expect, test } from "vitest";
import { addressText, readPrefix } from "../../src/net/address.ts";
import { boundariesOf } from "../../src/predicate/boundaries.ts";
import { bits, inPrefix, inRange, type Predicate } from "../../src/predicate/predicate.ts";

const of = (...predicates: Predicate[]) => boundariesOf(predicates, "ipv4");
const texts = (predicate: Predicate, field: "src" | "dst"): string[] =>
  of(predicate).addresses[field].map((words) => addressText("ipv4", words));

test("a range gives its ends, then what lies just outside", () => {
  expect(of(inRange("dport", 8000, 8010, { text: "" })).numbers).toEqual({ dport: [8000, 8010, 7999, 8011] });
});

test("no value lies outside of its field", () => {
  expect(of(inRange("dport", 0, 65535, { text: "" })).numbers).toEqual({ dport: [0, 65535] });
  expect(of(inRange("proto", 255, 255, { text: "" })).numbers).toEqual({ proto: [255, 254] });
});

test("what several predicates name comes before the neighbours, each once", () => {
  const both = of(inRange("uid", 1337, 1337, { text: "" }), inRange("uid", 1338, 1338, { text: "" }));
  expect(both.numbers).toEqual({ uid: [1337, 1338, 1336, 1339] });
});

test("a mark gives its value and one that differs in a bit of the mask", () => {
  expect(of(bits("mark", 0x500, 0xf00, { text: "" })).numbers).toEqual({ mark: [0x500, 0x400] });
});

test("a prefix gives its first and last address and both neighbours", () => {
  const inside = inPrefix("dst", readPrefix("10.96.0.0/16")!, { text: "" });
  expect(texts(inside, "dst")).toEqual(["10.96.0.0", "10.96.255.255", "10.95.255.255", "10.97.0.0"]);
  expect(texts(inPrefix("src", readPrefix("127.0.0.6")!, { text: "" }), "src")).toEqual([
    "127.0.0.6",
    "127.0.0.5",
    "127.0.0.7",
  ]);
  expect(texts(inPrefix("src", readPrefix("0.0.0.0/0")!, { text: "" }), "src")).toEqual(["0.0.0.0", "255.255.255.255"]);
});

test("an IPv6 prefix counts in 128 bits", () => {
  const { dst } = boundariesOf([inPrefix("dst", readPrefix("fd00::/64")!, { text: "" })], "ipv6").addresses;
  expect(dst.map((words) => addressText("ipv6", words))).toEqual([
    "fd00::",
    "fd00::ffff:ffff:ffff:ffff",
    "fcff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fd00:0:0:1::",
  ]);
});

test("devices, conditions within conditions and states", () => {
  const found = of({
    kind: "all",
    of: [
      { kind: "onDevice", field: "out", pattern: "cali+", negated: false, text: "" },
      { kind: "stateIn", states: 6, negated: false, text: "", rest: [inRange("dport", 1, 1, { text: "" })] },
      { kind: "any", negated: false, text: "", of: [{ kind: "groupIn", low: 5, high: 5, negated: false, text: "" }] },
    ],
  });
  expect(found.devices).toEqual({ in: [], out: ["cali0"] });
  expect(found.states).toBe(6);
  expect(found.numbers).toEqual({ dport: [1, 0, 2], gid: [5, 4, 6] });
});
