import { describe, expect, test } from "vitest";
import { ALL_TABLES, HOST, ROUTER, run, type Setting, tryOut, world } from "./world.ts";

const V6: Setting = { ...HOST, family: "ipv6" };
const V6_ROUTER: Setting = { ...ROUTER, family: "ipv6" };
const tcp6 = (src: string | undefined, dst: string, more: object = {}) => ({
  proto: "tcp",
  ...(src !== undefined && { src }),
  sport: 4000,
  dst,
  dport: 80,
  ...more,
});

describe("17. IPv4 only, with another rule for IPv6", () => {
  test.each([
    ["::1", "fd00::2"],
    ["fd00::9", "::1"],
  ])("A1 IPv6 from %s to %s on eth0 is dropped before any chain", (src, dst) => {
    const seen = tryOut("raw\nmangle", [tcp6(src, dst, { in: "eth0" })], V6_ROUTER);
    expect(seen.all).toEqual([[]]);
    expect(seen.walks[0]!.fate.kind).toBe("unroutable");
  });

  test("A1 IPv6 has no martian sources: one's own address reaches INPUT, in IPv4 it does not", () => {
    expect(tryOut("filter", [tcp6("fd00::2", "fd00::2", { in: "eth0" })], V6).walks[0]!.fate.kind).toBe("delivered");
    expect(tryOut("filter", ["tcp 10.0.0.2:4000 -> 10.0.0.2:80 in=eth0"]).ends).toEqual([
      "unroutable PREROUTING martian source",
    ]);
  });

  test("A2 from ::1 to an external address: it leaves so, also after DNAT in OUTPUT", () => {
    const plain = tryOut("filter", [tcp6("::1", "fd00::9")], V6);
    expect(plain.walks[0]!.fate).toMatchObject({ kind: "sent", out: "eth0", src: "::1" });
    const dnat = tryOut("nat -A OUTPUT -d ::1 -j DNAT --to-destination fd00::9", [tcp6("::1", "::1")], V6);
    expect(dnat.walks[0]!.fate).toMatchObject({ kind: "sent", out: "eth0", src: "::1", dst: "fd00::9" });
  });

  test("A3 IPv6 DNAT to ::1 in PREROUTING never reaches INPUT", () => {
    const rules = "nat -A PREROUTING -p tcp -j DNAT --to-destination ::1\nfilter";
    const inAt = (device: string, src: string, dst: string) => tcp6(src, dst, { in: device });
    expect(tryOut(rules, [inAt("eth0", "fd00::9", "fd00::2")], V6).walks[0]!.fate.kind).toBe("unroutable");
    expect(tryOut(rules, [inAt("eth1", "fd00:7::9", "fd00:7::1")], V6_ROUTER).walks[0]!.fate.kind).toBe("unroutable");
    expect(tryOut(rules, [inAt("eth0", "fd00::9", "fd00::2")], V6_ROUTER).walks[0]!.fate).toMatchObject({
      kind: "sent",
      out: "eth0",
      dst: "::1",
      forwarded: true,
    });
  });

  test.each([
    ["fd00::2", "UNICAST", true],
    ["fd00::2", "LOCAL", true],
    ["fd00::2", "LOCAL,UNICAST", true],
    ["fd00::99", "UNICAST", true],
    ["fd00::99", "LOCAL", false],
    ["fd00::99", "LOCAL,UNICAST", false],
    ["ff02::1", "MULTICAST", true],
    ["ff02::1", "UNICAST", false],
  ])("A4 IPv6 addrtype of %s is %s: %s", (dst, type, holds) => {
    const rule = `mangle -A PREROUTING -m addrtype --dst-type ${type}`;
    const seen = tryOut(rule, [{ proto: "udp", src: "fd00::9", dst, dport: 53, in: "eth0" }], V6);
    expect(seen.hits[0]).toEqual(holds ? ["mangle PREROUTING 1"] : []);
  });

  test.each([
    ["ipv6", "HL --hl-set 9", "eth1"],
    ["ipv6", "TOS --set-tos 0x10/0xff", "eth1"],
    ["ipv4", "TTL --ttl-set 9", "eth0"],
    ["ipv4", "TOS --set-tos 0x10/0xff", "eth1"],
  ] as const)("A5 %s reroutes for the mark of raw after mangle's %s: out %s", (family, target, device) => {
    const setting: Setting = {
      ...HOST,
      family,
      rules: [{ priority: 100, fwmark: 1, table: 100 }],
      routes: [
        ...HOST.routes!,
        { to: "default", via: "192.168.7.254", dev: "eth1", table: 100 },
        { to: "default", via: "fd00:7::fe", dev: "eth1", table: 100 },
      ],
    };
    const rules = `raw -A OUTPUT -j MARK --set-mark 1\nmangle -A OUTPUT -j ${target}`;
    const packet = family === "ipv6" ? tcp6("fd00::2", "2001:db8::9") : "tcp 10.0.0.2:4000 -> 8.8.8.8:80";
    expect(tryOut(rules, [packet], setting).walks[0]!.fate).toMatchObject({ kind: "sent", out: device });
  });

  test.each([
    [{ "net.ipv6.conf.all.forwarding": 1 }, "sent"],
    [{ "net.ipv6.conf.eth0.forwarding": 1 }, "unroutable"],
    [{ "net.ipv4.ip_forward": 1 }, "unroutable"],
  ])("A6 IPv6 forwarding with %j: %s", (sysctl, kind) => {
    const seen = tryOut("filter", [tcp6("fd00::9", "fd00:7::9", { in: "eth0" })], {
      ...V6,
      sysctl: sysctl as Record<string, number>,
    });
    expect(seen.walks[0]!.fate.kind).toBe(kind);
  });
});

