import { describe, expect, test } from "vitest";
import { entries, HOST, ROUTER, run, tryOut, world } from "./world.ts";

const IN = "in=eth0";
const FROM = `tcp 10.0.0.9:4000 -> 10.0.0.2:80 ${IN}`;
const REDIRECT = "nat -A PREROUTING -p tcp -j REDIRECT --to-ports 15006";
/** One rule for each state, in this order, in mangle PREROUTING. */
const STATES = ["INVALID", "NEW", "ESTABLISHED", "RELATED", "UNTRACKED"];
const WATCH = STATES.map((state) => `mangle -A PREROUTING -m conntrack --ctstate ${state}`).join("\n");

/** The state that rules see, by the first hit of {@link WATCH}. */
const stateSeen = (hits: readonly string[]): string | undefined => {
  const [rule] = hits.flatMap((hit) => /^mangle PREROUTING (\d)$/.exec(hit)?.[1] ?? []);
  return rule === undefined ? undefined : STATES[Number(rule) - 1];
};

describe("5. Conntrack states", () => {
  test.each([
    ["SYN", "NEW", "NEW"],
    ["ACK", "NEW", "INVALID"],
    ["PSH,ACK", "NEW", "INVALID"],
    ["SYN,ACK", "INVALID", "INVALID"],
    ["FIN", "INVALID", "INVALID"],
    ["FIN,ACK", "INVALID", "INVALID"],
    ["RST", "INVALID", "INVALID"],
    ["RST,ACK", "INVALID", "INVALID"],
    ["NONE", "INVALID", "INVALID"],
    ["FIN,PSH,URG", "INVALID", "INVALID"],
    ["SYN,FIN", "INVALID", "INVALID"],
  ])("C1 a first TCP packet with %s is %s; %s with nf_conntrack_tcp_loose=0", (flags, loose, strict) => {
    const packet = `${FROM} flags=${flags}`;
    expect(stateSeen(tryOut(WATCH, [packet]).hits[0]!)).toBe(loose);
    const sysctl = { "net.netfilter.nf_conntrack_tcp_loose": 0 };
    expect(stateSeen(tryOut(WATCH, [packet], { sysctl }).hits[0]!)).toBe(strict);
  });

  test("C2 INVALID packets are not translated: an unasked SYN+ACK reaches the application's port", () => {
    const seen = tryOut(`${REDIRECT}\n${WATCH}`, [`${FROM} flags=SYN,ACK`, FROM]);
    expect(seen.ends).toEqual([
      "delivered eth0 10.0.0.9:4000 -> 10.0.0.2:80",
      "delivered eth0 10.0.0.9:4000 -> 10.0.0.2:15006",
    ]);
    expect(seen.hits[0]).toEqual(["mangle PREROUTING 1"]);
    expect(seen.walks[0]!.conntrack).toBeNull();
  });

  /** A handshake with sequence numbers: 1001 and 7001 come next. */
  const OPEN = [
    `${FROM} seq=1000`,
    "tcp 10.0.0.2:80 -> 10.0.0.9:4000 flags=SYN,ACK seq=7000 ack=1001",
    `${FROM} flags=ACK seq=1001 ack=7001`,
  ];
  /** The state of a last packet from the client, in mangle PREROUTING. */
  const stateAfter = (packets: readonly string[], last: string): string | undefined =>
    stateSeen(tryOut(WATCH, [...OPEN, ...packets, `${FROM} ${last}`]).hits.at(-1)!);
  const FIN = `${FROM} flags=FIN,ACK seq=1001 ack=7001`;

  test.each([
    ["data that fits", "flags=PSH,ACK seq=1001 ack=7001 length=140", "ESTABLISHED"],
    ["data at the end of the window", "flags=PSH,ACK seq=66536 ack=7001 length=40", "ESTABLISHED"],
    ["data far above the window", "flags=PSH,ACK seq=2000000 ack=7001 length=140", "INVALID"],
    ["an old retransmission", "flags=PSH,ACK seq=4294900000 ack=7001 length=140", "ESTABLISHED"],
    ["an acknowledgement of data that was sent", "flags=ACK seq=1001 ack=7001", "ESTABLISHED"],
    ["an acknowledgement of data that was never sent", "flags=ACK seq=1001 ack=7002", "INVALID"],
    ["a late acknowledgement", "flags=ACK seq=1001 ack=1", "ESTABLISHED"],
    ["a RST exactly where it is expected", "flags=RST seq=1001", "ESTABLISHED"],
    ["a RST below that", "flags=RST seq=900", "INVALID"],
  ])("C3 in an open connection %s (%s) is %s", (_, packet, state) => {
    expect(stateAfter([], packet)).toBe(state);
  });

  test.each([
    ["while it closes, a RST with any number", [FIN], "flags=RST seq=900000", "ESTABLISHED"],
    ["while it closes, an old retransmission", [FIN], "flags=PSH,ACK seq=900 ack=7001 length=60", "ESTABLISHED"],
    ["while it closes, data far above the window", [FIN], "flags=PSH,ACK seq=2000000 ack=7001", "INVALID"],
    [
      "behind a RST, data above the window",
      [`${FROM} flags=RST seq=1001`],
      "flags=PSH,ACK seq=900000 ack=7001",
      "INVALID",
    ],
  ])("C3 %s", (_, before, packet, state) => {
    expect(stateAfter(before, packet)).toBe(state);
  });

  test("C3 a RST that is only near leaves the connection open", () => {
    const near = tryOut("mangle", [...OPEN, `${FROM} flags=RST seq=1101`, FROM], { conntrack: true });
    expect(near.states.at(-1)).toBe("ESTABLISHED");
    const exact = tryOut("mangle", [...OPEN, `${FROM} flags=RST seq=1001`, FROM], { conntrack: true });
    expect(exact.states.at(-1)).toBe("NEW");
  });

  test("C3 an INVALID packet within a translated connection goes where it is addressed", () => {
    const rules = "nat -A PREROUTING -p tcp -j REDIRECT --to-ports 15006";
    const open = [OPEN[0]!, OPEN[1]!.replace(":80 ", ":15006 "), OPEN[2]!];
    const seen = tryOut(rules, [...open, `${FROM} flags=PSH,ACK seq=2000000 ack=7001`]);
    expect(seen.ends.at(-1)).toBe("delivered eth0 10.0.0.9:4000 -> 10.0.0.2:80");
    expect(seen.walks.at(-1)!.conntrack).toBeNull();
  });

  test.each([
    ["both SYNs say so", "windowScale=7", "windowScale=2", "ESTABLISHED"],
    ["only one does", "windowScale=7", "", "INVALID"],
    ["the window of the SYN+ACK itself is meant", "windowScale=7", "windowScale=0", "INVALID"],
  ])("C3 windows are scaled if %s", (_, mine, theirs, state) => {
    const open = [
      `${FROM} seq=1000 ${mine}`,
      `tcp 10.0.0.2:80 -> 10.0.0.9:4000 flags=SYN,ACK seq=7000 ack=1001 window=1000 ${theirs}`,
      `${FROM} flags=ACK seq=1001 ack=7001 window=10`,
      "tcp 10.0.0.2:80 -> 10.0.0.9:4000 flags=ACK seq=7001 ack=1001 window=1000",
    ];
    const far = `${FROM} flags=PSH,ACK seq=5001 ack=7001 length=41`;
    expect(stateSeen(tryOut(WATCH, [...open, far]).hits.at(-1)!)).toBe(state);
  });

  test("C3 without sequence numbers a packet is taken to fit", () => {
    expect(stateAfter([], "flags=PSH,ACK length=140")).toBe("ESTABLISHED");
  });

  test.each([
    ["icmp 10.0.0.9 -> 10.0.0.2 type=8", "NEW"],
    ["icmp 10.0.0.9 -> 10.0.0.2 type=13", "NEW"],
    ["icmp 10.0.0.9 -> 10.0.0.2 type=0", "INVALID"],
    ["icmp 10.0.0.9 -> 10.0.0.2 type=3", "INVALID"],
    ["icmp 10.0.0.9 -> 10.0.0.2 type=11", "INVALID"],
    ["icmp 10.0.0.9 -> 10.0.0.2 type=40", "INVALID"],
    ["253 10.0.0.9 -> 10.0.0.2", "NEW"],
    ["gre 10.0.0.9 -> 10.0.0.2", "NEW"],
    ["udp 10.0.0.9:4000 -> 224.0.0.251:5353", "NEW"],
    ["udp 10.0.0.9:4000 -> 10.0.0.255:5353", "NEW"],
    ["icmp fd00::9 -> fd00::2 type=128", "NEW"],
    ["icmp fd00::9 -> fd00::2 type=129", "INVALID"],
    ["icmp fd00::9 -> fd00::2 type=1", "INVALID"],
  ])("C4 the first packet %s is %s", (packet, state) => {
    const family = packet.includes("fd00") ? "ipv6" : "ipv4";
    expect(stateSeen(tryOut(WATCH, [`${packet} ${IN}`], { family }).hits[0]!)).toBe(state);
  });

  test("C4 an error about a known packet is RELATED, about an unknown one INVALID", () => {
    const error = (sport: number) => ({
      proto: "icmp",
      src: "10.0.0.9",
      dst: "10.0.0.2",
      type: 3,
      code: 3,
      in: "eth0",
      quoted: { proto: "udp", src: "10.0.0.2", sport, dst: "10.0.0.9", dport: 53 },
    });
    const seen = tryOut(WATCH, ["udp 10.0.0.2:4000 -> 10.0.0.9:53", error(4000), error(4001)]);
    expect(seen.hits.map(stateSeen)).toEqual([undefined, "RELATED", "INVALID"]);
  });

  test("C5 a reply is ESTABLISHED at once; the original direction from then on", () => {
    const there = `udp 10.0.0.9:4000 -> 10.0.0.2:53 ${IN}`;
    const seen = tryOut("mangle", [there, there, "udp 10.0.0.2:53 -> 10.0.0.9:4000", there], { conntrack: true });
    expect(seen.states).toEqual(["NEW", "NEW", "ESTABLISHED", "ESTABLISHED"]);
  });

  test("C6 the stack's RST for a closed port is ESTABLISHED in OUTPUT and translated", () => {
    const rules = `${REDIRECT}\nfilter -A OUTPUT -m conntrack --ctstate ESTABLISHED\nfilter -A OUTPUT -m conntrack --ctstate RELATED`;
    const seen = tryOut(rules, [FROM, "tcp 10.0.0.2:15006 -> 10.0.0.9:4000 flags=RST,ACK"]);
    expect(seen.hits[1]).toEqual(["filter OUTPUT 1"]);
    expect(seen.ends[1]).toBe("sent eth0 10.0.0.2:80 -> 10.0.0.9:4000");
  });

  test("C6 an ICMP error made here about a known packet is RELATED in OUTPUT", () => {
    const error = {
      proto: "icmp",
      src: "10.0.0.2",
      dst: "10.0.0.9",
      type: 3,
      code: 3,
      quoted: { proto: "udp", src: "10.0.0.9", sport: 4000, dst: "10.0.0.2", dport: 53 },
    };
    const seen = tryOut("filter -A OUTPUT -m conntrack --ctstate RELATED", [
      `udp 10.0.0.9:4000 -> 10.0.0.2:53 ${IN}`,
      error,
    ]);
    expect(seen.hits[1]).toEqual(["filter OUTPUT 1"]);
  });

  test.each([
    ["--ctstate INVALID", true],
    ["! --ctstate NEW,ESTABLISHED,RELATED", true],
    ["--ctstate NEW", false],
    ["--ctproto 6", false],
    ["! --ctproto 17", false],
    ["--ctorigdst 10.0.0.2", false],
    ["! --ctorigdst 9.9.9.9", false],
    ["! --ctstatus NONE", false],
    ["--ctdir ORIGINAL", false],
    ["--ctstate INVALID --ctorigdst 9.9.9.9", true],
    ["--ctstate INVALID --ctproto 17", true],
  ])("C7 a packet without entry and -m conntrack %s: %s", (options, matches) => {
    const rule = `filter -A INPUT -p tcp -m conntrack ${options}`;
    expect(tryOut(rule, [`${FROM} flags=RST`]).hits[0]).toEqual(matches ? ["filter INPUT 1"] : []);
  });

  test.each(["--mark 0", "! --mark 1", "--mark 0/0"])("C7 a packet without entry and -m connmark %s: no", (options) => {
    expect(tryOut(`filter -A INPUT -m connmark ${options}`, [`${FROM} flags=RST`]).hits).toEqual([[]]);
  });

  test("C7 an untracked packet matches UNTRACKED alone", () => {
    expect(tryOut(`raw -A PREROUTING -j CT --notrack\n${WATCH}`, [FROM]).hits[0]).toEqual([
      "raw PREROUTING 1",
      "mangle PREROUTING 5",
    ]);
  });

  test("C8 DNAT and SNAT as states match both directions; states are or-ed; the original tuple is meant in replies too", () => {
    const rules = `nat -A PREROUTING -p tcp -d 10.0.0.2 -j DNAT --to-destination 192.168.7.9
      filter -A FORWARD -m conntrack --ctstate DNAT
      filter -A FORWARD -m conntrack --ctstate SNAT
      filter -A FORWARD -m conntrack --ctstate SNAT,DNAT
      filter -A FORWARD -m conntrack --ctstate INVALID,NEW,ESTABLISHED
      filter -A FORWARD -m conntrack --ctorigdst 10.0.0.2 --ctorigdstport 80
      filter -A FORWARD -m conntrack --ctorigdst 192.168.7.9`;
    const seen = tryOut(rules, [FROM, "tcp 192.168.7.9:80 -> 10.0.0.9:4000 in=eth1 flags=SYN,ACK"], ROUTER);
    const both = [1, 3, 4, 5].map((rule) => `filter FORWARD ${rule}`);
    expect(seen.hits).toEqual([["nat PREROUTING 1", ...both], both]);
  });

  test("C9 CONNMARK in front of conntrack has nothing to write to", () => {
    const rules = `raw -A PREROUTING -j CONNMARK --set-mark 5
      mangle -A PREROUTING -m connmark --mark 0
      mangle -A PREROUTING -j CONNMARK --set-mark 6`;
    const seen = tryOut(rules, [FROM]);
    expect(seen.hits[0]).toEqual(["raw PREROUTING 1", "mangle PREROUTING 1", "mangle PREROUTING 2"]);
    expect(seen.walks[0]!.conntrack).toMatchObject({ mark: 6 });
  });
});

