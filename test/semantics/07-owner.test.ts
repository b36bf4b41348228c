import { describe, expect, test } from "vitest";
import { outcomes } from "../../src/index.ts";
import { ROUTER, tryOut, world } from "./world.ts";

const OUT = "tcp 10.0.0.2:4000 -> 8.8.8.8:80";
const FORWARDED = "tcp 10.0.0.9:4000 -> 192.168.7.9:80 in=eth0";

describe("7. owner", () => {
  test.each([
    ["--uid-owner 1337", false],
    ["! --uid-owner 1337", true],
    ["--gid-owner 1337", false],
    ["! --gid-owner 1337", true],
    ["--uid-owner 1337 ! --gid-owner 1337", false],
    ["! --uid-owner 1337 --gid-owner 1337", false],
    ["! --uid-owner 1337 ! --gid-owner 1337", true],
    ["--socket-exists", false],
    ["! --socket-exists", true],
    ["! --socket-exists ! --uid-owner 0", true],
  ])("O1 a packet without socket and -m owner %s: %s", (options, matches) => {
    for (const flavour of ["legacy", "nft"] as const) {
      const seen = tryOut(`mangle -A POSTROUTING -m owner ${options}`, [FORWARDED], { ...ROUTER, flavour });
      expect(seen.hits[0]).toEqual(matches ? ["mangle POSTROUTING 1"] : []);
    }
  });

  test.each([
    ["uid=1337 gid=1000", "--uid-owner 1337", true],
    ["uid=1337 gid=1000", "! --uid-owner 1337", false],
    ["uid=1337 gid=1000", "--gid-owner 1337", false],
    ["uid=1337 gid=1000", "--socket-exists", true],
    ["uid=1337 gid=1000", "--uid-owner 1337 ! --gid-owner 1337", true],
    ["uid=1000 gid=1000", "--uid-owner 1000-1010", true],
    ["uid=1010 gid=1000", "--uid-owner 1000-1010", true],
    ["uid=1011 gid=1000", "--uid-owner 1000-1010", false],
    ["uid=5 gid=1000 groups=1337", "--gid-owner 1337", false],
    ["uid=5 gid=1000 groups=1337", "--gid-owner 1337 --suppl-groups", true],
    ["uid=5 gid=1337 groups=7", "--gid-owner 1337 --suppl-groups", true],
    ["uid=5 gid=1000 groups=7,1340", "--gid-owner 1337-1350 --suppl-groups", true],
  ])("O5 a socket of %s and -m owner %s: %s", (owner, options, matches) => {
    const seen = tryOut(`filter -A OUTPUT -m owner ${options}`, [`${OUT} ${owner}`]);
    expect(seen.hits[0]).toEqual(matches ? ["filter OUTPUT 1"] : []);
  });

  test("O3 an answer is judged by the owner that it is sent with: the listener's for a SYN+ACK", () => {
    const rules = "filter -A OUTPUT -m owner --uid-owner 1337\nnat";
    const seen = tryOut(
      rules,
      ["tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0", "tcp 10.0.0.2:80 -> 10.0.0.9:4000 flags=SYN,ACK uid=1337"],
      {
        conntrack: true,
      },
    );
    expect(seen.hits).toEqual([[], ["filter OUTPUT 1"]]);
  });

  test("O6 both flavours evaluate the kernel's owner match: no socket, no match, and the inverse does", () => {
    const rules = "mangle -A POSTROUTING -m owner ! --uid-owner 1337 -j MARK --set-mark 1";
    for (const flavour of ["legacy", "nft"] as const)
      expect(tryOut(rules, [FORWARDED], { ...ROUTER, flavour }).ends[0]).toMatch(/ mark 1$/);
  });

  test("O7 in POSTROUTING local packets keep their owner", () => {
    const rules = "nat -A POSTROUTING -m owner --uid-owner 1337 -j SNAT --to-source 10.0.0.3";
    const seen = tryOut(rules, [`${OUT} uid=1337`, `tcp 10.0.0.2:4001 -> 8.8.8.8:80 uid=1000`]);
    expect(seen.ends).toEqual(["sent eth0 10.0.0.3:4000 -> 8.8.8.8:80", "sent eth0 10.0.0.2:4001 -> 8.8.8.8:80"]);
  });

  test("O5 an owner that was not given is asked for, not guessed", () => {
    const netns = world("filter -A OUTPUT -m owner --uid-owner 1337 -j DROP");
    expect(
      outcomes(netns, OUT).map(({ walk, assumptions }) => [walk.fate.kind, assumptions.map((one) => one.holds)]),
    ).toEqual([
      ["sent", [false]],
      ["dropped", [true]],
    ]);
  });
});