describe("17. Made precise", () => {
  test.each([
    ["127.0.0.9", "delivered"],
    ["127.0.0.1", "unroutable"],
  ])("B1 with route_localnet a source of %s is %s: own means configured", (src, kind) => {
    const sysctl = { "net.ipv4.conf.all.route_localnet": 1 };
    expect(tryOut("filter", [`tcp ${src}:4000 -> 10.0.0.2:80 in=eth0`], { sysctl }).walks[0]!.fate.kind).toBe(kind);
  });

  test.each([
    ["ipv4", "127.0.0.1", "127.0.0.1", "10.0.0.2"],
    ["ipv4", "192.168.7.1", "192.168.7.1", "10.0.0.2"],
    ["ipv6", "::1", "::1", "::1"],
    ["ipv6", "fd00:7::1", "fd00::2", "fd00:7::1"],
  ] as const)("B2 MASQUERADE out of lo, %s to %s from %s, takes %s", (family, dst, src, masqueraded) => {
    const seen = tryOut("nat -A POSTROUTING -o lo -j MASQUERADE", [{ proto: "tcp", src, dst, dport: 80 }], {
      ...HOST,
      family,
    });
    expect(seen.walks[0]!.fate).toMatchObject({ kind: "delivered", src: masqueraded, dst });
  });

  test("B3 on lo no decision is made: the packet goes to INPUT whatever mark PREROUTING gives it", () => {
    const setting: Setting = {
      ...ROUTER,
      rules: [{ priority: 100, fwmark: 1, table: 100 }],
      routes: [...HOST.routes!, { to: "default", dev: "lo", type: "local", table: 100 }],
      sysctl: { "net.ipv4.ip_forward": 1, "net.ipv4.conf.all.rp_filter": 1 },
    };
    const rules = "mangle -A PREROUTING -i lo -j MARK --set-mark 0\nfilter -A INPUT -i lo -d 8.8.8.8";
    const seen = tryOut(rules, ["udp 10.0.0.2:4000 -> 8.8.8.8:53 mark=1"], setting);
    expect(seen.hits[0]).toEqual(["mangle PREROUTING 1", "filter INPUT 1"]);
    expect(seen.ends).toEqual(["delivered lo 10.0.0.2:4000 -> 8.8.8.8:53"]);
  });

  test("B4 a mapping that changes nothing leaves the DNAT state clear, and is decided all the same", () => {
    const rules = `nat -A OUTPUT -p tcp -j REDIRECT --to-ports 81
      mangle -A POSTROUTING -m conntrack --ctstate DNAT
      nat -A PREROUTING -p tcp -j REDIRECT --to-ports 82`;
    const seen = tryOut(rules, ["tcp 127.0.0.1:4000 -> 127.0.0.1:81", "tcp 127.0.0.1:4001 -> 127.0.0.1:80"]);
    expect(seen.hits[0]).toEqual(["nat OUTPUT 1"]);
    expect(seen.walks[0]!.originalDst).toBeNull();
    expect(seen.hits[1]).toEqual(["nat OUTPUT 1", "mangle POSTROUTING 1"]);
    expect(seen.walks[1]!.originalDst).toEqual({ address: "127.0.0.1", port: 80 });
  });

  test.each([
    ["--zone 1", true],
    ["--zone-orig 1", false],
    ["--zone-reply 1", true],
  ])("B5 a port is taken in the reply zone: the second connection with CT %s keeps its port: %s", (option, kept) => {
    const rules = `raw -A OUTPUT -m mark --mark 1 -j CT ${option}
      nat -A OUTPUT -p tcp -j DNAT --to-destination 9.9.9.9`;
    const seen = tryOut(rules, ["tcp 10.0.0.2:4000 -> 8.8.8.8:80", "tcp 10.0.0.2:4000 -> 8.8.4.4:80 mark=1"]);
    const fate = seen.walks[1]!.fate;
    expect(fate.kind === "sent" && fate.sport === 4000).toBe(kept);
  });

  test("B6 --on-ip 0.0.0.0 means not given; CT --zone-reply alone attaches conntrack", () => {
    const sockets = [{ proto: "tcp", address: "10.0.0.2", port: 1, transparent: true }] as const;
    const rule = "mangle -A PREROUTING -p tcp -j TPROXY --on-port 1 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0";
    expect(tryOut(rule, ["tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0"], { sockets }).walks[0]!.fate.kind).toBe(
      "delivered",
    );
    for (const option of ["--zone-reply 1", "--zone-orig 1"])
      expect(tryOut(`raw -A PREROUTING -j CT ${option}`, ["tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0"]).states).toEqual([
        "NEW",
      ]);
  });
});

