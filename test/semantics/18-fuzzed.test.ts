import { describe, expect, test } from "vitest";
import { entries, type Timed, tryOut } from "./world.ts";

const syn = (sport: number, dport = 80): string => `tcp 10.0.0.9:${sport} -> 10.0.0.2:${dport} in=eth0`;

describe("18. Found by fuzzing", () => {
  test("E1 a RST before any reply ends the entry at once; the packet itself still has it", () => {
    const seen = tryOut("nat -A PREROUTING -p tcp -j REDIRECT --to-ports 1", [
      syn(4000),
      `${syn(4000)} flags=RST`,
      syn(4000),
    ]);
    expect(seen.ends[1]).toBe("delivered eth0 10.0.0.9:4000 -> 10.0.0.2:1");
    expect(seen.hits).toEqual([["nat PREROUTING 1"], [], ["nat PREROUTING 1"]]);
    const answered = tryOut("filter", [syn(4000), "tcp 10.0.0.2:80 -> 10.0.0.9:4000 flags=RST,ACK"], {
      conntrack: true,
    });
    expect(entries(answered.netns)).toEqual([]);
  });

  const LIMIT = "filter -A INPUT -p tcp --dport 80 -m connlimit --connlimit-above 1 --connlimit-saddr";
  test.each([
    ["connections that never reached the rule do not count", [syn(1, 81), syn(2, 81), syn(3)], [0, 0, 0]],
    ["the second one is above, also when it is seen again", [syn(1), syn(2), syn(2)], [0, 1, 1]],
    ["an older one that is seen again counts them all", [syn(1), syn(2), `${syn(1)} flags=ACK`], [0, 1, 1]],
    ["one that a RST ended does not count", [syn(1), `${syn(1)} flags=RST`, syn(2), syn(3)], [0, 0, 0, 1]],
    ["other sources have a count of their own", [syn(1), syn(2).replace("0.9", "0.8"), syn(3)], [0, 0, 1]],
  ])("E2 connlimit keeps a list of its own: %s", (_, packets, hits) => {
    expect(tryOut(LIMIT, packets, { conntrack: true }).hits.map((one) => one.length)).toEqual(hits);
  });

  test("E3 an address range: by hash of both addresses and the zone, of the source alone with --persistent", () => {
    const chosen = (option: string, to: readonly string[], more = "") => {
      const rules = `${more}\nnat -A OUTPUT -d 10.9.0.0/16 -j DNAT --to-destination 192.168.7.0-192.168.7.255 ${option}`;
      const { walks } = tryOut(
        rules,
        to.map((dst, at) => `udp 10.0.0.2:${4000 + at} -> ${dst}:53`),
      );
      return walks.map(({ fate }) => fate.kind === "sent" && fate.dst);
    };
    const many = Array.from({ length: 8 }, (_, at) => `10.9.0.${at + 1}`);
    expect(new Set(chosen("", many)).size).toBeGreaterThan(1);
    expect(new Set(chosen("--persistent", many)).size).toBe(1);
    expect(chosen("", many, "raw -A OUTPUT -j CT --zone 9")).not.toEqual(chosen("", many));
  });

  test("E4 a connection to itself without ports: the second packet is a reply at once", () => {
    const seen = tryOut("filter", ["253 10.0.0.2 -> 10.0.0.2", "253 10.0.0.2 -> 10.0.0.2"], { conntrack: true });
    expect(seen.states).toEqual(["NEW", "ESTABLISHED"]);
  });

  test("E5 a connection that shares a tuple with another one is dropped when it would be entered", () => {
    const rules = `nat -A POSTROUTING -p tcp -j SNAT --to-source 10.0.0.2:5000
      nat -A OUTPUT -p tcp -d 9.9.9.9 -j DNAT --to-destination 8.8.8.8`;
    const out = (sport: number, dst: string) => `tcp 10.0.0.2:${sport} -> ${dst}:80`;
    const seen = tryOut(rules, [out(4000, "8.8.8.8"), out(4001, "9.9.9.9")]);
    expect(seen.walks.map(({ fate }) => fate.kind)).toEqual(["sent", "unroutable"]);
    expect(entries(seen.netns)).toHaveLength(1);
  });

  test("E6 the same connection opened from the other side keeps its port, and is dropped for the tuple that it shares", () => {
    const rules = "raw -A OUTPUT -j CT --zone-reply 1\nnat";
    const seen = tryOut(rules, ["udp 10.0.0.2:4000 -> 8.8.8.8:53", "udp 8.8.8.8:53 -> 10.0.0.2:4000 in=eth0"]);
    expect(seen.walks[1]!.fate.kind).toBe("unroutable");
    expect(seen.walks[1]!.conntrack).toMatchObject({ reply: { dport: 53 } });
    expect(entries(seen.netns)).toHaveLength(1);
  });

  test("E12 a TCP connection opened from the other side gets another port", () => {
    const rules = "raw -A OUTPUT -j CT --zone-reply 1\nnat";
    const seen = tryOut(rules, ["tcp 10.0.0.2:4000 -> 8.8.8.8:53", "tcp 8.8.8.8:53 -> 10.0.0.2:4000 in=eth0"]);
    expect(seen.walks[1]!.fate).toMatchObject({ kind: "delivered", dport: 4000 });
    expect(seen.walks[1]!.conntrack!.reply).not.toMatchObject({ dport: 53 });
    expect(entries(seen.netns)).toHaveLength(2);
  });

  test("E7 a RST that answers the challenge to a SYN ends the attempt, whatever it acknowledges", () => {
    const challenge = "tcp 10.0.0.2:80 -> 10.0.0.9:4000 flags=ACK seq=90000 ack=1001";
    const reset = (seq: number) => `${syn(4000)} flags=RST,ACK seq=${seq} ack=500000`;
    const states = (seq: number) =>
      tryOut("mangle", [`${syn(4000)} seq=1000`, challenge, reset(seq)], { conntrack: true }).states;
    expect(states(1001)).toEqual(["NEW", "ESTABLISHED", "ESTABLISHED"]);
    expect(states(1002)).toEqual(["NEW", "ESTABLISHED", null]);
  });

  test("E8 the way back is looked up as if the packet came in from where it leaves", () => {
    const setting = {
      sysctl: { "net.ipv4.ip_forward": 1, "net.ipv4.conf.all.rp_filter": 1 },
      routes: [
        { to: "default", via: "10.0.0.1", dev: "eth0" },
        { to: "default", via: "192.168.7.2", dev: "eth1", table: "100" },
      ],
    };
    const packets = ["tcp 172.16.3.3:4000 -> 10.0.0.9:80 in=eth1"];
    expect(tryOut("filter", packets, setting).walks[0]!.fate.kind).toBe("unroutable");
    const rules = [{ priority: 80, iif: "eth0", table: "100" }];
    expect(tryOut("filter", packets, { ...setting, rules }).walks[0]!.fate).toMatchObject({
      kind: "sent",
      out: "eth0",
    });
  });

  test("E9 behind CT, raw rules see its template, and CONNMARK leaves a mark on it", () => {
    const rules = `raw -A PREROUTING -m connmark --mark 0
      raw -A PREROUTING -j CT --zone 7
      raw -A PREROUTING -m connmark --mark 0
      raw -A PREROUTING -m conntrack --ctstate NEW --ctproto 0
      raw -A PREROUTING -j CONNMARK --set-mark 5`;
    const seen = tryOut(rules, [syn(4000), syn(4001)]);
    const raw = (...numbers: readonly number[]) => numbers.map((one) => `raw PREROUTING ${one}`);
    expect(seen.hits).toEqual([raw(2, 3, 4, 5), raw(2, 4, 5)]);
    expect(entries(seen.netns)).toHaveLength(2);
  });

  test("E9 behind CT, connlimit counts the template alone, in its zone", () => {
    const rules = `raw -A PREROUTING -j CT --zone 7
      raw -A PREROUTING -m connlimit --connlimit-upto 1 --connlimit-mask 0`;
    const udp = (sport: number, more = "") => `udp 10.0.0.9:${sport} -> 10.0.0.2:53 in=eth0${more}`;
    const seen = tryOut(rules, ["udp -> 127.0.0.1:53 uid=0 gid=0", udp(1), udp(2), udp(3)]);
    expect(seen.hits.map((one) => one.filter((rule) => rule === "raw PREROUTING 2").length)).toEqual([1, 1, 1, 1]);
  });

  test("E10 an unbound raw socket whose mark leads to a local route sends from the destination", () => {
    const seen = tryOut("filter", ["icmp -> 203.0.113.7 mark=5"], {
      routes: [{ type: "local", to: "0.0.0.0/0", dev: "lo", table: "133" }],
      rules: [{ priority: 100, fwmark: "5", table: "133" }],
    });
    expect(seen.walks[0]!.fate).toMatchObject({ kind: "delivered", in: "lo", src: "203.0.113.7", dst: "203.0.113.7" });
  });

  test.each([
    ["", 0],
    ["--nowildcard", 1],
    ["--nowildcard --transparent", 1],
  ])("E11 behind TPROXY, -m socket %s looks at the assigned listener", (option, hits) => {
    const rules = `mangle -A PREROUTING -p tcp -j TPROXY --on-port 15006 --on-ip 0.0.0.0
      filter -A INPUT -m socket ${option}`;
    const sockets = [{ proto: "tcp", address: "0.0.0.0", port: 15006, transparent: true }] as const;
    const { hits: seen } = tryOut(rules, [syn(4000)], { sockets });
    expect(seen[0]!.filter((one) => one.startsWith("filter"))).toHaveLength(hits);
  });

  describe("the life of an established entry", () => {
    const back = (words: string) => `tcp 10.0.0.2:80 -> 10.0.0.9:4000 ${words}`;
    const handshake = [
      `${syn(4000)} seq=1000`,
      back("flags=SYN,ACK seq=5000 ack=1001"),
      `${syn(4000)} flags=ACK seq=1001 ack=5001`,
    ];
    const lives = (more: readonly string[]): boolean => {
      const packets: Timed[] = [...handshake, ...more, [301, `${syn(4000)} flags=FIN,ACK seq=1001 ack=5001`]];
      return tryOut("mangle", packets, { conntrack: true }).states.at(-1) === "ESTABLISHED";
    };

    test.each<readonly [string, readonly string[], boolean]>([
      ["nothing more was said", [], true],
      ["the window is closed", [`${syn(4000)} flags=ACK seq=1001 ack=5001 window=0`], false],
      ["data waits for its acknowledgement", [`${syn(4000)} flags=ACK seq=1001 ack=5001 length=45`], false],
      ["an ACK came twice again", Array(2).fill(`${syn(4000)} flags=ACK seq=1001 ack=5001`), true],
      ["an ACK came three times again", Array(3).fill(`${syn(4000)} flags=ACK seq=1001 ack=5001`), false],
      ["one side's RST was not believed", [back("flags=RST seq=400000")], true],
      [
        "nor the other side's FIN",
        [back("flags=RST seq=400000"), `${syn(4000)} flags=FIN,ACK seq=400000 ack=5001`],
        false,
      ],
    ])("E13 %s", (_, more, expected) => expect(lives(more)).toBe(expected));
  });
});
