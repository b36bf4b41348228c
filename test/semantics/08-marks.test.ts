import { describe, expect, test } from "vitest";
import { tryOut } from "./world.ts";

const OUT = "tcp 10.0.0.2:4000 -> 10.0.0.9:80";
const mark = (ends: readonly string[]): number => Number(/ mark (\d+)$/.exec(ends.at(-1)!)?.[1] ?? 0);

describe("8. Marks", () => {
  test.each([
    ["--set-xmark 0x0f/0xff", 0x1234, 0x120f],
    ["--set-xmark 0x11/0x01", 0x10, 0x01],
    ["--set-mark 0x10/0x0f", 0xff, 0xf0],
    ["--set-mark 0x5", 0xff, 5],
    ["--and-mark 0x0f", 0xff, 0x0f],
    ["--or-mark 0xf0", 0x0f, 0xff],
    ["--xor-mark 0xff", 0x0f, 0xf0],
    ["--set-xmark 0xffffffff/0xffffffff", 0, 0xffffffff],
  ])("M1 MARK %s of %i gives %i", (option, before, after) => {
    expect(mark(tryOut(`mangle -A POSTROUTING -j MARK ${option}`, [`${OUT} mark=${before}`]).ends)).toBe(after);
  });

  test.each([
    ["--set-mark 0x10/0x0f", 0, 0xff, 0xf0],
    ["--set-xmark 0x11/0x01", 0, 0x10, 0x01],
    ["--save-mark", 0xab, 0xff00, 0xab],
    ["--save-mark --mask 0xf0", 0xab, 0x0f, 0xaf],
    ["--save-mark --nfmask 0xff --ctmask 0xff00", 0xab, 0xcd00, 0xab],
    ["--save-mark --nfmask 0xf --ctmask 0x0", 0xab, 0x10, 0x1b],
  ])("M2 CONNMARK %s with mark %i turns connmark %i into %i", (option, given, before, after) => {
    const rules = `mangle -A OUTPUT -j CONNMARK --set-xmark ${before}\nmangle -A OUTPUT -j CONNMARK ${option}`;
    expect(tryOut(rules, [`${OUT} mark=${given}`]).walks[0]!.conntrack).toMatchObject({ mark: after });
  });

  test.each([
    ["--restore-mark", 0xab, 0xff, 0xff],
    ["--restore-mark --mask 0xf0", 0xab, 0x5f, 0x5b],
    ["--restore-mark --nfmask 0xff --ctmask 0xf", 0xab, 0x5f, 0x0f],
  ])("M2 CONNMARK %s with mark %i and connmark %i gives mark %i", (option, given, connmark, after) => {
    const rules = `mangle -A OUTPUT -j CONNMARK --set-xmark ${connmark}\nmangle -A OUTPUT -j CONNMARK ${option}`;
    expect(mark(tryOut(rules, [`${OUT} mark=${given}`]).ends)).toBe(after);
  });

  test.each([
    ["--mark 0xf0/0xf0", 0xf5, true],
    ["--mark 0xf5/0xf0", 0xf5, false],
    ["! --mark 0xf5/0xf0", 0xf5, true],
    ["--mark 0xf5", 0xf5, true],
    ["--mark 0", 0, true],
  ])("M3 -m mark %s of %i: %s", (option, given, matches) => {
    expect(tryOut(`filter -A OUTPUT -m mark ${option}`, [`${OUT} mark=${given}`]).hits[0]).toEqual(
      matches ? ["filter OUTPUT 1"] : [],
    );
  });

  test("M4 a mark set in nat is on the first packet of a connection alone", () => {
    const rules = "nat -A OUTPUT -j MARK --set-mark 7\nmangle -A POSTROUTING -m mark --mark 7";
    const seen = tryOut(rules, [OUT, "tcp 10.0.0.9:80 -> 10.0.0.2:4000 in=eth0 flags=SYN,ACK", `${OUT} flags=ACK`], {
      conntrack: true,
    });
    expect(seen.hits).toEqual([["nat OUTPUT 1", "mangle POSTROUTING 1"], [], []]);
    expect(seen.ends[2]).toBe("sent eth0 10.0.0.2:4000 -> 10.0.0.9:80");
  });
});
