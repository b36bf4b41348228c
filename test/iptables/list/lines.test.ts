import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chainHeader } from "../../../src/iptables/list/chain-header.ts";
import { columnNames } from "../../../src/iptables/list/columns.ts";
import { printCount } from "../../../src/iptables/list/counters.ts";
import { listCounters, readChainHeader, readColumns, readCount } from "../../../src/iptables/list/read.ts";

describe("counters", () => {
  test.each([
    [0, "0"],
    [99999, "99999"],
    [100000, "100K"],
    [100499, "100K"],
    [100500, "101K"],
    [999500, "1000K"],
    [9999499, "9999K"],
    [9999500, "10M"],
    // Rounded at each step: 9999499999 is 9999500K, which is 10000M, which is 10G.
    [9999499999, "10G"],
    [9999500000000000n, "10000T"],
    [18446744073709551000n, "18446744T"],
    [2n ** 64n - 1n, "0K"],
  ])("%s is printed as %s", (count, text) => expect(printCount(count)).toBe(text));

  test.each([
    ["1694", 1694, false],
    ["28K", 28000, true],
    ["10M", 10_000_000, true],
    ["3G", 3_000_000_000, true],
    ["18446744T", 18446744000000000000n, true],
    ["18446744073709551615", 2n ** 64n - 1n, false],
  ])("%s is read as %s", (text, value, rounded) => expect(readCount(text)).toEqual({ value, rounded }));

  test.each(["", "K", "1.5K", "-1", "12k", "0x10", "1 2"])("%j is none", (text) =>
    expect(readCount(text)).toBeUndefined(),
  );

  test("a pair is rounded if one of the two is", () => {
    expect(listCounters("6669", "400K")).toEqual({ packets: 6669, bytes: 400000, rounded: true });
    expect(listCounters("6", "360")).toEqual({ packets: 6, bytes: 360 });
    expect(listCounters("6", "tcp")).toBeUndefined();
  });

  test("law: exact counters come back, others print as they were read", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 501n }), (count) => {
        expect(BigInt(readCount(printCount(count, true))!.value)).toBe(count);
        const text = printCount(count);
        expect(printCount(readCount(text)!.value)).toBe(text);
      }),
    );
  });
});

describe("chain headers", () => {
  test.each([
    ["Chain INPUT (policy ACCEPT)", { name: "INPUT", policy: "ACCEPT" }],
    [
      "Chain OUTPUT (policy DROP 79 packets, 676K bytes)",
      { name: "OUTPUT", policy: "DROP", counters: { packets: 79, bytes: 676000, rounded: true } },
    ],
    ["Chain MESH_OUT (1 references)", { name: "MESH_OUT", policy: null, references: 1 }],
    ["Chain (policy (3 references)", { name: "(policy", policy: null, references: 3 }],
    ["Chain __proto__ (0 references)", { name: "__proto__", policy: null, references: 0 }],
    ["Chain X (ERROR obtaining refs)", { name: "X", policy: null }],
    ["  Chain INPUT (policy ACCEPT)\r", { name: "INPUT", policy: "ACCEPT" }],
  ])("%s", (line, header) => expect(readChainHeader(line)).toEqual(header));

  test.each(["", "Chain", "Chain INPUT", "the Chain INPUT (policy ACCEPT)", "Chain INPUT (policy REJECT)"])(
    "%j is none",
    (line) => expect(readChainHeader(line)).toBeUndefined(),
  );

  test("are printed as they are read", () => {
    const chain = { name: "INPUT", policy: "DROP", counters: { packets: 100000, bytes: 5 }, rules: [] } as const;
    expect(chainHeader(chain, 0, true, false)).toBe("Chain INPUT (policy DROP 100K packets, 5 bytes)");
    expect(chainHeader(chain, 0, true, true)).toBe("Chain INPUT (policy DROP 100000 packets, 5 bytes)");
    expect(chainHeader(chain, 0, false, true)).toBe("Chain INPUT (policy DROP)");
    expect(chainHeader({ name: "a b", policy: null, rules: [] }, 1, true, false)).toBe("Chain a b (1 references)");
  });
});

describe("column names", () => {
  const all = [false, true].flatMap((verbose) =>
    [false, true].flatMap((lineNumbers) => [false, true].map((exact) => ({ verbose, lineNumbers, exact }))),
  );
  test.each(all)("%o are known again, padded, trimmed or re-aligned", ({ exact, ...columns }) => {
    const line = columnNames(columns, exact);
    for (const one of [line, line.trim(), line.replace(/ +/g, "   "), `\t${line.replace(/ +/g, "\t")}`])
      expect(readColumns(one)).toEqual(columns);
  });

  test("keep iptables' widths", () => {
    expect(columnNames({ verbose: true, lineNumbers: true }, true)).toBe(
      "num      pkts      bytes target     prot opt in     out     source               destination         ",
    );
    expect(columnNames({ verbose: false, lineNumbers: false }, true)).toBe(
      "target     prot opt source               destination         ",
    );
  });

  test.each(["", "target", "from source destination", "pkts bytes target prot opt source destination"])(
    "%j are none",
    (line) => expect(readColumns(line)).toBeUndefined(),
  );
});
