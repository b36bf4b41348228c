import { describe, expect, test } from "vitest";
import { createNetns, type NetnsSpec, send } from "../../src/index.ts";
import { HOST, ROUTER, rulesOf, run, type Setting, tryOut, world } from "./world.ts";

/** Packets with mark 1 go out of eth1. */
const BY_MARK: Setting = {
  ...ROUTER,
  rules: [{ priority: 100, fwmark: 1, table: 100 }],
  routes: [...HOST.routes!, { to: "default", via: "192.168.7.254", dev: "eth1", table: 100 }],
};
const OUT = "tcp 10.0.0.2:4000 -> 8.8.8.8:80";

describe("2. Routing decisions", () => {
  test.each(["raw", "mangle", "nat"])(
    "R1 incoming: a mark of %s PREROUTING takes part in the one decision",
    (table) => {
      const packet = "tcp 10.0.0.9:4000 -> 8.8.8.8:80 in=eth0";
      const setting = { ...BY_MARK, conntrack: true };
      expect(tryOut("mangle", [packet], setting).ends[0]).toMatch(/^sent eth0 /);
      expect(tryOut(`${table} -A PREROUTING -j MARK --set-mark 1`, [packet], setting).ends[0]).toMatch(/^sent eth1 /);
    },
  );

  test("R1 the decision goes by the destination after nat, and PREROUTING counts for what routing drops", () => {
    const rules = "nat -A PREROUTING -d 10.0.0.2 -j DNAT --to-destination 192.168.7.9";
    expect(tryOut(rules, ["icmp 10.0.0.9 -> 10.0.0.2 in=eth0"], ROUTER).ends).toEqual([
      "sent eth1 10.0.0.9 -> 192.168.7.9",
    ]);
    const dropped = tryOut(rules, ["icmp 10.0.0.9 -> 10.0.0.2 in=eth0"]);
    expect(dropped.hits).toEqual([["nat PREROUTING 1"]]);
    expect(dropped.walks[0]!.fate).toMatchObject({ kind: "unroutable", hook: "PREROUTING" });
  });

  test("R2 local: the decision before OUTPUT gives device and source; SO_MARK takes part", () => {
    const rules = "raw -A OUTPUT -o eth0 -s 10.0.0.2\nraw -A OUTPUT -o eth1 -s 192.168.7.1";
    const seen = tryOut(rules, ["tcp -> 8.8.8.8:80", "tcp -> 8.8.8.8:80 mark=1", "tcp -> 192.168.7.9:80"], BY_MARK);
    expect(seen.hits).toEqual([["raw OUTPUT 1"], ["raw OUTPUT 2"], ["raw OUTPUT 2"]]);
  });

  test.each([
    ["none", []],
    ["blackhole", [{ to: "8.0.0.0/8", type: "blackhole" }]],
    ["unreachable", [{ to: "8.0.0.0/8", type: "unreachable" }]],
  ])("R2 without a route (%s) no chain is evaluated", (_, routes) => {
    const seen = tryOut("raw\nfilter", ["tcp -> 8.8.8.8:80"], { ...HOST, routes });
    expect(seen.walks[0]!.fate.kind).toBe("unroutable");
    expect(seen.all).toEqual([[]]);
  });

  test.each([
    ["a mark set in mangle", "mangle -A OUTPUT -j MARK --set-mark 1", "eth1"],
    ["a mark set in raw", "raw -A OUTPUT -j MARK --set-mark 1", "eth0"],
    [
      "a mark set in raw and the same again in mangle",
      "raw -A OUTPUT -j MARK --set-mark 1\nmangle -A OUTPUT -j MARK --set-mark 1",
      "eth0",
    ],
    [
      "a mark set in raw and TOS in mangle",
      "raw -A OUTPUT -j MARK --set-mark 1\nmangle -A OUTPUT -j TOS --set-tos 0x10/0xff",
      "eth1",
    ],
    ["a mark set in nat", "nat -A OUTPUT -j MARK --set-mark 1", "eth0"],
    ["a mark set in filter", "filter -A OUTPUT -j MARK --set-mark 1", "eth0"],
  ])("R3 reroute after %s: out %s", (_, rules, device) => {
    const seen = tryOut(`${rules}\nnat`, [OUT], { ...BY_MARK, conntrack: true });
    expect(seen.ends[0]).toMatch(new RegExp(`^sent ${device} `));
  });

  test.each([
    ["another address", "-j DNAT --to-destination 192.168.7.9", "eth1"],
    ["only another port", "-j DNAT --to-destination :81", "eth0"],
    ["only another port, with a mark", "-j DNAT --to-destination :81", "eth0", true],
    ["another address, with a mark", "-j DNAT --to-destination 9.9.9.9", "eth1", true],
  ])("R4 reroute after nat OUTPUT: %s", (_, target, device, mark = false) => {
    const first = mark ? "nat -A OUTPUT -j MARK --set-mark 1\n" : "";
    expect(tryOut(`${first}nat -A OUTPUT -p tcp ${target}`, [OUT], BY_MARK).ends[0]).toMatch(
      new RegExp(`^sent ${device} `),
    );
  });

  test.each([
    ["-j REDIRECT", "lo", "127.0.0.1"],
    ["-j DNAT --to-destination 192.168.7.9", "eth1", "192.168.7.9"],
  ])("R5 within OUTPUT -o stays the first device, POSTROUTING has the new one: %s", (target, device, dst) => {
    const rules = `nat -A OUTPUT ${target}
      filter -A OUTPUT -o eth0 -d ${dst}
      security -A OUTPUT -o eth0 -d ${dst}
      mangle -A POSTROUTING -o ${device}`;
    expect(tryOut(rules, [OUT]).hits[0]).toEqual([
      "nat OUTPUT 1",
      "filter OUTPUT 1",
      "security OUTPUT 1",
      "mangle POSTROUTING 1",
    ]);
  });

  test.each([
    ["mangle -A OUTPUT -j MARK --set-mark 1", "sent eth1 10.0.0.2:40000 -> 8.8.8.8:80 mark 1"],
    ["nat -A OUTPUT -j DNAT --to-destination 192.168.7.9", "sent eth1 10.0.0.2:40000 -> 192.168.7.9:80"],
  ])("R6 a reroute keeps the source of the first decision: %s", (rules, end) => {
    expect(tryOut(rules, ["tcp -> 8.8.8.8:80"], BY_MARK).ends).toEqual([end]);
  });

  test("R7 where the reroute is impossible the packet ends in OUTPUT, behind the table that asked for it", () => {
    const rules = "nat -A OUTPUT -d 127.0.0.1 -j DNAT --to-destination 10.0.0.9\nfilter\nmangle";
    const seen = tryOut(rules, ["tcp 127.0.0.1:4000 -> 127.0.0.1:80"]);
    expect(seen.all).toEqual([["mangle OUTPUT policy", "nat OUTPUT 1"]]);
    expect(seen.walks[0]!.fate).toMatchObject({ kind: "unroutable", hook: "OUTPUT" });
  });

  test.each(["10.0.0.2", "127.0.0.1", "127.9.9.9"])("R8 %s is local whatever the mark", (dst) => {
    expect(tryOut("mangle -A OUTPUT -j MARK --set-mark 1", [`tcp -> ${dst}:80`], BY_MARK).walks[0]!.fate).toMatchObject(
      {
        kind: "delivered",
        in: "lo",
      },
    );
  });

  test("R9 which devices a rule sees at each hook", () => {
    const names = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];
    const rules = names
      .flatMap((chain) => [`mangle -A ${chain} -j SEE`])
      .concat("mangle -A SEE -i eth0", "mangle -A SEE -o eth1", "mangle -A SEE -i lo", "mangle -A SEE -o lo");
    const world9 = world(rules.join("\n"), ROUTER);
    const devices = (packet: string) =>
      run(world9, [packet]).walks[0]!.steps.flatMap((step) =>
        "rule" in step && step.chain === "SEE"
          ? [`${step.hook} ${["-i eth0", "-o eth1", "-i lo", "-o lo"][step.rule - 1]}`]
          : [],
      );
    expect(devices("tcp 10.0.0.9:4000 -> 192.168.7.9:80 in=eth0")).toEqual([
      "PREROUTING -i eth0",
      "FORWARD -i eth0",
      "FORWARD -o eth1",
      "POSTROUTING -i eth0",
      "POSTROUTING -o eth1",
    ]);
    expect(devices("tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0")).toEqual(["PREROUTING -i eth0", "INPUT -i eth0"]);
    expect(devices("tcp -> 192.168.7.9:80")).toEqual(["OUTPUT -o eth1", "POSTROUTING -o eth1"]);
    expect(devices("tcp -> 127.0.0.1:80")).toEqual([
      "OUTPUT -o lo",
      "POSTROUTING -o lo",
      "PREROUTING -i lo",
      "INPUT -i lo",
    ]);
  });

  test("R10 a missing device is the empty name: -i X fails, ! -i X and -i + match; names match by prefix only with +", () => {
    const rules = ["-i eth0", "! -i eth0", "-i +"].map((one) => `nat -A X ${one}`);
    expect(tryOut(`nat -A OUTPUT -j X\n${rules.join("\n")}`, [OUT], { conntrack: true }).hits[0]).toEqual([
      "nat OUTPUT 1",
      "nat X 2",
      "nat X 3",
    ]);
    const names = ["eth", "eth+", "eth0+", "eth0", "eth1"].map((one) => `mangle -A PREROUTING -i ${one}`);
    expect(tryOut(names.join("\n"), ["tcp 10.0.0.9:1 -> 10.0.0.2:80 in=eth0"]).hits[0]).toEqual([
      "mangle PREROUTING 2",
      "mangle PREROUTING 3",
      "mangle PREROUTING 4",
    ]);
  });

  test("R10 so Docker's DNAT for packets not from its bridge also matches in OUTPUT", () => {
    const rules =
      "nat -A OUTPUT -j DOCKER\nnat -A DOCKER ! -i docker0 -p tcp --dport 80 -j DNAT --to-destination 192.168.7.9:8080";
    expect(tryOut(rules, [OUT]).ends).toEqual(["sent eth1 10.0.0.2:4000 -> 192.168.7.9:8080"]);
  });

  test.each([
    ["ip_forward", { "net.ipv4.ip_forward": 1 }, true],
    ["nothing", {}, false],
    ["that device's own setting", { "net.ipv4.conf.eth0.forwarding": 1 }, true],
    ["only the out device's setting", { "net.ipv4.conf.eth1.forwarding": 1 }, false],
    [
      "ip_forward, then switched off for the device",
      { "net.ipv4.ip_forward": 1, "net.ipv4.conf.eth0.forwarding": 0 },
      false,
    ],
  ])("R11 forwarding with %s", (_, sysctl, forwards) => {
    const seen = tryOut("raw\nnat", ["tcp 10.0.0.9:4000 -> 192.168.7.9:80 in=eth0"], {
      sysctl: sysctl as Record<string, number>,
      conntrack: true,
    });
    expect(seen.walks[0]!.fate.kind).toBe(forwards ? "sent" : "unroutable");
    expect([...seen.netns.conntrack].length).toBe(forwards ? 1 : 0);
    expect(seen.all[0]!.slice(0, 2)).toEqual(["raw PREROUTING policy", "nat PREROUTING policy"]);
  });

  describe("R12 -m rpfilter", () => {
    const met = (option: string, packet: string, setting: NetnsSpec = HOST): boolean =>
      tryOut(`raw -A PREROUTING -m rpfilter ${option}`, [packet], setting).hits[0]!.length > 0;

    test.each([
      ["", "tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0", true],
      ["", "tcp 192.168.7.9:4000 -> 10.0.0.2:80 in=eth0", false],
      ["--invert", "tcp 192.168.7.9:4000 -> 10.0.0.2:80 in=eth0", true],
      ["--loose", "tcp 192.168.7.9:4000 -> 10.0.0.2:80 in=eth0", true],
      ["", "tcp 8.8.8.8:4000 -> 10.0.0.2:80 in=eth0", true],
      ["", "tcp 8.8.8.8:4000 -> 10.0.0.2:80 in=eth1", false],
      ["", "tcp 10.0.0.2:4000 -> 10.0.0.2:80 in=eth0", false],
      ["--accept-local", "tcp 10.0.0.2:4000 -> 10.0.0.2:80 in=eth0", true],
      ["--accept-local", "tcp 10.0.0.2:4000 -> 10.0.0.2:80 in=eth1", false],
      ["", "udp -> 127.0.0.1:53 uid=0 gid=0", true],
    ])("R12 %s of %s: %s", (option, packet, expected) => expect(met(option, packet)).toBe(expected));

    test("R12 the mark counts only with --validmark", () => {
      const setting: NetnsSpec = {
        ...HOST,
        routes: [...HOST.routes!, { to: "default", via: "192.168.7.2", dev: "eth1", table: "100" }],
        rules: [{ priority: 100, fwmark: "5", table: "100" }],
      };
      const packet = "tcp 8.8.8.8:4000 -> 10.0.0.2:80 in=eth1 mark=5";
      expect(met("", packet, setting)).toBe(false);
      expect(met("--validmark", packet, setting)).toBe(true);
    });

    test("R12 IPv6 takes whichever route of the best prefix leaves by the device", () => {
      const setting = {
        ...HOST,
        family: "ipv6" as const,
        routes: [...HOST.routes!, { to: "default", via: "fd00:7::2", dev: "eth1", metric: 2000 }],
      };
      expect(met("", "tcp [2001:db8::8]:4000 -> [fd00::2]:80 in=eth1", setting)).toBe(true);
      expect(met("", "tcp [fd00::9]:4000 -> [fd00::2]:80 in=eth1", setting)).toBe(false);
    });

    test("R12 is open where nobody described the host", () => {
      const netns = createNetns({ rulesets: [rulesOf("raw -A PREROUTING -m rpfilter --invert -j DROP")] });
      const { fate } = send(netns, "tcp 8.8.8.8:4000 -> 10.0.0.2:80 in=eth0").walk;
      expect(fate).toMatchObject({ kind: "undetermined", because: [{ rule: 1, field: "routes" }] });
    });
  });
});
