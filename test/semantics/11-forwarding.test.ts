import { describe, expect, test } from "vitest";
import { outcomes } from "../../src/index.ts";
import { HOST, ROUTER, run, tryOut, world } from "./world.ts";

describe("11. Forwarding, bridges", () => {
  test("F1 chains and devices of a forwarded packet; FORWARD sees the translated destination and the source as it came", () => {
    const rules = `raw -A PREROUTING -i eth0 -d 10.0.0.2
      mangle -A PREROUTING -i eth0 -d 10.0.0.2
      nat -A PREROUTING -i eth0 -p tcp -d 10.0.0.2 -j DNAT --to-destination 192.168.7.9:8080
      mangle -A FORWARD -i eth0 -o eth1 -s 10.0.0.9 -d 192.168.7.9
      filter -A FORWARD -i eth0 -o eth1 -p tcp --dport 8080
      security -A FORWARD -i eth0 -o eth1
      mangle -A POSTROUTING -o eth1 -s 10.0.0.9
      nat -A POSTROUTING -o eth1 -j MASQUERADE`;
    const seen = tryOut(rules, ["tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0"], ROUTER);
    expect(seen.hits[0]).toEqual([
      "raw PREROUTING 1",
      "mangle PREROUTING 1",
      "nat PREROUTING 1",
      "mangle FORWARD 1",
      "filter FORWARD 1",
      "security FORWARD 1",
      "mangle POSTROUTING 1",
      "nat POSTROUTING 1",
    ]);
    expect(seen.ends).toEqual(["sent eth1 192.168.7.1:4000 -> 192.168.7.9:8080"]);
  });

  test("F1 a whole conversation through DNAT and MASQUERADE: nat counts once, the client sees the dialled address", () => {
    const rules = `nat -A PREROUTING -i eth0 -p tcp -d 10.0.0.2 -j DNAT --to-destination 192.168.7.9:8080
      nat -A POSTROUTING -o eth1 -j MASQUERADE`;
    const there = "tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0";
    const back = "tcp 192.168.7.9:8080 -> 192.168.7.1:4000 in=eth1";
    const seen = tryOut(
      rules,
      [there, `${back} flags=SYN,ACK`, `${there} flags=ACK`, `${there} flags=FIN,ACK`, `${back} flags=FIN,ACK`],
      ROUTER,
    );
    const client = "sent eth0 10.0.0.2:80 -> 10.0.0.9:4000";
    const server = "sent eth1 192.168.7.1:4000 -> 192.168.7.9:8080";
    expect(seen.ends).toEqual([server, client, server, server, client]);
    expect(seen.hits).toEqual([["nat PREROUTING 1", "nat POSTROUTING 1"], [], [], [], []]);
    expect(seen.states).toEqual(["NEW", ...Array(4).fill("ESTABLISHED")]);
  });

  test("F2 what a bridge switches passes the chains unless bridge-nf-call-iptables is off", () => {
    const setting = (call: number) => ({ sysctl: { "net.bridge.bridge-nf-call-iptables": call } });
    const frame = "udp 10.0.0.9:1 -> 10.0.0.8:2 in=eth0 physIn=a physOut=b";
    const rules = "filter -A FORWARD -i eth0 -o eth0\nnat -A PREROUTING\nnat -A POSTROUTING -o eth0";
    expect(tryOut(rules, [frame], { ...setting(1), conntrack: true }).hits[0]).toEqual([
      "nat PREROUTING 1",
      "filter FORWARD 1",
      "nat POSTROUTING 1",
    ]);
    const off = tryOut(rules, [frame], { ...setting(0), conntrack: true });
    expect(off.all).toEqual([[]]);
    expect(off.walks[0]!.fate).toMatchObject({ kind: "sent", out: "eth0", physOut: "b" });
    // The family's own setting counts.
    const six = frame.replace("10.0.0.9:1", "[fd00::9]:1").replace("10.0.0.8:2", "[fd00::8]:2");
    expect(tryOut(rules, [six], { ...setting(0), family: "ipv6" }).hits[0]).toEqual(["filter FORWARD 1"]);
  });

  test("F3 without MASQUERADE a bridge translates the answer back that it switches", () => {
    const rules = "nat -A PREROUTING -p tcp -d 10.9.0.1 -j DNAT --to-destination 192.168.7.9";
    const seen = tryOut(
      rules,
      [
        "tcp 192.168.7.8:4000 -> 10.9.0.1:80 in=eth1 physIn=a",
        "tcp 192.168.7.9:80 -> 192.168.7.8:4000 in=eth1 physIn=b physOut=a flags=SYN,ACK",
      ],
      ROUTER,
    );
    expect(seen.ends[1]).toBe("sent eth1 10.9.0.1:80 -> 192.168.7.8:4000");
    expect(seen.states).toEqual(["NEW", "ESTABLISHED"]);
  });

  test.each([
    ["with", true],
    ["without", false],
  ])("F3 hairpin through a router %s MASQUERADE: the answer comes back to it or passes it by", (_, masquerade) => {
    const rules = `nat -A PREROUTING -p tcp -d 10.9.0.1 -j DNAT --to-destination 192.168.7.9
      ${masquerade ? "nat -A POSTROUTING -s 192.168.7.0/24 -d 192.168.7.9 -j MASQUERADE" : ""}`;
    const seen = tryOut(rules, ["tcp 192.168.7.8:4000 -> 10.9.0.1:80 in=eth1"], ROUTER);
    const source = masquerade ? "192.168.7.1" : "192.168.7.8";
    expect(seen.ends).toEqual([`sent eth1 ${source}:4000 -> 192.168.7.9:80`]);
    // The server answers the source it sees: only the router's own address brings the answer here, where it is undone.
    if (!masquerade) return;
    expect(run(seen.netns, ["tcp 192.168.7.9:80 -> 192.168.7.1:4000 in=eth1 flags=SYN,ACK"]).ends).toEqual([
      "sent eth1 10.9.0.1:80 -> 192.168.7.8:4000",
    ]);
  });

  /** One service with two endpoints, in the shape of kube-proxy's rules. */
  const SERVICE = `nat -A PREROUTING -j KUBE-SERVICES
    nat -A OUTPUT -j KUBE-SERVICES
    nat -A KUBE-SERVICES -d 10.96.0.10/32 -p tcp --dport 80 -j KUBE-SVC
    nat -A KUBE-SVC ! -s 192.168.7.0/24 -d 10.96.0.10/32 -p tcp --dport 80 -j KUBE-MARK-MASQ
    nat -A KUBE-SVC -m statistic --mode random --probability 0.5 -j KUBE-SEP-1
    nat -A KUBE-SVC -j KUBE-SEP-2
    nat -A KUBE-SEP-1 -s 192.168.7.8/32 -j KUBE-MARK-MASQ
    nat -A KUBE-SEP-1 -p tcp -j DNAT --to-destination 192.168.7.8:8080
    nat -A KUBE-SEP-2 -s 192.168.7.9/32 -j KUBE-MARK-MASQ
    nat -A KUBE-SEP-2 -p tcp -j DNAT --to-destination 192.168.7.9:8080
    nat -A KUBE-MARK-MASQ -j MARK --or-mark 0x4000
    nat -A POSTROUTING -j KUBE-POSTROUTING
    nat -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
    nat -A KUBE-POSTROUTING -j MARK --xor-mark 0x4000
    nat -A KUBE-POSTROUTING -j MASQUERADE`;
  test.each([
    ["a pod", "tcp 192.168.7.77:4000 -> 10.96.0.10:80 in=eth1", "192.168.7.77"],
    ["the node", "tcp -> 10.96.0.10:80", "192.168.7.1"],
    ["outside", "tcp 10.0.0.9:4000 -> 10.96.0.10:80 in=eth0", "192.168.7.1"],
  ])("F4 kube-proxy's rules for a connection from %s", (_, packet, source) => {
    const found = outcomes(world(SERVICE, ROUTER), packet);
    const ends = found.map(({ walk, probability }) => {
      const { fate } = walk;
      return fate.kind === "sent"
        ? `${probability} ${fate.out} ${fate.src} ${fate.dst}:${fate.dport} ${fate.mark}`
        : fate.kind;
    });
    expect(ends.sort()).toEqual([`0.5 eth1 ${source} 192.168.7.8:8080 0`, `0.5 eth1 ${source} 192.168.7.9:8080 0`]);
  });

  test("F4 Docker: a published port from outside and from the host, not from 127.0.0.1", () => {
    const rules = `nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
      nat -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
      nat -A POSTROUTING -s 192.168.7.0/24 ! -o eth1 -j MASQUERADE
      nat -A DOCKER -i eth1 -j RETURN
      nat -A DOCKER ! -i eth1 -p tcp --dport 8080 -j DNAT --to-destination 192.168.7.9:80`;
    const seen = tryOut(
      rules,
      [
        "tcp 10.0.0.9:4000 -> 10.0.0.2:8080 in=eth0",
        "tcp -> 10.0.0.2:8080",
        "tcp -> 127.0.0.1:8080",
        "tcp 192.168.7.9:4000 -> 8.8.8.8:53 in=eth1",
      ],
      {
        ...HOST,
        sysctl: ROUTER.sysctl!,
      },
    );
    expect(seen.ends).toEqual([
      "sent eth1 10.0.0.9:4000 -> 192.168.7.9:80",
      "sent eth1 10.0.0.2:40000 -> 192.168.7.9:80",
      "delivered lo 127.0.0.1:40000 -> 127.0.0.1:8080",
      "sent eth0 10.0.0.2:4000 -> 8.8.8.8:53",
    ]);
  });
});
