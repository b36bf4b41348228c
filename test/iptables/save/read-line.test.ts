import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { plainReader } from "../../../src/iptables/save/read-line.ts";
import { BUILT_IN_NAMES } from "../../../src/net/names.ts";
import { ParseError } from "../../../src/text/problem.ts";
import { readSpec } from "./rule.ts";

/** What the quick way makes of a spec in the middle of a text; undefined if it leaves it to the full reader. */
function plain(spec: string, family: "ipv4" | "ipv6" = "ipv4"): unknown {
  const report = (): never => {
    throw new Error("the quick way has nothing to say");
  };
  const reader = plainReader({ family, names: BUILT_IN_NAMES, report });
  const text = `-A X ${spec}\n-A X -j DROP --x "y\n`;
  const read = () => reader.read(text, 5, 5 + spec.length, undefined);
  const first = read();
  expect(read(), "the second time from the cache").toEqual(first);
  return first;
}

function full(spec: string, family: "ipv4" | "ipv6" = "ipv4"): unknown {
  try {
    const { rules, said } = readSpec(spec, { family });
    return rules.length === 1 && said.length === 0 ? rules[0] : undefined;
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

const TAKEN = [
  "-j ACCEPT",
  "-s 10.0.0.1/32 ! -d 10.0.0.0/8 -i lo ! -o eth+ -p tcp -j RETURN",
  "! -f -g chain",
  '-p tcp -m comment --comment "a -j \\" b" -m tcp --dport 80 -j chain',
  "-p udp -m udp ! --dport 53 -m owner ! --uid-owner 0 -j RETURN",
  "-m nosuch --x 1 ! --y -c 3 4 -j NOSUCH --deep",
  "-c 18446744073709551615 1",
  "-p tcp -j REDIRECT --to-ports 15001",
  "-j DROP ",
];

/** What only the full reader understands, or refuses. */
const LEFT = [
  "-j ACCEPT # note",
  "-s 10.0.0.1,10.0.0.2",
  "-s nowhere.example",
  "-s 0.0.0.0/0",
  "-s ! 10.0.0.1/32",
  "--source 10.0.0.1",
  "-p tcp --dport 80",
  "-m mark --mark 5 -p tcp",
  "-m mark --mark 4294967296",
  "-m comment --comment -j -j DROP",
  '-m comment --comment "open',
  '-j LOG --log-prefix "open',
  "-p tcp  -j ACCEPT",
  "-p\ttcp",
  "-s 10.0.0.1/32 -s 10.0.0.1/32",
  "-i a-very-long-interface",
  "! -j ACCEPT",
  "-j",
  "-m",
  "-p tcp -",
];

describe("the quick way", () => {
  test.each(TAKEN)("takes %s as the full reader does", (spec) => {
    expect(plain(spec)).toBeDefined();
    expect(plain(spec)).toEqual(full(spec));
  });

  test.each(LEFT)("leaves %s to the full reader", (spec) => expect(plain(spec)).toBeUndefined());

  test("shares what is equal", () => {
    const reader = plainReader({ family: "ipv4", names: BUILT_IN_NAMES, report: () => {} });
    const text = "-s 10.0.0.1/32 -m mark --mark 0x5 -j DROP";
    const [a, b] = [reader.read(text, 0, text.length, undefined), reader.read(text, 0, text.length, undefined)];
    expect(a!.source).toBe(b!.source);
    expect(a!.matches[0]).toBe(b!.matches[0]);
    expect(a!.target).toBe(b!.target);
    expect(Object.isFrozen(a!.matches[0])).toBe(true);
  });
});

const FORMATS = new URL("../../../../shared/formats/formats.tsv", import.meta.url);

describe.skipIf(!existsSync(FORMATS))("on all recorded rules (needs ../shared)", () => {
  const specs = (existsSync(FORMATS) ? readFileSync(FORMATS, "utf8") : "")
    .split("\n")
    .slice(1)
    .flatMap((row) => {
      const [family, , saved = ""] = row.split("\t");
      const spec = /^-A \S+ (.*)$/.exec(saved.replaceAll("\\\\", "\\"))?.[1];
      return spec === undefined || spec.includes("\\n") ? [] : [[family as "ipv4" | "ipv6", spec] as const];
    });

  test("there are some", () => expect(specs.length).toBeGreaterThan(1000));

  test("the quick way never differs from the full reader, and takes nearly all", () => {
    let taken = 0;
    for (const [family, spec] of specs) {
      const found = plain(spec, family);
      if (found === undefined) continue;
      taken++;
      expect(found, spec).toEqual(full(spec, family));
    }
    expect(taken / specs.length).toBeGreaterThan(0.9);
  });
});
