import { describe, expect, test } from "vitest";
import { HOST, ROUTER, tryOut } from "./world.ts";

const localnet = (device: string) => ({ [`net.ipv4.conf.${device}.route_localnet`]: 1 });
const filter = (value: number, device = "all") => ({ [`net.ipv4.conf.${device}.rp_filter`]: value });

describe("12. Martians, rp_filter", () => {
  test.each([
    ["10.0.0.9", "127.0.0.1"],
    ["127.0.0.1", "10.0.0.2"],
    ["127.0.0.9", "10.0.0.2"],
    ["10.0.0.2", "10.0.0.2"],
    ["192.168.7.1", "10.0.0.2"],
    ["0.0.0.0", "10.0.0.2"],
    ["255.255.255.255", "10.0.0.2"],
    ["224.0.0.1", "10.0.0.2"],
    ["10.0.0.9", "0.0.0.1"],
  ])("X1 from %s to %s: through PREROUTING, then dropped by routing", (src, dst) => {
    const seen = tryOut("raw\nmangle\nnat", [`udp ${src}:4000 -> ${dst}:53 in=eth0`], { ...ROUTER, conntrack: true });
    expect(seen.all[0]).toEqual(["raw PREROUTING policy", "mangle PREROUTING policy", "nat PREROUTING policy"]);
    expect(seen.walks[0]!.fate).toMatchObject({ kind: "unroutable", hook: "PREROUTING" });
    expect([...seen.netns.conntrack]).toEqual([]);
  });

  test.each([
    ["all", true],
    ["eth0", true],
    ["eth1", false],
  ])("X2 DNAT to 127.0.0.1 from outside with route_localnet of %s: delivered %s", (device, delivered) => {
    const rules = "nat -A PREROUTING -p tcp -j DNAT --to-destination 127.0.0.1";
    const seen = tryOut(rules, ["tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0"], { sysctl: localnet(device) });
    expect(seen.walks[0]!.fate.kind).toBe(delivered ? "delivered" : "unroutable");
  });

  test("X2 a source of 127.0.0.1 from outside is dropped even so", () => {
    const seen = tryOut("raw", ["tcp 127.0.0.1:4000 -> 10.0.0.2:80 in=eth0"], { sysctl: localnet("all") });
    expect(seen.walks[0]!.fate.kind).toBe("unroutable");
  });

  test("X3 a 127/8 source does not leave: bound sockets fail, after DNAT in OUTPUT POSTROUTING is not reached", () => {
    const rules = `nat -A OUTPUT -d 127.0.0.1 -j DNAT --to-destination 10.0.0.9
      nat -A POSTROUTING -j MASQUERADE`;
    const bound = "tcp 127.0.0.1:4000 -> 10.0.0.9:80";
    const dialled = "tcp 127.0.0.1:4000 -> 127.0.0.1:80";
    const seen = tryOut(rules, [bound, dialled]);
    expect(seen.hits).toEqual([[], ["nat OUTPUT 1"]]);
    expect(seen.walks.map(({ fate }) => fate.kind)).toEqual(["unroutable", "unroutable"]);
    const open = tryOut(rules, [bound, dialled], { sysctl: localnet("all") });
    expect(open.ends.map((end) => end.replace(/:\d+ ->/, ":* ->"))).toEqual([
      "sent eth0 10.0.0.2:* -> 10.0.0.9:80",
      "sent eth0 10.0.0.2:* -> 10.0.0.9:80",
    ]);
  });

  test("X3 with route_localnet alone it leaves with a loopback source", () => {
    const seen = tryOut("filter", ["tcp 127.0.0.1:4000 -> 10.0.0.9:80"], { sysctl: localnet("eth0") });
    expect(seen.ends).toEqual(["sent eth0 127.0.0.1:4000 -> 10.0.0.9:80"]);
  });

  test.each([
    ["strict, back by the same device", filter(1), "10.0.0.9", "eth0", true],
    ["strict, back by another device", filter(1), "192.168.7.9", "eth0", false],
    ["strict, back by the default route of another device", filter(1), "8.8.8.8", "eth1", false],
    ["loose, back by another device", filter(2), "192.168.7.9", "eth0", true],
    ["off", filter(0), "192.168.7.9", "eth0", true],
    ["strict for another device alone", filter(1, "eth1"), "192.168.7.9", "eth0", true],
    [
      "the larger of all and the device: loose wins",
      { ...filter(1), ...filter(2, "eth0") },
      "192.168.7.9",
      "eth0",
      true,
    ],
  ])("X4 rp_filter %s", (_, sysctl, src, device, passes) => {
    const seen = tryOut("mangle", [`tcp ${src}:4000 -> 10.0.0.2:80 in=${device}`], { sysctl });
    expect(seen.walks[0]!.fate.kind).toBe(passes ? "delivered" : "unroutable");
    expect(seen.all[0]![0]).toBe("mangle PREROUTING policy");
  });

  test("X4 loose filtering refuses a source without any route back", () => {
    const { routes: _, ...bare } = HOST;
    const seen = tryOut("mangle", ["tcp 8.8.8.8:4000 -> 10.0.0.2:80 in=eth0"], {
      ...bare,
      routes: [],
      sysctl: filter(2),
    });
    expect(seen.ends).toEqual(["unroutable PREROUTING reverse path filter"]);
  });

  test("X4 it does not touch lo", () => {
    const seen = tryOut("nat -A OUTPUT -p tcp -j REDIRECT --to-ports 15001", ["tcp -> 8.8.8.8:80"], {
      sysctl: filter(1),
    });
    expect(seen.walks[0]!.fate.kind).toBe("delivered");
  });

  test("X5 a packet to the address of another device of the host is accepted", () => {
    const seen = tryOut("filter", ["tcp 10.0.0.9:4000 -> 192.168.7.1:80 in=eth0"]);
    expect(seen.ends).toEqual(["delivered eth0 10.0.0.9:4000 -> 192.168.7.1:80"]);
  });
});