describe("5a. Zones and notrack", () => {
  const zones = "mangle -A OUTPUT -m conntrack --ctstate NEW\nmangle -A OUTPUT -m conntrack --ctstate UNTRACKED";

  test.each([
    [["--zone 1", "--zone 2"], 1],
    [["--zone 2", "--zone 1"], 2],
    [["--zone 1", "--notrack"], 1],
    [["--notrack", "--zone 1"], null],
  ])("Z1 of the CT rules %j the first decides, all count", (options, zone) => {
    const seen = tryOut(
      options.map((one) => `raw -A OUTPUT -j CT ${one}`).join("\n"),
      ["tcp 10.0.0.2:4000 -> 8.8.8.8:80"],
      {
        conntrack: true,
      },
    );
    expect(seen.hits[0]).toEqual(["raw OUTPUT 1", "raw OUTPUT 2"]);
    expect(seen.walks[0]!.conntrack?.zone ?? null).toBe(zone);
  });

  const OUT = "udp 10.0.0.2:4000 -> 8.8.8.8:53";
  const BACK = "udp 8.8.8.8:53 -> 10.0.0.2:4000 in=eth0";
  test("Z2 a reply in another zone is NEW, opens an entry of its own and is not untranslated", () => {
    const rules = `raw -A OUTPUT -j CT --zone 1
      nat -A OUTPUT -p udp -j DNAT --to-destination 9.9.9.9`;
    const reply = BACK.replace("8.8.8.8", "9.9.9.9");
    const other = tryOut(rules, [OUT, reply]);
    expect(other.states).toEqual(["NEW", "NEW"]);
    expect(other.ends[1]).toBe("delivered eth0 9.9.9.9:53 -> 10.0.0.2:4000");
    expect(entries(other.netns)).toHaveLength(2);
    const same = tryOut(`${rules}\nraw -A PREROUTING -j CT --zone 1`, [OUT, reply]);
    expect(same.states).toEqual(["NEW", "ESTABLISHED"]);
    expect(same.ends[1]).toBe("delivered eth0 8.8.8.8:53 -> 10.0.0.2:4000");
  });

  test.each([
    ["--zone-orig 7", "", "ESTABLISHED"],
    ["--zone-orig 7", "--zone 7", "NEW"],
    ["--zone-reply 7", "", "NEW"],
    ["--zone-reply 7", "--zone 7", "ESTABLISHED"],
    ["--zone-reply 7", "--zone-reply 7", "ESTABLISHED"],
  ])("Z3 sent with %s, the reply with zone [%s]: %s", (out, back, state) => {
    const rules = `raw -A OUTPUT -j CT ${out}\n${back && `raw -A PREROUTING -j CT ${back}`}`;
    expect(tryOut(rules, [OUT, BACK], { conntrack: true }).states).toEqual(["NEW", state]);
  });

  test("Z3 --zone mark takes the packet's mark", () => {
    const seen = tryOut("raw -A OUTPUT -j CT --zone mark", [`${OUT} mark=77`], { conntrack: true });
    expect(seen.walks[0]!.conntrack).toMatchObject({ zone: 77 });
  });

  test("Z4 over lo the zone of OUTPUT stays", () => {
    const rules =
      "raw -A OUTPUT -j CT --zone 3\nraw -A PREROUTING -j CT --zone 4\nmangle -A INPUT -m conntrack --ctstate NEW";
    const seen = tryOut(rules, ["tcp 10.0.0.2:4000 -> 10.0.0.2:80"]);
    expect(seen.hits[0]).toEqual(["raw OUTPUT 1", "raw PREROUTING 1", "mangle INPUT 1"]);
    expect([...seen.netns.conntrack].map((entry) => entry.zone)).toEqual([3]);
  });

  test("Z5 an untracked packet is not consulted by nat, and not translated even within a translated connection", () => {
    const rules = `raw -A PREROUTING -m mark --mark 1 -j CT --notrack
      ${REDIRECT}\n${zones}`;
    const seen = tryOut(rules, [FROM, `${FROM} mark=1`, FROM]);
    expect(seen.ends).toEqual([
      "delivered eth0 10.0.0.9:4000 -> 10.0.0.2:15006",
      "delivered eth0 10.0.0.9:4000 -> 10.0.0.2:80 mark 1",
      "delivered eth0 10.0.0.9:4000 -> 10.0.0.2:15006",
    ]);
    expect(seen.hits[1]).toEqual(["raw PREROUTING 1"]);
    expect(seen.walks[1]!.conntrack).toBeNull();
  });

  /** DNS capture as a sidecar has it: the application's queries in zone 2, the agent's in zone 1. */
  const DNS_ZONES = `raw -A OUTPUT -p udp --dport 53 -m owner --uid-owner 1337 -j CT --zone 1
    raw -A OUTPUT -p udp -d 10.96.0.10 --dport 53 -j CT --zone 2
    raw -A OUTPUT -p udp --sport 15053 -m owner --uid-owner 1337 -j CT --zone 2
    raw -A PREROUTING -p udp --sport 53 -j CT --zone 1`;
  const DNS_NAT = `nat -A OUTPUT -p udp --dport 53 -m owner --uid-owner 1337 -j RETURN
    nat -A OUTPUT -p udp -d 10.96.0.10 --dport 53 -j REDIRECT --to-ports 15053`;
  const QUERY = "udp 10.0.0.2:5000 -> 10.96.0.10:53 uid=1000";
  const ANSWER = "udp 127.0.0.1:15053 -> 10.0.0.2:5000 uid=1337";
  const UPSTREAM = "udp 10.0.0.2:5000 -> 10.96.0.10:53 uid=1337";

  test("Z6 DNS capture with zones: query, answer and the agent's own query from the same source port", () => {
    const seen = tryOut(`${DNS_ZONES}\n${DNS_NAT}`, [
      QUERY,
      ANSWER,
      UPSTREAM,
      "udp 10.96.0.10:53 -> 10.0.0.2:5000 in=eth0",
    ]);
    expect(seen.ends).toEqual([
      "delivered lo 10.0.0.2:5000 -> 127.0.0.1:15053",
      "delivered lo 10.96.0.10:53 -> 10.0.0.2:5000",
      "sent eth0 10.0.0.2:5000 -> 10.96.0.10:53",
      "delivered eth0 10.96.0.10:53 -> 10.0.0.2:5000",
    ]);
    expect(seen.hits).toEqual([
      ["raw OUTPUT 2", "nat OUTPUT 2"],
      ["raw OUTPUT 3", "raw PREROUTING 1"],
      ["raw OUTPUT 1", "raw OUTPUT 2", "nat OUTPUT 1"],
      ["raw PREROUTING 1"],
    ]);
    expect(seen.states).toEqual(["NEW", "ESTABLISHED", "NEW", "ESTABLISHED"]);
  });

  test("Z6 without zones the agent's query meets the application's entry and comes back to the agent", () => {
    const seen = run(world(DNS_NAT, HOST), [QUERY, UPSTREAM]);
    expect(seen.ends[1]).toBe("delivered lo 10.0.0.2:5000 -> 127.0.0.1:15053");
    expect(seen.hits[1]).toEqual([]);
  });
});
