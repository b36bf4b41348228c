import { describe, expect, test } from "vitest";
import { ALL_TABLES, run, tryOut, world } from "./world.ts";

/** Built-in chains of an `all` list, in order. */
const chains = (steps: readonly string[]): string[] => steps.map((step) => step.replace(" policy", ""));

describe("3. Loopback: locally generated packet to a local address", () => {
  test.each([
    ["the address of its device", "10.0.0.2"],
    ["of another device", "192.168.7.1"],
    ["loopback", "127.0.0.1"],
    ["somewhere in 127/8", "127.0.0.6"],
    ["IPv6, its own", "fd00::2"],
    ["IPv6 loopback", "::1"],
  ])("L1 to %s (%s): out lo and in lo, never another device", (_, dst) => {
    const family = dst.includes(":") ? "ipv6" : "ipv4";
    const rules = `mangle -A OUTPUT -o lo
      mangle -A POSTROUTING -o lo
      mangle -A PREROUTING -i lo
      mangle -A INPUT -i lo
      mangle -A INPUT -i eth+`;
    const seen = tryOut(rules, [{ proto: "tcp", dst, dport: 80 }], { family });
    expect(seen.hits[0]).toEqual(["OUTPUT", "POSTROUTING", "PREROUTING", "INPUT"].map((chain) => `mangle ${chain} 1`));
    expect(seen.walks[0]!.fate).toMatchObject({ kind: "delivered", in: "lo", dst });
  });

  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["127.0.0.6", "127.0.0.1"],
    ["10.0.0.2", "10.0.0.2"],
    ["10.0.0.3", "10.0.0.2"],
    ["192.168.7.1", "192.168.7.1"],
    ["fd00::2", "fd00::2"],
    ["::1", "::1"],
  ])("L2 towards %s an unbound socket sends from %s", (dst, src) => {
    const family = dst.includes(":") ? "ipv6" : "ipv4";
    const seen = tryOut("filter", [{ proto: "tcp", dst, dport: 80 }], { family });
    expect(seen.walks[0]!.fate).toMatchObject({ kind: "delivered", src, dst });
  });

  test.each(["legacy", "nft"] as const)(
    "L3 the tables of the first packet, %s: nat PREROUTING and nat INPUT are not consulted",
    (flavour) => {
      const seen = tryOut(ALL_TABLES, ["tcp -> 10.0.0.2:80"], { conntrack: true, flavour });
      expect(chains(seen.all[0]!)).toEqual([
        "raw OUTPUT",
        "mangle OUTPUT",
        "nat OUTPUT",
        "filter OUTPUT",
        "security OUTPUT",
        "mangle POSTROUTING",
        "nat POSTROUTING",
        "raw PREROUTING",
        "mangle PREROUTING",
        "mangle INPUT",
        "filter INPUT",
        "security INPUT",
      ]);
    },
  );

  test("L3 so a REDIRECT of PREROUTING does not catch what the host sends to itself", () => {
    const seen = tryOut("nat -A PREROUTING -p tcp -j REDIRECT --to-ports 15006", ["tcp -> 10.0.0.2:80"]);
    expect(seen.ends).toEqual(["delivered lo 10.0.0.2:40000 -> 10.0.0.2:80"]);
    expect(seen.hits).toEqual([[]]);
  });

  test("L4 entry, state and mark come along over lo; the owner does not", () => {
    const rules = `raw -A OUTPUT -j MARK --set-xmark 0x5/0xffffffff
      mangle -A OUTPUT -m owner --uid-owner 1000
      mangle -A PREROUTING -m mark --mark 0x5
      mangle -A INPUT -m conntrack --ctstate NEW
      mangle -A INPUT -m conntrack --ctstate ESTABLISHED
      mangle -A INPUT -m conntrack --ctstate UNTRACKED`;
    const to = "tcp 10.0.0.2:4000 -> 10.0.0.2:80 uid=1000";
    const seen = tryOut(rules, [to, "tcp 10.0.0.2:80 -> 10.0.0.2:4000 uid=0 flags=SYN,ACK"]);
    expect(seen.hits).toEqual([
      ["raw OUTPUT 1", "mangle OUTPUT 1", "mangle PREROUTING 1", "mangle INPUT 1"],
      ["raw OUTPUT 1", "mangle PREROUTING 1", "mangle INPUT 2"],
    ]);
    expect(tryOut(`raw -A OUTPUT -j CT --notrack\n${rules}`, [to]).hits[0]!.at(-1)).toBe("mangle INPUT 3");
  });

  test.each([
    ["--zone 7", "raw -A PREROUTING -j CT --zone 7"],
    ["--notrack", "raw -A PREROUTING -j CT --notrack"],
  ])("L4 CT %s in raw PREROUTING counts on lo and does nothing", (_, rule) => {
    const seen = tryOut(`${rule}\nnat`, ["tcp -> 10.0.0.2:80"], { conntrack: true });
    expect(seen.hits).toEqual([["raw PREROUTING 1"]]);
    expect(seen.walks[0]!.conntrack).toMatchObject({ zone: 0, state: "NEW" });
  });

  test("L5 mark and entry end at a device that is not lo: another namespace starts without", () => {
    const here = tryOut("mangle -A OUTPUT -j MARK --set-mark 9\nmangle -A OUTPUT -m conntrack --ctstate NEW", [
      "tcp 10.0.0.2:4000 -> 10.0.0.9:80",
    ]);
    expect(here.ends).toEqual(["sent eth0 10.0.0.2:4000 -> 10.0.0.9:80 mark 9"]);
    const there = run(
      world("mangle -A PREROUTING -m mark --mark 9", {
        interfaces: [{ name: "eth0", addresses: ["10.0.0.9/24"] }],
        conntrack: true,
      }),
      ["tcp 10.0.0.2:4000 -> 10.0.0.9:80 in=eth0"],
    );
    expect(there.hits).toEqual([[]]);
    expect(there.ends).toEqual(["delivered eth0 10.0.0.2:4000 -> 10.0.0.9:80"]);
    expect(there.states).toEqual(["NEW"]);
  });

  test("L6 SNAT on lo is applied in POSTROUTING, seen on the way in, and undone for the reply in OUTPUT", () => {
    const rules = `nat -A POSTROUTING -o lo -j SNAT --to-source 10.8.8.8
      mangle -A PREROUTING -s 10.8.8.8
      filter -A OUTPUT -d 10.0.0.2 -s 192.168.7.1`;
    const seen = tryOut(rules, [
      "tcp 10.0.0.2:4000 -> 192.168.7.1:80",
      { proto: "tcp", src: "192.168.7.1", sport: 80, dst: "10.8.8.8", dport: 4000, flags: ["SYN", "ACK"] },
    ]);
    expect(seen.ends).toEqual([
      "delivered lo 10.8.8.8:4000 -> 192.168.7.1:80",
      "delivered lo 192.168.7.1:80 -> 10.0.0.2:4000",
    ]);
    expect(seen.hits[0]).toEqual(["nat POSTROUTING 1", "mangle PREROUTING 1"]);
    expect(seen.hits[1]).toEqual(["filter OUTPUT 1"]);
  });
});
