import { describe, expect, test } from "vitest";
import type { SocketSpec } from "../../src/index.ts";
import { HOST, type Setting, tryOut } from "./world.ts";

const IN = "tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0";
const SECONDARY = "tcp 10.0.0.9:4000 -> 10.0.0.3:80 in=eth0";
const listener = (address: string, more: Partial<SocketSpec> = {}): SocketSpec => ({
  proto: "tcp",
  address,
  port: 15006,
  transparent: true,
  ...more,
});
const RULE = "mangle -A PREROUTING -p tcp -j TPROXY --on-port 15006 --tproxy-mark 0x539/0xffffffff";
const LOCAL: Setting = {
  ...HOST,
  rules: [{ priority: 100, fwmark: 0x539, table: 133 }],
  routes: [...HOST.routes!, { to: "default", dev: "lo", type: "local", table: 133, family: "ipv4" }],
};

describe("10. TPROXY and socket", () => {
  test.each([
    ["bound to all", IN, [listener("0.0.0.0")], "", true],
    ["bound to the in device's first address", IN, [listener("10.0.0.2")], "", true],
    ["bound to the first address, another one dialled", SECONDARY, [listener("10.0.0.2")], "", true],
    ["bound to the secondary address that was dialled", SECONDARY, [listener("10.0.0.3")], "", false],
    ["bound to --on-ip", IN, [listener("127.0.0.1")], "--on-ip 127.0.0.1", true],
    ["bound to another one than --on-ip", IN, [listener("10.0.0.2")], "--on-ip 127.0.0.1", false],
    ["not transparent", IN, [listener("0.0.0.0", { transparent: false })], "", false],
    ["on another port", IN, [listener("0.0.0.0", { port: 80 })], "", false],
    ["of UDP", IN, [listener("0.0.0.0", { proto: "udp" })], "", false],
    ["none", IN, [], "", false],
    [
      "established with this peer",
      IN,
      [listener("10.0.0.2", { port: 80, remote: { address: "10.0.0.9", port: 4000 } })],
      "",
      true,
    ],
  ])("P1 TPROXY and a listener %s", (_, packet, sockets, option, found) => {
    const seen = tryOut(`${RULE} ${option}\nmangle -A PREROUTING\nnat -A PREROUTING`, [packet], {
      ...LOCAL,
      sockets,
      conntrack: true,
    });
    expect(seen.hits[0]).toEqual(found ? ["mangle PREROUTING 1", "nat PREROUTING 1"] : ["mangle PREROUTING 1"]);
    expect(seen.walks[0]!.fate).toMatchObject(
      found ? { kind: "delivered", mark: 0x539 } : { kind: "dropped", table: "mangle", rule: 1 },
    );
  });

  test("P2 addresses stay: the socket that accepts has the dialled address and port", () => {
    const seen = tryOut(RULE, [IN], { ...LOCAL, sockets: [listener("0.0.0.0")], conntrack: true });
    expect(seen.walks[0]!.fate).toMatchObject({
      dst: "10.0.0.2",
      dport: 80,
      socket: { address: "10.0.0.2", port: 15006 },
    });
    expect(seen.walks[0]!.originalDst).toBeNull();
  });

  test("P3 a foreign destination needs the mark's local route; the in device stays", () => {
    const packet = IN.replace("10.0.0.2", "8.8.8.8");
    const sockets = [listener("0.0.0.0")];
    expect(tryOut(RULE, [packet], { sockets }).walks[0]!.fate.kind).toBe("unroutable");
    const seen = tryOut(`${RULE}\nmangle -A INPUT -i eth0`, [packet], { ...LOCAL, sockets });
    expect(seen.walks[0]!.fate).toMatchObject({ kind: "delivered", in: "eth0", dst: "8.8.8.8", dport: 80 });
    expect(seen.hits[0]).toEqual(["mangle PREROUTING 1", "mangle INPUT 1"]);
  });

  test.each([
    ["0x1/0xff", 0x1234, 0x1201],
    ["0x11/0x01", 0x10, 0x01],
  ])("P4 --tproxy-mark %s on mark %i gives %i", (option, before, after) => {
    const rules = `mangle -A PREROUTING -j MARK --set-mark ${before}
      mangle -A PREROUTING -p tcp -j TPROXY --on-port 15006 --tproxy-mark ${option}`;
    expect(tryOut(rules, [IN], { sockets: [listener("0.0.0.0")] }).walks[0]!.fate).toMatchObject({ mark: after });
  });

  const connected = listener("10.0.0.2", { port: 80, transparent: false, remote: { address: "10.0.0.9", port: 4000 } });
  const open = (address: string, transparent = false) => listener(address, { port: 80, transparent });
  test.each([
    ["", connected, true],
    ["", open("10.0.0.2"), true],
    ["", open("0.0.0.0"), false],
    ["--nowildcard", open("0.0.0.0"), true],
    ["--nowildcard", open("10.0.0.2"), true],
    ["--transparent", open("10.0.0.2"), false],
    ["--transparent", open("10.0.0.2", true), true],
    ["--transparent", open("0.0.0.0", true), false],
    ["--transparent --nowildcard", open("0.0.0.0", true), true],
    ["", listener("10.0.0.2", { port: 81 }), false],
  ])("P5 -m socket %s with %j: %s", (option, socket, holds) => {
    const seen = tryOut(`mangle -A PREROUTING -m socket ${option}`, [IN], { sockets: [socket] });
    expect(seen.hits[0]).toEqual(holds ? ["mangle PREROUTING 1"] : []);
  });

  test("P6 TPROXY and REDIRECT on one packet: nat rewrites it behind the assigned socket's back", () => {
    const rules = `${RULE}\nnat -A PREROUTING -p tcp -j REDIRECT --to-ports 15001`;
    const seen = tryOut(rules, [IN], { ...LOCAL, sockets: [listener("0.0.0.0")] });
    expect(seen.hits[0]).toEqual(["mangle PREROUTING 1", "nat PREROUTING 1"]);
    expect(seen.walks[0]!.fate).toMatchObject({ dport: 15001, socket: { port: 15006 } });
    expect(seen.walks[0]!.originalDst).toEqual({ address: "10.0.0.2", port: 80 });
  });

  /** The rules of a sidecar with interceptionMode TPROXY, as far as this needs them. */
  const SIDECAR = `mangle -A PREROUTING -p tcp -j ISTIO_INBOUND
    mangle -A ISTIO_INBOUND -p tcp --dport 22 -j RETURN
    mangle -A ISTIO_INBOUND -p tcp -i lo -m mark ! --mark 0x53a -j RETURN
    mangle -A ISTIO_INBOUND -p tcp -s 127.0.0.6/32 -i lo -j RETURN
    mangle -A ISTIO_INBOUND -p tcp -m mark --mark 0x539 -j RETURN
    mangle -A ISTIO_INBOUND -p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT
    mangle -A ISTIO_INBOUND -p tcp -j ISTIO_TPROXY
    mangle -A ISTIO_DIVERT -j MARK --set-xmark 0x539/0xffffffff
    mangle -A ISTIO_DIVERT -j ACCEPT
    mangle -A ISTIO_TPROXY ! -d 127.0.0.1/32 -p tcp -j TPROXY --on-port 15006 --on-ip 0.0.0.0 --tproxy-mark 0x539/0xffffffff
    mangle -A PREROUTING -p tcp -m mark --mark 0x539 -j CONNMARK --save-mark
    mangle -A OUTPUT -p tcp -m connmark --mark 0x539 -j CONNMARK --restore-mark
    mangle -A OUTPUT ! -d 127.0.0.1/32 -p tcp -o lo -m mark --mark 0x0 -m owner --gid-owner 1337 -j MARK --set-xmark 0x53a/0xffffffff`;
  const pod: Setting = {
    ...LOCAL,
    sockets: [listener("0.0.0.0", { uid: 0, gid: 1337 }), { proto: "tcp", address: "0.0.0.0", port: 80 }],
  };

  test("P7 Istio's TPROXY mode: from outside to the proxy, later packets by DIVERT, an excluded port directly", () => {
    const seen = tryOut(
      SIDECAR,
      [
        IN,
        "tcp 10.0.0.2:80 -> 10.0.0.9:4000 flags=SYN,ACK uid=0 gid=1337 transparent=yes mark=1337",
        `${IN} flags=ACK`,
        IN.replace(":80", ":22"),
      ],
      pod,
    );
    expect(seen.walks[0]!.fate).toMatchObject({
      kind: "delivered",
      in: "eth0",
      mark: 0x539,
      socket: { address: "10.0.0.2", port: 15006 },
    });
    expect(seen.hits[2]).toContain("mangle ISTIO_DIVERT 1");
    expect(seen.walks[2]!.fate).toMatchObject({ kind: "delivered", mark: 0x539 });
    expect(seen.walks[3]!.fate).toMatchObject({ kind: "delivered", dport: 22, mark: 0, socket: null });
  });

  test("P7 the proxy, with the client's address and mark, reaches the application; the answer is routed back over lo", () => {
    const seen = tryOut(
      SIDECAR,
      [
        "tcp 10.0.0.9:5000 -> 10.0.0.2:80 uid=0 gid=1337 transparent=yes mark=1337",
        "tcp 10.0.0.2:80 -> 10.0.0.9:5000 flags=SYN,ACK uid=1000 gid=1000",
      ],
      pod,
    );
    expect(seen.walks[0]!.fate).toMatchObject({ kind: "delivered", in: "lo", dport: 80, mark: 0x539 });
    expect(seen.walks[0]!.conntrack).toMatchObject({ mark: 0x539 });
    expect(seen.hits[1]).toContain("mangle OUTPUT 1");
    expect(seen.walks[1]!.fate).toMatchObject({ kind: "delivered", in: "lo", dst: "10.0.0.9", mark: 0x539 });
  });

  test("P7 the proxy to its own pod address is caught on lo by the second mark", () => {
    const seen = tryOut(SIDECAR, ["tcp 10.0.0.2:5000 -> 10.0.0.2:80 uid=0 gid=1337"], pod);
    expect(seen.hits[0]).toContain("mangle ISTIO_TPROXY 1");
    expect(seen.walks[0]!.fate).toMatchObject({
      kind: "delivered",
      in: "lo",
      socket: { address: "10.0.0.2", port: 15006 },
    });
  });

  test.each(["ipv4", "ipv6"] as const)(
    "P8 REDIRECT on lo answers from loopback: to a foreign client no IPv4 route, and IPv6 by the mark (%s)",
    (family) => {
      const four = family === "ipv4";
      const [client, host, loopback] = four ? ["10.0.0.9", "10.0.0.2", "127.0.0.1"] : ["fd00::9", "fd00::2", "::1"];
      const rules = `nat -A OUTPUT -o lo -p tcp --dport 80 -j REDIRECT --to-ports 15006
        mangle -A PREROUTING -p tcp -m mark --mark 0x539 -j CONNMARK --save-mark
        mangle -A OUTPUT -p tcp -m connmark --mark 0x539 -j CONNMARK --restore-mark`;
      const marked = { ...LOCAL.rules![0]!, family };
      const route = { to: "default", dev: "lo", type: "local", table: 133, family };
      const setting: Setting = { ...HOST, family, rules: [marked], routes: [...HOST.routes!, route] };
      const packets = [
        { proto: "tcp", src: client, sport: 5000, dst: host, dport: 80, mark: 0x539, transparent: true },
        { proto: "tcp", src: loopback, sport: 15006, dst: client, dport: 5000, flags: ["SYN", "ACK"] },
      ];
      const seen = tryOut(rules, packets, setting);
      expect(seen.walks[0]!.fate).toMatchObject({ kind: "delivered", dst: loopback, dport: 15006 });
      expect(seen.walks[1]!.fate).toMatchObject(
        four ? { kind: "unroutable" } : { kind: "delivered", in: "lo", src: host, sport: 80, dst: client, dport: 5000 },
      );
      // Where no route is found no chain is asked, and the mark comes too late.
      expect(seen.hits[1]).toEqual(four ? [] : ["mangle OUTPUT 1", "mangle PREROUTING 1"]);
      const localnet = tryOut(rules, packets, { ...setting, sysctl: { "net.ipv4.conf.all.route_localnet": 1 } });
      expect(localnet.walks[1]!.fate).toMatchObject({ kind: "delivered", in: "lo", dst: client, dport: 5000 });
    },
  );

  test("P9 TPROXY ends its table, so a mark that is saved behind it is not there for the answer", () => {
    const rules = (first: string, second: string) => `mangle -A PREROUTING ${first}
      mangle -A PREROUTING ${second}
      mangle -A OUTPUT -p tcp -m connmark --mark 0x539 -j CONNMARK --restore-mark`;
    const caught = "-p tcp --dport 80 -j TPROXY --on-port 15006 --tproxy-mark 0x539";
    const saved = "-p tcp -j CONNMARK --set-mark 0x539";
    const packets = [
      { proto: "tcp", src: "10.0.0.9", sport: 5000, dst: "10.0.0.2", dport: 80, transparent: true },
      { proto: "tcp", src: "10.0.0.2", sport: 80, dst: "10.0.0.9", dport: 5000, flags: ["SYN", "ACK"] },
    ];
    const setting = { ...LOCAL, sockets: [listener("0.0.0.0")] };
    const behind = tryOut(rules(caught, saved), packets, setting);
    expect(behind.hits[0]).toEqual(["mangle PREROUTING 1"]);
    expect(behind.walks[1]!.fate).toMatchObject({ kind: "sent", out: "eth0" });
    const before = tryOut(rules(saved, caught), packets, setting);
    expect(before.walks[1]!.fate).toMatchObject({ kind: "delivered", in: "lo", mark: 0x539 });
  });
});
