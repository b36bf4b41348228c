import { describe, expect, test } from "vitest";
import { entries, HOST, ROUTER, run, tryOut, world } from "./world.ts";

const IN = "in=eth0";
const SYN = `tcp 10.0.0.9:4000 -> 10.0.0.2:80 ${IN}`;

describe("4. NAT engine", () => {
  const redirect = "nat -A PREROUTING -p tcp -j REDIRECT --to-ports 15006";

  test("N1 a nat chain is evaluated once for a connection, not for every packet that is NEW", () => {
    const seen = tryOut(redirect, [SYN, SYN, SYN, SYN]);
    expect(seen.states).toEqual(["NEW", "NEW", "NEW", "NEW"]);
    expect(seen.hits).toEqual([["nat PREROUTING 1"], [], [], []]);
    expect(new Set(seen.ends)).toEqual(new Set(["delivered eth0 10.0.0.9:4000 -> 10.0.0.2:15006"]));
  });

  test("N1 a second datagram without a reply is NEW and does not consult nat", () => {
    const dgram = `udp 10.0.0.9:4000 -> 10.0.0.2:53 ${IN}`;
    const seen = tryOut("nat -A PREROUTING -p udp -j REDIRECT --to-ports 5353", [dgram, dgram]);
    expect(seen.states).toEqual(["NEW", "NEW"]);
    expect(seen.hits).toEqual([["nat PREROUTING 1"], []]);
  });

  test("N2 a first packet that was dropped leaves nothing: the next one is evaluated from scratch", () => {
    const rules = `nat -A PREROUTING -p udp -j REDIRECT --to-ports 5353
      filter -A INPUT -p udp -j DROP`;
    const dgram = `udp 10.0.0.9:4000 -> 10.0.0.2:53 ${IN}`;
    const seen = tryOut(rules, [dgram, dgram, dgram]);
    expect(seen.hits).toEqual(Array(3).fill(["nat PREROUTING 1", "filter INPUT 1"]));
    expect(entries(seen.netns)).toEqual([]);
  });

  test("N3 forwarded: dst is translated in PREROUTING, src in POSTROUTING; replies backwards", () => {
    const rules = `nat -A PREROUTING -d 10.0.0.2 -j DNAT --to-destination 192.168.7.9
      nat -A POSTROUTING -o eth1 -j SNAT --to-source 192.168.7.1
      filter -A FORWARD -s 10.0.0.9 -d 192.168.7.9
      filter -A FORWARD -s 192.168.7.9 -d 10.0.0.9`;
    const seen = tryOut(rules, [SYN, "tcp 192.168.7.9:80 -> 192.168.7.1:4000 in=eth1 flags=SYN,ACK"], ROUTER);
    expect(seen.ends).toEqual([
      "sent eth1 192.168.7.1:4000 -> 192.168.7.9:80",
      "sent eth0 10.0.0.2:80 -> 10.0.0.9:4000",
    ]);
    // In FORWARD the reply still comes from the real server: the dialled address appears behind POSTROUTING only.
    expect(seen.hits[1]).toEqual(["filter FORWARD 2"]);
  });

  test("N3 over lo the reply is untranslated in POSTROUTING, so PREROUTING and INPUT see the dialled source", () => {
    const rules = `nat -A OUTPUT -p tcp -d 10.9.9.9 -j REDIRECT --to-ports 15001
      filter -A INPUT -s 10.9.9.9
      filter -A OUTPUT -s 127.0.0.1 -d 10.0.0.2`;
    const seen = tryOut(rules, [
      "tcp 10.0.0.2:4000 -> 10.9.9.9:80",
      "tcp 127.0.0.1:15001 -> 10.0.0.2:4000 flags=SYN,ACK",
    ]);
    expect(seen.ends).toEqual([
      "delivered lo 10.0.0.2:4000 -> 127.0.0.1:15001",
      "delivered lo 10.9.9.9:80 -> 10.0.0.2:4000",
    ]);
    expect(seen.hits[1]).toEqual(["filter OUTPUT 1", "filter INPUT 1"]);
  });

  test("N4 no target means no translation for the life of the entry, whatever rules come later", () => {
    const before = run(world("nat", { conntrack: true }), [SYN]);
    const after = run({ ...before.netns, rulesets: world(redirect).rulesets }, [SYN]);
    expect(after.ends).toEqual(["delivered eth0 10.0.0.9:4000 -> 10.0.0.2:80"]);
    expect(after.hits).toEqual([[]]);
  });

  test("N4 when the entry has ended by time, the rules are consulted again", () => {
    const before = run(world("nat", { conntrack: true }), [SYN]);
    const later = { ...before.netns, rulesets: world(redirect).rulesets };
    expect(run(later, [[119, SYN]]).hits).toEqual([[]]);
    expect(run(later, [[121, SYN]]).hits).toEqual([["nat PREROUTING 1"]]);
  });

  test("N5 a SYN on an entry in TIME_WAIT or CLOSE starts a new one; within ESTABLISHED it is translated as before", () => {
    const back = `tcp 10.0.0.2:15006 -> 10.0.0.9:4000`;
    const fin = (line: string) => `${line} flags=FIN,ACK`;
    const open = [SYN, `${back} flags=SYN,ACK`, `${SYN} flags=ACK`];
    const established = tryOut(redirect, [...open, SYN]);
    expect(established.states.at(-1)).toBe("ESTABLISHED");
    expect(established.ends.at(-1)).toBe("delivered eth0 10.0.0.9:4000 -> 10.0.0.2:15006");
    const closed = tryOut(redirect, [...open, fin(SYN), fin(back), `${SYN} flags=ACK`, SYN]);
    expect(closed.states.at(-1)).toBe("NEW");
    expect(closed.hits.at(-1)).toEqual(["nat PREROUTING 1"]);
    const reset = tryOut(redirect, [...open, `${SYN} flags=RST`, SYN]);
    expect(reset.states.at(-1)).toBe("NEW");
    expect(reset.hits.at(-1)).toEqual(["nat PREROUTING 1"]);
  });

  test("N6 a connection older than the rules: its next ACK is NEW and goes through nat", () => {
    const seen = tryOut(redirect, [`${SYN} flags=ACK`, `${SYN} flags=PSH,ACK`]);
    expect(seen.states).toEqual(["NEW", "NEW"]);
    expect(seen.hits).toEqual([["nat PREROUTING 1"], []]);
    expect(seen.ends[0]).toBe("delivered eth0 10.0.0.9:4000 -> 10.0.0.2:15006");
  });

  test("N7 without a target the source port still changes when the reply tuple is taken", () => {
    const rules = `nat -A PREROUTING -d 10.9.0.1 -j DNAT --to-destination 192.168.7.9
      nat -A PREROUTING -d 10.9.0.2 -j DNAT --to-destination 192.168.7.9`;
    const seen = tryOut(
      rules,
      ["tcp 10.0.0.9:4000 -> 10.9.0.1:80 in=eth0", "tcp 10.0.0.9:4000 -> 10.9.0.2:80 in=eth0"],
      ROUTER,
    );
    expect(seen.ends[0]).toBe("sent eth1 10.0.0.9:4000 -> 192.168.7.9:80");
    const [, port] = /^sent eth1 10\.0\.0\.9:(\d+) -> 192\.168\.7\.9:80$/.exec(seen.ends[1]!)!;
    expect(Number(port)).not.toBe(4000);
    expect(Number(port)).toBeGreaterThanOrEqual(1024);
  });

  test("N7 two connections of one source port that are redirected to one port: the later has another source port", () => {
    const rules = "nat -A OUTPUT -p tcp -j REDIRECT --to-ports 15001";
    const seen = tryOut(rules, ["tcp 10.0.0.2:4000 -> 8.8.8.8:80", "tcp 10.0.0.2:4000 -> 9.9.9.9:80"]);
    expect(seen.walks.map(({ fate }) => fate.kind === "delivered" && [fate.dst, fate.dport])).toEqual([
      ["127.0.0.1", 15001],
      ["127.0.0.1", 15001],
    ]);
    const ports = seen.walks.map(({ fate }) => (fate.kind === "delivered" ? fate.sport : 0));
    expect(ports[0]).toBe(4000);
    expect(ports[1]).not.toBe(4000);
  });

  test.each([
    ["ACCEPT", "nat -A PREROUTING -j ACCEPT", "delivered eth0 10.0.0.9:4000 -> 10.0.0.2:80"],
    ["RETURN", "nat -A PREROUTING -j RETURN", "delivered eth0 10.0.0.9:4000 -> 10.0.0.2:80"],
    ["policy DROP", "nat :PREROUTING DROP", "dropped nat PREROUTING policy"],
  ])("N8 %s in nat, before a target that would map", (_, first, end) => {
    const rules = `${first}\n${first.includes(":") ? "" : redirect}`;
    expect(tryOut(rules, [SYN], { conntrack: true }).ends).toEqual([end]);
  });

  test("N8 the first target ends the table, also from a user chain, and keeps a DROP policy from deciding", () => {
    const rules = `nat :PREROUTING DROP
      nat -A PREROUTING -p tcp -j A
      nat -A PREROUTING -p tcp -j REDIRECT --to-ports 2
      nat -A A -p tcp -j REDIRECT --to-ports 1`;
    const seen = tryOut(rules, [SYN, `udp 10.0.0.9:4000 -> 10.0.0.2:53 ${IN}`]);
    expect(seen.hits[0]).toEqual(["nat PREROUTING 1", "nat A 1"]);
    expect(seen.ends).toEqual(["delivered eth0 10.0.0.9:4000 -> 10.0.0.2:1", "dropped nat PREROUTING policy"]);
  });

  test.each([
    ["PREROUTING", SYN, "delivered eth0 10.0.0.9:4000 -> 10.0.0.2:80", "10.0.0.2/32", "10.0.0.0/24"],
    [
      "OUTPUT",
      "tcp 10.0.0.2:4000 -> 10.7.0.9:80",
      "sent eth0 10.0.0.2:4000 -> 10.8.0.9:80",
      "10.7.0.0/16",
      "10.8.0.0/16",
    ],
  ])("N9 NETMAP maps the destination in %s", (chain, packet, end, to, into) => {
    expect(tryOut(`nat -A ${chain} -d ${to} -j NETMAP --to ${into}`, [packet]).ends).toEqual([end]);
  });

  test.each([
    ["POSTROUTING", "tcp 10.0.0.2:4000 -> 10.9.9.9:80", "sent eth0 10.8.0.2:4000 -> 10.9.9.9:80"],
    ["INPUT", SYN, "delivered eth0 10.8.0.9:4000 -> 10.0.0.2:80"],
  ])("N9 NETMAP maps the source in %s", (chain, packet, end) => {
    expect(tryOut(`nat -A ${chain} -j NETMAP --to 10.8.0.0/24`, [packet]).ends).toEqual([end]);
  });

  test("N9 SNAT works in nat INPUT too", () => {
    expect(tryOut("nat -A INPUT -j SNAT --to-source 10.8.8.8", [SYN]).ends).toEqual([
      "delivered eth0 10.8.8.8:4000 -> 10.0.0.2:80",
    ]);
  });
});

