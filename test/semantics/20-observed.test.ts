import { describe, expect, test } from "vitest";
import { outcomes, type Walk } from "../../src/index.ts";
import { entries, run, type Setting, tryOut, world } from "./world.ts";

/** The end of each walk that is possible, in short. */
const kinds = (all: readonly { readonly walk: Walk }[]): string[] => all.map(({ walk }) => walk.fate.kind).sort();

describe("20. Second look at what was not observed", () => {
  describe("IPsec", () => {
    const RULES = `mangle -A FORWARD -m policy --dir in --pol none
      mangle -A FORWARD -m policy --dir out --pol none
      mangle -A FORWARD -m policy --dir in --pol ipsec
      mangle -A FORWARD -m policy --dir in --pol ipsec --strict --proto esp
      mangle -A PREROUTING -m policy --dir in --pol none
      mangle -A POSTROUTING -m policy --dir out --pol ipsec`;
    const PACKET = "udp 10.0.0.9:1 -> 192.168.7.9:2 in=eth0";
    const forwards = { sysctl: { "net.ipv4.ip_forward": 1 } };

    test("U1 a host without IPsec: --pol none holds, --pol ipsec does not", () => {
      const seen = tryOut(RULES, [PACKET], { ...forwards, xfrm: "none" });
      expect(seen.hits[0]).toEqual(["mangle PREROUTING 1", "mangle FORWARD 1", "mangle FORWARD 2"]);
    });

    test("U1 if nobody said, what depends on it is open, once for each direction", () => {
      const netns = world(RULES.replaceAll(/(none|esp|ipsec)$/gm, "$1 -j MARK --set-mark 1"), forwards);
      const [fate] = run(netns, [PACKET]).walks.map((walk) => walk.fate);
      expect(fate).toMatchObject({ kind: "undetermined" });
      expect(JSON.stringify(fate)).toContain('set xfrm to \\"none\\"');
      // In and out, and how a packet that came in was protected.
      expect(outcomes(netns, PACKET)).toHaveLength(2 + 4);
      // What does not matter does not disturb.
      expect(
        run(world("filter -A FORWARD -p tcp -m policy --dir in --pol none -j DROP", forwards), [PACKET]).ends,
      ).toEqual(["sent eth1 10.0.0.9:1 -> 192.168.7.9:2"]);
    });
  });

  describe("a full conntrack table", () => {
    const RULES = `raw -A PREROUTING -p udp --dport 99 -j CT --notrack
      mangle -A PREROUTING -m conntrack --ctstate NEW,INVALID,UNTRACKED`;
    const setting = (max: number): Setting => ({
      conntrack: true,
      sysctl: { "net.netfilter.nf_conntrack_max": max, "net.netfilter.nf_conntrack_tcp_loose": 0 },
    });
    const there = "udp 10.0.0.9:1 -> 10.0.0.2:2 in=eth0";
    const back = "udp 10.0.0.2:2 -> 10.0.0.9:1";
    /** A table whose one entry is assured, or is not. */
    const full = (assured: boolean) =>
      run(
        world(RULES, setting(1)),
        assured
          ? [
              [0, there],
              [1, back],
              [3, there],
            ]
          : [[3, there]],
      ).netns;
    const FULL = "unroutable PREROUTING the conntrack table is full";

    test.each([
      ["tcp 10.0.0.9:5 -> 10.0.0.2:80 in=eth0", FULL],
      ["tcp 10.0.0.9:5 -> 10.0.0.2:80 in=eth0 flags=SYN,ACK", FULL],
      ["tcp 10.0.0.9:5 -> 10.0.0.2:80 in=eth0 flags=NONE", FULL],
      ["udp 10.0.0.9:5 -> 10.0.0.2:80 in=eth0", FULL],
      ["udp 10.0.0.9:5 -> 10.0.0.2:99 in=eth0", "delivered eth0 10.0.0.9:5 -> 10.0.0.2:99"],
      ["icmp 10.0.0.9 -> 10.0.0.2 in=eth0 type=0", FULL],
      ["icmp 10.0.0.9 -> 10.0.0.2 in=eth0 type=40", "delivered eth0 10.0.0.9 -> 10.0.0.2"],
      ["icmp 10.0.0.9 -> 10.0.0.2 in=eth0 type=3", "delivered eth0 10.0.0.9 -> 10.0.0.2"],
      [there, "delivered eth0 10.0.0.9:1 -> 10.0.0.2:2"],
      ["udp 10.0.0.2:7 -> 10.0.0.9:7", "unroutable OUTPUT the conntrack table is full"],
    ])("U6 %s: %s", (packet, end) => {
      const seen = run(full(true), [[4, packet]]);
      expect(seen.ends).toEqual([end]);
      const chain = end.includes("OUTPUT") ? "OUTPUT" : "PREROUTING";
      if (end.startsWith("unroutable")) expect(seen.all[0]).toEqual([`raw ${chain} policy`]);
      expect(entries(seen.netns)).toHaveLength(1);
    });

    test("U6 there is room again when an entry has ended, and no limit without the setting", () => {
      const late: [number, string] = [200, "udp 10.0.0.9:5 -> 10.0.0.2:80 in=eth0"];
      expect(run(full(true), [late]).walks[0]!.fate.kind).toBe("delivered");
      const many = Array.from({ length: 30 }, (_, at) => `udp 10.0.0.9:${at + 1} -> 10.0.0.2:80 in=eth0`);
      const left = (max: number) =>
        run(world(RULES, setting(max)), many).walks.filter(({ fate }) => fate.kind === "delivered");
      expect([left(0).length, left(30).length]).toEqual([30, 30]);
    });

    test("U7 one that is not assured may give way: nobody knows whether, or which", () => {
      const packet = "udp 10.0.0.9:5 -> 10.0.0.2:80 in=eth0";
      expect(run(full(false), [[4, packet]]).walks[0]!.fate.kind).toBe("undetermined");
      const possible = outcomes(full(false), packet, { time: 4 });
      expect(kinds(possible)).toEqual(["delivered", "unroutable"]);
      const room = possible.find(({ walk }) => walk.fate.kind === "delivered")!;
      expect(entries(room.netns)).toEqual(["10.0.0.9:5 -> 10.0.0.2:80 | 10.0.0.2:80 -> 10.0.0.9:5"]);
      const three = run(
        world(RULES, setting(3)),
        [1, 2, 3].map((at) => `udp 10.0.0.8:${at} -> 10.0.0.2:80 in=eth0`),
      ).netns;
      expect(kinds(outcomes(three, packet))).toEqual(["delivered", "delivered", "delivered", "unroutable"]);
    });
  });

  describe("SYNPROXY", () => {
    const RULES = `raw -A PREROUTING -i eth0 -p tcp --syn -j CT --notrack
      filter -A INPUT -i eth0 -p tcp -m conntrack --ctstate INVALID,UNTRACKED -j SYNPROXY --wscale 7 --mss 1460
      filter -A INPUT -m conntrack --ctstate INVALID -j DROP`;
    const setting = { sysctl: { "net.netfilter.nf_conntrack_tcp_loose": 0 } };
    const client = (flags: string) => `tcp 10.0.0.9:4000 -> 10.0.0.2:80 in=eth0 flags=${flags}`;

    test("U8 the SYN is answered with a SYN+ACK, and leaves no entry", () => {
      const seen = tryOut(RULES, [client("SYN"), client("SYN")], setting);
      expect(seen.ends).toEqual(Array(2).fill("answered SYN-ACK filter INPUT 1"));
      expect(entries(seen.netns)).toEqual([]);
      const answer = "tcp 10.0.0.2:80 -> 10.0.0.9:4000 flags=SYN,ACK";
      const back = `${RULES}\nmangle -A OUTPUT -m conntrack --ctstate INVALID`;
      expect(tryOut(back, [client("SYN"), answer], setting).hits[1]).toEqual(["mangle OUTPUT 1"]);
      const tracked = "filter -A INPUT -p tcp -m conntrack --ctstate NEW -j SYNPROXY";
      expect(entries(tryOut(tracked, [client("SYN")]).netns)).toEqual([]);
    });

    test.each(["ACK", "ACK,PSH"])("U9 an %s opens the connection if it has the cookie, else it is dropped", (flags) => {
      const netns = world(RULES, setting);
      expect(run(netns, [client(flags)]).ends).toEqual(["undetermined cookie"]);
      const ends = outcomes(netns, client(flags)).map(({ walk }) => walk.fate);
      expect(ends).toMatchObject([
        { kind: "dropped", chain: "INPUT", rule: 1 },
        { kind: "answered", with: "SYN to the server", chain: "INPUT", rule: 1 },
      ]);
      // The SYN to the server is the caller's to send; what follows is an ordinary connection.
      const proxied = world("filter -A OUTPUT -m conntrack --ctstate NEW", { ...setting, conntrack: true });
      const syn = { proto: "tcp", src: "10.0.0.9", sport: 4000, dst: "192.168.7.9", dport: 80, transparent: true };
      expect(run(proxied, [syn]).hits).toEqual([["filter OUTPUT 1"]]);
    });

    test.each(["SYN,ACK", "FIN,ACK", "RST", "NONE"])("U10 %s goes on behind the rule", (flags) => {
      expect(tryOut(RULES, [client(flags)], setting).hits[0]).toEqual(["filter INPUT 1", "filter INPUT 2"]);
    });

    test("U10 it switches conntrack on", () => {
      const seen = tryOut("filter -A INPUT -p tcp --dport 443 -j SYNPROXY", ["udp 10.0.0.9:1 -> 10.0.0.2:2 in=eth0"]);
      expect(entries(seen.netns)).toHaveLength(1);
    });
  });

  test("U11 SECMARK and CONNSECMARK go on and change nothing; CONNSECMARK switches conntrack on", () => {
    const packet = "udp 10.0.0.9:1 -> 10.0.0.2:2 in=eth0";
    const seen = (rule: string) => tryOut(`mangle -A INPUT -j ${rule}\nmangle -A INPUT -m mark --mark 0`, [packet]);
    const rules = ["SECMARK --selctx system_u:object_r:web_packet_t:s0", "CONNSECMARK --save", "CONNSECMARK --restore"];
    for (const rule of rules) expect(seen(rule).hits[0]).toEqual(["mangle INPUT 1", "mangle INPUT 2"]);
    expect(rules.map((rule) => entries(seen(rule).netns).length)).toEqual([0, 1, 1]);
  });

  const one = (flags: string, seq: number, ack = 0) =>
    `tcp 10.0.0.9:4000 -> 192.168.7.9:5000 in=eth0 flags=${flags} seq=${seq} ack=${ack}`;
  const other = (flags: string, seq: number, ack = 0) =>
    `tcp 192.168.7.9:5000 -> 10.0.0.9:4000 in=eth1 flags=${flags} seq=${seq} ack=${ack}`;
  const SYNS = [one("SYN", 1000), other("SYN", 5000)];
  const SYN_ACK = one("SYN,ACK", 1000, 5001);
  const OTHER_SYN_ACK = other("SYN,ACK", 5000, 1001);
  const ACK = one("ACK", 1001, 5001);
  const OTHER_ACK = other("ACK", 5001, 1001);
  test.each([
    ["both SYN+ACKs, then an ACK", [...SYNS, SYN_ACK, OTHER_SYN_ACK, ACK], "NEW E E E E+"],
    ["the SYN+ACKs the other way round", [...SYNS, OTHER_SYN_ACK, SYN_ACK, ACK], "NEW E E E E+"],
    ["one SYN+ACK and its ACK", [...SYNS, OTHER_SYN_ACK, ACK], "NEW E E E+"],
    ["the first side's SYN+ACK and the other's ACK", [...SYNS, SYN_ACK, OTHER_ACK], "NEW E E E+"],
    ["the SYNs again before", [...SYNS, SYNS[1]!, SYNS[0]!, SYN_ACK, OTHER_ACK], "NEW E E E E E+"],
    ["the first side's SYN again behind a SYN+ACK", [...SYNS, SYN_ACK, SYNS[0]!, OTHER_ACK], "NEW E E E E"],
    ["an ACK without a SYN+ACK", [...SYNS, ACK], "NEW E INVALID"],
  ])("U3 simultaneous open: %s", (_, packets, states) => {
    const rules = `mangle -A FORWARD -m conntrack --ctstate NEW
      mangle -A FORWARD -m conntrack --ctstate INVALID
      mangle -A FORWARD -m conntrack --ctstate ESTABLISHED
      mangle -A FORWARD -m conntrack --ctstatus ASSURED`;
    const { hits } = tryOut(rules, packets, { sysctl: { "net.ipv4.ip_forward": 1 } });
    const names: Readonly<Record<string, string>> = { 1: "NEW", 2: "INVALID", 3: "E", "3 4": "E+" };
    const numbers = hits.map((all) => all.map((hit) => hit.replace("mangle FORWARD ", "")).join(" "));
    expect(numbers.map((all) => names[all]).join(" ")).toBe(states);
  });
});