describe("17. New", () => {
  test("D1 forwarding takes one off the TTL before FORWARD, lo does not", () => {
    const rules = ["PREROUTING", "FORWARD", "POSTROUTING", "INPUT"]
      .flatMap((chain) => [`mangle -A ${chain} -m ttl --ttl-eq 64`, `mangle -A ${chain} -m ttl --ttl-eq 63`])
      .join("\n");
    const seen = tryOut(rules, ["tcp 10.0.0.9:4000 -> 192.168.7.9:80 in=eth0", "tcp -> 127.0.0.1:80"], ROUTER);
    expect(seen.hits).toEqual([
      ["mangle PREROUTING 1", "mangle FORWARD 2", "mangle POSTROUTING 2"],
      ["mangle POSTROUTING 1", "mangle PREROUTING 1", "mangle INPUT 1"],
    ]);
  });

  test.each([
    ["ipv4", "10.0.0.9", "192.168.7.9"],
    ["ipv6", "fd00::9", "fd00:7::9"],
  ] as const)("D1 a packet whose TTL ends is dropped behind PREROUTING, %s", (family, src, dst) => {
    const seen = tryOut("mangle", [tcp6(src, dst, { in: "eth0", ttl: 1 })], { ...ROUTER, family });
    expect(seen.all).toEqual([["mangle PREROUTING policy"]]);
    expect(seen.ends).toEqual(["unroutable PREROUTING time to live exceeded"]);
  });

  test("D2 pkttype is unicast for a unicast destination, also on lo and in OUTPUT", () => {
    const rules = ["PREROUTING", "INPUT", "OUTPUT"].map((chain) => `mangle -A ${chain} -m pkttype --pkt-type unicast`);
    const seen = tryOut(rules.join("\n"), ["tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0", "tcp -> 127.0.0.1:80"]);
    expect(seen.hits).toEqual([
      ["mangle PREROUTING 1", "mangle INPUT 1"],
      ["mangle OUTPUT 1", "mangle PREROUTING 1", "mangle INPUT 1"],
    ]);
  });

  test("D3 TPROXY without a local route: foreign destinations are dropped, own ones delivered", () => {
    const rule = "mangle -A PREROUTING -p tcp -j TPROXY --on-port 1";
    const sockets = [{ proto: "tcp", address: "0.0.0.0", port: 1, transparent: true }] as const;
    const seen = tryOut(rule, ["tcp 10.0.0.9:4000 -> 8.8.8.8:80 in=eth0", "tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0"], {
      ...ROUTER,
      sockets,
    });
    expect(seen.walks[0]!.fate).toMatchObject({ kind: "unroutable", hook: "PREROUTING" });
    expect(seen.walks[1]!.fate).toMatchObject({ kind: "delivered", in: "eth0", dst: "10.0.0.2", dport: 80 });
  });

  const MARKED_LOCAL: Setting = {
    ...HOST,
    rules: [{ priority: 100, fwmark: 1, table: 100 }],
    routes: [
      ...HOST.routes!,
      { to: "default", dev: "lo", type: "local", table: 100, family: "ipv4" },
      { to: "default", dev: "lo", type: "local", table: 100, family: "ipv6" },
    ],
  };
  test("D4 unbound, with a mark that leads to a local route: UDP takes the destination as source, TCP fails, IPv6 chooses", () => {
    const seen = run(world("raw", MARKED_LOCAL), ["udp -> 8.8.8.8:53 mark=1", "tcp -> 8.8.8.8:80 mark=1"]);
    expect(seen.walks[0]!.fate).toMatchObject({ kind: "delivered", in: "lo", src: "8.8.8.8", dst: "8.8.8.8" });
    expect(seen.walks[1]!.fate.kind).toBe("unroutable");
    expect(seen.all[1]).toEqual([]);
    const six = tryOut("raw", [tcp6(undefined, "2001:db8::9", { mark: 1 })], { ...MARKED_LOCAL, family: "ipv6" });
    expect(six.walks[0]!.fate).toMatchObject({ kind: "delivered", in: "lo", src: "fd00::2" });
  });

  test("D4 bound: out of lo and in from lo", () => {
    const rules = "raw -A OUTPUT -o lo\nraw -A PREROUTING -i lo";
    const seen = tryOut(rules, ["tcp 10.0.0.2:4000 -> 8.8.8.8:80 mark=1"], MARKED_LOCAL);
    expect(seen.hits[0]).toEqual(["raw OUTPUT 1", "raw PREROUTING 1"]);
  });

  test("D5 a source that is not local cannot be bound, but by a transparent socket", () => {
    const seen = tryOut("raw", [
      "tcp 10.77.0.1:4000 -> 10.0.0.9:80",
      "tcp 10.77.0.1:4000 -> 10.0.0.9:80 transparent=yes",
    ]);
    expect(seen.walks[0]!.fate.kind).toBe("unroutable");
    expect(seen.all[0]).toEqual([]);
    expect(seen.ends[1]).toBe("sent eth0 10.77.0.1:4000 -> 10.0.0.9:80");
  });

  test("D6 MASQUERADE and another out device: the entry goes and the packet too, the next one begins again", () => {
    const setting: Setting = {
      ...HOST,
      rules: [{ priority: 100, fwmark: 1, table: 100 }],
      routes: [...HOST.routes!, { to: "default", via: "192.168.7.254", dev: "eth1", table: 100 }],
    };
    const packet = "udp 10.0.0.2:4000 -> 8.8.8.8:53";
    const seen = tryOut("nat -A POSTROUTING -j MASQUERADE", [packet, `${packet} mark=1`, `${packet} mark=1`], setting);
    expect(seen.walks.map(({ fate }) => fate.kind)).toEqual(["sent", "unroutable", "sent"]);
    expect(seen.hits).toEqual([["nat POSTROUTING 1"], [], ["nat POSTROUTING 1"]]);
    expect(seen.ends[2]).toBe("sent eth1 192.168.7.1:4000 -> 8.8.8.8:53 mark 1");
  });

  const STATUS = ["NONE", "CONFIRMED", "SEEN_REPLY", "ASSURED"];
  const WATCH = ["PREROUTING", "OUTPUT", "INPUT"]
    .flatMap((chain) => [
      ...STATUS.map((one) => `mangle -A ${chain} -m conntrack --ctstatus ${one}`),
      `mangle -A ${chain} -m conntrack ! --ctstatus NONE`,
    ])
    .join("\n");
  const statusOf = (hits: readonly string[], chain: string): string[] =>
    hits.flatMap((hit) => {
      const [, number] = new RegExp(`^mangle ${chain} (\\d)$`).exec(hit) ?? [];
      return number === undefined ? [] : [STATUS[Number(number) - 1] ?? "! NONE"];
    });

  test("D7 ctstatus of a UDP exchange: confirmed behind the first pass, SEEN_REPLY by the reply, ASSURED after two seconds", () => {
    const there = "udp 10.0.0.2:4000 -> 8.8.8.8:53";
    const back = "udp 8.8.8.8:53 -> 10.0.0.2:4000 in=eth0";
    const seen = tryOut(WATCH, [there, back, [3, there], [3, back], [3, there]]);
    expect(statusOf(seen.hits[0]!, "OUTPUT")).toEqual(["! NONE"]);
    expect(statusOf(seen.hits[1]!, "PREROUTING")).toEqual(["CONFIRMED", "SEEN_REPLY", "! NONE"]);
    expect(statusOf(seen.hits[4]!, "OUTPUT")).toEqual(["CONFIRMED", "SEEN_REPLY", "ASSURED", "! NONE"]);
  });

  test("D7 over lo the entry is confirmed on the way in; TCP is assured by the handshake's ACK", () => {
    const there = "tcp 10.0.0.2:4000 -> 10.0.0.2:80";
    const back = "tcp 10.0.0.2:80 -> 10.0.0.2:4000 flags=SYN,ACK";
    const seen = tryOut(WATCH, [there, back, `${there} flags=ACK`, `${there} flags=ACK`]);
    expect(statusOf(seen.hits[0]!, "OUTPUT")).toEqual(["! NONE"]);
    expect(statusOf(seen.hits[0]!, "INPUT")).toEqual(["CONFIRMED", "! NONE"]);
    expect(statusOf(seen.hits[1]!, "OUTPUT")).toEqual(["CONFIRMED", "SEEN_REPLY", "! NONE"]);
    expect(statusOf(seen.hits[3]!, "OUTPUT")).toEqual(["CONFIRMED", "SEEN_REPLY", "ASSURED", "! NONE"]);
  });

  test.each([
    ["ipv4", "10.0.0.2", "8.8.8.8", 8, 2048, 0],
    ["ipv6", "fd00::2", "fd00::9", 128, 128 << 8, 129 << 8],
  ] as const)("D8 ports of an ICMP entry are type and code, %s", (family, src, dst, type, port, answered) => {
    const rules = `mangle -A OUTPUT -m conntrack --ctorigdstport ${port}`;
    const seen = tryOut(rules, [{ proto: "icmp", src, dst, type }], { ...HOST, family });
    expect(seen.hits[0]).toEqual(["mangle OUTPUT 1"]);
    expect(seen.walks[0]!.conntrack).toMatchObject({ original: { type }, reply: { type: answered >> 8 } });
  });

  test.each([
    ["bound to its address, same ports", "udp 10.0.0.2:53 -> 10.0.0.2:53", "", true],
    ["bound, other ports", "udp 10.0.0.2:54 -> 10.0.0.2:53", "", false],
    ["bound, another own destination", "udp 10.0.0.2:53 -> 192.168.7.1:53", "", false],
    ["bound to all, same ports", "udp -> 10.0.0.2:53", "", false],
    ["bound to all, same ports, nowildcard", "udp -> 10.0.0.2:53", "--nowildcard", true],
  ])("D9 -m socket on lo and the sender's own UDP socket, %s", (_, packet, option, holds) => {
    const sport = packet.startsWith("udp ->") ? { proto: "udp", sport: 53, dst: "10.0.0.2", dport: 53 } : packet;
    const seen = tryOut(`mangle -A PREROUTING -m socket ${option}`, [sport], { sockets: [] });
    expect(seen.hits[0]).toEqual(holds ? ["mangle PREROUTING 1"] : []);
  });

  test.each([
    ["2001:db8::9", "fd00::2", "eth0"],
    ["fd00:7::9", "fd00:7::1", "eth1"],
    ["fd00:7::1", "fd00:7::1", "lo"],
  ])("D10 IPv6 to %s: source %s, out %s", (dst, src, device) => {
    expect(tryOut("filter", [tcp6(undefined, dst)], V6).walks[0]!.fate).toMatchObject({
      src,
      ...(device === "lo" ? { in: "lo" } : { out: device }),
    });
  });

  test("D10 a subnet broadcast is local input; out of the device it came in by a packet is forwarded", () => {
    const seen = tryOut(
      "filter",
      ["udp 10.0.0.9:4000 -> 10.0.0.255:53 in=eth0", "udp 10.0.0.9:4000 -> 10.0.0.77:53 in=eth0"],
      ROUTER,
    );
    expect(seen.walks[0]!.fate).toMatchObject({ kind: "delivered", dst: "10.0.0.255" });
    expect(seen.walks[1]!.fate).toMatchObject({ kind: "sent", out: "eth0", forwarded: true });
  });

  test("D11 RETURN in a built-in chain counts the rule and the policy", () => {
    const seen = tryOut("filter -A INPUT -j RETURN", ["tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0"]);
    expect(seen.all[0]).toEqual(["filter INPUT 1", "filter INPUT policy"]);
  });

  test.each([
    ["TOS --set-tos 0x10/0x1c", 0x0f, 0x13],
    ["TOS --set-tos 0x28/0x08", 0x0a, 0x2a],
    ["DSCP --set-dscp 0x2e", 0x03, 0xbb],
  ])("D11 %s on TOS %i gives %i", (target, before, after) => {
    const rules = `mangle -A OUTPUT -j ${target}\nmangle -A POSTROUTING -m tos --tos ${after}/0xff`;
    expect(tryOut(rules, [`tcp 10.0.0.2:4000 -> 8.8.8.8:80 tos=${before}`]).hits[0]).toEqual([
      "mangle OUTPUT 1",
      "mangle POSTROUTING 1",
    ]);
  });

  test("D11 the tos match masks the packet's value alone; length counts the whole layer-3 packet", () => {
    const rules =
      "filter -A OUTPUT -m tos --tos 0x10/0x10\nfilter -A OUTPUT -m tos --tos 0x14/0x10\nfilter -A OUTPUT -m length --length 60";
    expect(tryOut(rules, ["tcp 10.0.0.2:4000 -> 8.8.8.8:80 tos=0x14"]).hits[0]).toEqual([
      "filter OUTPUT 1",
      "filter OUTPUT 3",
    ]);
  });

  test("D10 all tables see a forwarded packet that leaves by the device it came by", () => {
    const seen = tryOut(ALL_TABLES, ["udp 10.0.0.9:4000 -> 10.0.0.77:53 in=eth0"], { ...ROUTER, conntrack: true });
    expect(seen.all[0]).toContain("filter FORWARD policy");
  });
});