describe("4a. REDIRECT", () => {
  const redirect = "nat -A PREROUTING -p tcp -j REDIRECT --to-ports 15006";
  const eth0 = (...addresses: string[]) => ({
    interfaces: [
      { name: "lo", addresses: ["127.0.0.1/8", "::1/128"] },
      { name: "eth0", addresses },
    ],
    routes: [{ to: "default", via: "10.0.0.1", dev: "eth0" }],
  });

  test.each([
    ["the one dialled", eth0("10.0.0.2/24"), "10.0.0.2"],
    ["not the secondary one that was dialled", eth0("10.0.0.3/24", "10.0.0.2/24"), "10.0.0.3"],
    ["the first of another subnet", eth0("169.254.1.1/32", "10.0.0.2/24"), "169.254.1.1"],
  ])("N10 REDIRECT in PREROUTING takes the first address of the in-interface: %s", (_, host, address) => {
    expect(tryOut(redirect, [SYN], host).ends).toEqual([`delivered eth0 10.0.0.9:4000 -> ${address}:15006`]);
  });

  test("N10 even for a packet to another interface, and drops where the in-interface has no address", () => {
    expect(tryOut(redirect, [`tcp 192.168.7.9:4000 -> 10.0.0.2:80 in=eth1`]).ends).toEqual([
      "delivered eth1 192.168.7.9:4000 -> 192.168.7.1:15006",
    ]);
    const bare = { ...HOST, interfaces: [...HOST.interfaces!, { name: "eth2", addresses: [] }] };
    expect(tryOut(redirect, ["tcp 172.16.0.9:4000 -> 10.0.0.2:80 in=eth2"], bare).ends).toEqual([
      "dropped nat PREROUTING 1",
    ]);
  });

  test.each([
    ["ipv4", "10.0.0.2", "10.9.9.9", "127.0.0.1"],
    ["ipv6", "fd00::2", "fd00:9::9", "::1"],
  ] as const)(
    "N11 REDIRECT in OUTPUT goes to loopback with the source kept, %s",
    (family, source, dialled, loopback) => {
      const rules = `nat -A OUTPUT -p tcp -j REDIRECT --to-ports 15001
      filter -A OUTPUT -o eth0 -d ${loopback}
      mangle -A POSTROUTING -o lo
      mangle -A PREROUTING -i lo`;
      const seen = tryOut(rules, [{ proto: "tcp", sport: 4000, dst: dialled, dport: 80 }], {
        family,
        sysctl: { "net.ipv4.conf.all.rp_filter": 1 },
      });
      expect(seen.walks[0]!.fate).toMatchObject({
        kind: "delivered",
        in: "lo",
        src: source,
        dst: loopback,
        dport: 15001,
      });
      expect(seen.hits[0]).toEqual(["nat OUTPUT 1", "filter OUTPUT 1", "mangle POSTROUTING 1", "mangle PREROUTING 1"]);
    },
  );

  test.each([
    ["global", "fd00::9", "fd00::3", "fd00::2"],
    ["link-local", "fe80::9", "fe80::2", "fe80::2"],
  ])("N12 IPv6 takes the first address of the dialled one's scope: %s", (_, src, dst, end) => {
    const host = { interfaces: [{ name: "eth0", addresses: ["fe80::2/64", "fd00::2/64", "fd00::3/64"] }] };
    const seen = tryOut(redirect, [{ proto: "tcp", src, sport: 4000, dst, dport: 80, in: "eth0" }], {
      ...host,
      family: "ipv6",
    });
    expect(seen.walks[0]!.fate).toMatchObject({ kind: "delivered", dst: end, dport: 15006 });
  });

  test.each([
    ["127.0.0.1", null, { address: "127.0.0.1", port: 15006 }],
    ["10.0.0.2", { address: "10.0.0.2", port: 15006 }, null],
    ["0.0.0.0", { address: "10.0.0.2", port: 15006 }, { address: "127.0.0.1", port: 15006 }],
  ])(
    "N13 who listens at %s is reached by REDIRECT of PREROUTING or of OUTPUT, or of both",
    (address, outside, inside) => {
      const rules = `${redirect}\nnat -A OUTPUT -p tcp -j REDIRECT --to-ports 15006`;
      const seen = tryOut(rules, [SYN, "tcp 10.0.0.2:4000 -> 10.9.9.9:80"], {
        sockets: [{ proto: "tcp", address, port: 15006 }],
      });
      expect(seen.walks.map(({ fate }) => fate.kind === "delivered" && fate.socket)).toEqual([outside, inside]);
    },
  );

  test("N14 without ports only the address changes, for every protocol", () => {
    const rules = "nat -A OUTPUT -j REDIRECT";
    const seen = tryOut(rules, [
      "tcp 10.0.0.2:4000 -> 10.9.9.9:80",
      "icmp 10.0.0.2 -> 10.9.9.9 id=7",
      "253 10.0.0.2 -> 10.9.9.9",
    ]);
    expect(seen.ends).toEqual([
      "delivered lo 10.0.0.2:4000 -> 127.0.0.1:80",
      "delivered lo 10.0.0.2 -> 127.0.0.1",
      "delivered lo 10.0.0.2 -> 127.0.0.1",
    ]);
  });

  test("N14 --to-ports with -p icmp rewrites the id", () => {
    const seen = tryOut("nat -A PREROUTING -p icmp -j REDIRECT --to-ports 4711", [
      `icmp 10.0.0.9 -> 10.0.0.2 id=7 ${IN}`,
    ]);
    expect(seen.walks[0]!.conntrack).toMatchObject({ original: { id: 7 }, reply: { id: 4711 } });
  });

  test.each([
    ["REDIRECT --to-ports 100-200", 150, 150],
    ["REDIRECT --to-ports 100-200", 80, 100],
    ["DNAT --to-destination 10.0.0.2:100-200", 150, 150],
    ["DNAT --to-destination 10.0.0.2:100-200", 80, 100],
  ])("N15 -j %s of port %i: a port in the range stays, else the lowest one", (target, dialled, port) => {
    const packets = [4000, 4001, 4002].map((sport) => `tcp 10.0.0.9:${sport} -> 10.0.0.2:${dialled} ${IN}`);
    const seen = tryOut(`nat -A PREROUTING -p tcp -j ${target}`, packets);
    expect(seen.walks.map(({ fate }) => fate.kind === "delivered" && fate.dport)).toEqual([port, port, port]);
  });

  test("N16 the original destination is that of the entry's original tuple; none for UDP and where nothing changed", () => {
    const rules =
      "nat -A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 15006\nnat -A PREROUTING -p udp -j REDIRECT --to-ports 5353";
    const seen = tryOut(rules, [
      SYN,
      `tcp 10.0.0.9:4000 -> 10.0.0.2:81 ${IN}`,
      `udp 10.0.0.9:4000 -> 10.0.0.2:53 ${IN}`,
    ]);
    expect(seen.walks.map((walk) => walk.originalDst)).toEqual([{ address: "10.0.0.2", port: 80 }, null, null]);
  });
});

