import { describe, expect, test } from "vitest";
import { run } from "./run.ts";

const files = {
  "rules.v4": `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m set --match-set banned src -j DROP
COMMIT
`,
  "sets.txt": "create banned hash:net timeout 60\nadd banned 10.0.0.0/28\n",
  "bad.txt": "create banned hash:net\nadd banned 10.0.0.0/33\n",
  "host.json": JSON.stringify({ sets: "create banned hash:ip\nadd banned 10.0.0.9\n" }),
  "bad.json": JSON.stringify({ sets: "create banned hash\n" }),
  "packets.txt": "udp 10.0.0.9:1 -> 10.0.0.2:53 in=eth0\nudp 10.0.0.99:1 -> 10.0.0.2:53 in=eth0\n",
};
const kinds = (...more: string[]) =>
  run(["walk", "rules.v4", "--packets", "packets.txt", "--json", ...more], files)
    .out.trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { fate: { kind: string } }).fate.kind);
const explain = (packet: string, ...more: string[]) => run(["explain", "rules.v4", packet, ...more], files);

describe("sets", () => {
  test("walk: from --sets, from --netns, from nowhere", () => {
    expect(kinds("--sets", "sets.txt")).toEqual(["dropped", "delivered"]);
    expect(kinds("--sets", "sets.txt", "--time", "61")).toEqual(["delivered", "delivered"]);
    expect(kinds("--netns", "host.json")).toEqual(["dropped", "delivered"]);
    expect(kinds()).toEqual(["undetermined", "undetermined"]);
  });

  test("explain says what the set has of the packet, and what would settle it", () => {
    expect(explain("udp 10.0.0.99:1 -> 10.0.0.2:53 in=eth0", "--sets", "sets.txt").out).toContain(
      "`--match-set banned src`: 10.0.0.99 is not in set banned",
    );
    const open = explain("udp 10.0.0.9:1 -> 10.0.0.2:53 in=eth0");
    expect(open.out).toContain("what set banned holds is not said");
    expect(open.err).toContain("hint: --sets FILE takes what ipset save prints");
  });

  test("bad text is shown with its place", () => {
    const bad = explain("udp 10.0.0.9:1 -> 10.0.0.2:53 in=eth0", "--sets", "bad.txt");
    expect(bad.code).toBe(2);
    expect(bad.err).toContain("bad.txt:2:12: ");
    expect(bad.err).toContain("add banned 10.0.0.0/33\n");
    const json = explain("udp 10.0.0.9:1 -> 10.0.0.2:53 in=eth0", "--netns", "bad.json");
    expect([json.code, json.err]).toEqual([2, expect.stringContaining("bad.json: sets: 1:15: ipset: expected a type")]);
  });
});