describe("4b. DNAT, SNAT, MASQUERADE", () => {
  test.each([
    ["192.168.7.9", 80, "192.168.7.9:80"],
    ["192.168.7.9:8080", 80, "192.168.7.9:8080"],
    [":8080", 80, "10.9.9.9:8080"],
    ["192.168.7.9:5000-5100/80", 83, "192.168.7.9:5003"],
  ])("N17 DNAT --to-destination %s of port %i", (to, port, end) => {
    const seen = tryOut(`nat -A OUTPUT -p tcp -j DNAT --to-destination ${to}`, [
      `tcp 10.0.0.2:4000 -> 10.9.9.9:${port}`,
    ]);
    expect(seen.ends[0]).toMatch(new RegExp(`^sent eth. 10\\.0\\.0\\.2:4000 -> ${end}$`));
  });

  test("N17 from an address range one client always gets the same address, whatever its ports", () => {
    const rules = "nat -A OUTPUT -p tcp -j DNAT --to-destination 192.168.7.10-192.168.7.200";
    const seen = tryOut(
      rules,
      [1, 2, 3, 4].map((sport) => `tcp 10.0.0.2:${4000 + sport} -> 10.9.9.9:${80 + sport}`),
    );
    const chosen = new Set(seen.walks.map(({ fate }) => fate.kind === "sent" && fate.dst));
    expect(chosen.size).toBe(1);
    expect([...chosen][0]).toMatch(/^192\.168\.7\.\d+$/);
  });

  const dev = (...addresses: string[]) => [{ name: "eth0", addresses }];
  test.each([
    ["on-link destination", dev("172.16.0.1/24", "10.0.0.2/24"), [], "10.0.0.9", "10.0.0.2"],
    [
      "by the gateway, not the destination",
      dev("172.16.0.1/24", "10.0.0.2/24"),
      [{ to: "default", via: "10.0.0.1", dev: "eth0" }],
      "172.17.0.9",
      "10.0.0.2",
    ],
    [
      "not the route's src",
      dev("10.0.0.2/24", "172.16.0.1/24"),
      [{ to: "default", via: "10.0.0.1", dev: "eth0", src: "172.16.0.1" }],
      "8.8.8.8",
      "10.0.0.2",
    ],
    [
      "the first where no subnet has the next hop",
      dev("172.16.0.1/24", "10.0.0.2/24"),
      [{ to: "default", dev: "eth0" }],
      "8.8.8.8",
      "172.16.0.1",
    ],
    ["never a secondary one", dev("10.0.0.2/24", "10.0.0.3/24"), [], "10.0.0.9", "10.0.0.2"],
  ])("N18 MASQUERADE takes %s", (_, interfaces, routes, destination, source) => {
    const host = { interfaces: [...interfaces, HOST.interfaces![2]!], routes, sysctl: ROUTER.sysctl! };
    const seen = tryOut(
      "nat -A POSTROUTING -o eth0 -j MASQUERADE",
      [`tcp 192.168.7.9:4000 -> ${destination}:80 in=eth1`],
      host,
    );
    expect(seen.ends).toEqual([`sent eth0 ${source}:4000 -> ${destination}:80`]);
  });

  test("N19 the source port is kept while the reply tuple is free, else taken from the same class", () => {
    const rules = "nat -A POSTROUTING -o eth0 -j MASQUERADE";
    const packets = [4000, 300, 700].flatMap((port) =>
      ["192.168.7.9", "192.168.7.10"].map((from) => `tcp ${from}:${port} -> 8.8.8.8:80 in=eth1`),
    );
    const ports = tryOut(rules, packets, ROUTER).walks.map(({ fate }) => (fate.kind === "sent" ? fate.sport! : 0));
    expect([ports[0], ports[2], ports[4]]).toEqual([4000, 300, 700]);
    for (const [port, low, high] of [
      [ports[1]!, 1024, 65535],
      [ports[3]!, 1, 511],
      [ports[5]!, 600, 1023],
    ] as const) {
      expect(port).toBeGreaterThanOrEqual(low);
      expect(port).toBeLessThanOrEqual(high);
    }
    expect(new Set(ports).size).toBe(6);
  });

  test("N19 a given range keeps a port that lies in it; one source keeps its mapping towards other destinations", () => {
    const rules = "nat -A POSTROUTING -p tcp -o eth0 -j SNAT --to-source 10.0.0.50:5000-5010";
    const packets = [
      "192.168.7.9:5003 -> 8.8.8.8:80",
      "192.168.7.9:4000 -> 8.8.8.8:80",
      "192.168.7.9:4000 -> 9.9.9.9:80",
    ];
    const seen = tryOut(
      rules,
      packets.map((one) => `tcp ${one} in=eth1`),
      ROUTER,
    );
    const ports = seen.walks.map(({ fate }) => (fate.kind === "sent" ? fate.sport! : 0));
    expect(ports[0]).toBe(5003);
    expect(ports[1]).toBeGreaterThanOrEqual(5000);
    expect(ports[1]).toBeLessThanOrEqual(5010);
    expect(ports[2]).toBe(ports[1]);
  });

  test("N19 with --random the port is one of the class, and free", () => {
    const seen = tryOut(
      "nat -A POSTROUTING -o eth0 -p tcp -j MASQUERADE --random",
      ["tcp 192.168.7.9:4000 -> 8.8.8.8:80 in=eth1", "tcp 192.168.7.9:4001 -> 8.8.8.8:80 in=eth1"],
      ROUTER,
    );
    const ports = seen.walks.map(({ fate }) => (fate.kind === "sent" ? fate.sport! : 0));
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(1024);
    expect(ports[0]).not.toBe(ports[1]);
  });

  test("N15 N19 a draw of the caller's chooses where chance does: a clash, --random, and the way back is undone alike", () => {
    const rules = "nat -A POSTROUTING -o eth0 -p tcp -j MASQUERADE --random";
    const netns = world(rules, ROUTER);
    const seen = run(netns, ["tcp 192.168.7.9:4000 -> 8.8.8.8:80 in=eth1"], { random: () => 0.5 });
    expect(seen.ends).toEqual([`sent eth0 10.0.0.2:${1024 + 64512 / 2} -> 8.8.8.8:80`]);
    expect(run(seen.netns, [`tcp 8.8.8.8:80 -> 10.0.0.2:${1024 + 64512 / 2} in=eth0 flags=SYN,ACK`]).ends).toEqual([
      "sent eth1 8.8.8.8:80 -> 192.168.7.9:4000",
    ]);
    const range = world("nat -A PREROUTING -p tcp -j REDIRECT --to-ports 100-199 --random");
    expect(run(range, [SYN], { random: () => 0.42 }).ends).toEqual(["delivered eth0 10.0.0.9:4000 -> 10.0.0.2:142"]);
  });

  test("N20 the address of SNAT need not be local", () => {
    const seen = tryOut("nat -A POSTROUTING -j SNAT --to-source 203.0.113.7", ["tcp 10.0.0.2:4000 -> 8.8.8.8:80"]);
    expect(seen.ends).toEqual(["sent eth0 203.0.113.7:4000 -> 8.8.8.8:80"]);
  });

  test("N21 an ICMP error about a translated packet: no nat rule, both headers translated on the way", () => {
    const rules = `nat -A PREROUTING -d 10.0.0.2 -j DNAT --to-destination 192.168.7.9:8080
      nat -A POSTROUTING -o eth1 -j SNAT --to-source 192.168.7.1
      mangle -A FORWARD -p icmp -d 10.0.0.9
      mangle -A POSTROUTING -m conntrack --ctstate RELATED`.replace("-d 10.0.0.2", "-p tcp -d 10.0.0.2");
    const error = {
      proto: "icmp",
      src: "192.168.7.9",
      dst: "192.168.7.1",
      type: 3,
      code: 3,
      in: "eth1",
      quoted: { proto: "tcp", src: "192.168.7.1", sport: 4000, dst: "192.168.7.9", dport: 8080 },
    };
    const seen = tryOut(rules, [SYN, error], ROUTER);
    expect(seen.states).toEqual(["NEW", "RELATED"]);
    expect(seen.hits[1]).toEqual(["mangle FORWARD 1", "mangle POSTROUTING 1"]);
    expect(seen.ends[1]).toBe("sent eth0 10.0.0.2 -> 10.0.0.9");
    expect(seen.walks[1]!.fate).toMatchObject({
      quoted: { src: "10.0.0.9", sport: 4000, dst: "10.0.0.2", dport: 80 },
    });
  });
});
