import { describe, expect, test } from "vitest";
import { type Answer, type Netns, type PacketSpec, send } from "../../src/index.ts";
import { HOST, ROUTER, rulesOf, stepsOf, world } from "./world.ts";

const FROM = "10.0.0.9:4000 -> 10.0.0.2:80 in=eth0";

/** The answer to a packet, by the rules that it met; and the namespace afterwards. */
function answerIn(netns: Netns, packet: string | PacketSpec) {
  const { answer, netns: after } = send(netns, packet, { answers: true });
  return { answer, after, met: answer === null ? null : stepsOf(answer.walk) };
}

const answer = (rules: string, packet: string | PacketSpec, setting = HOST): Answer | null =>
  answerIn(world(rules, setting), packet).answer;

const rules = (answered: Answer | null): readonly string[] =>
  answered === null ? [] : stepsOf(answered.walk).filter((step) => !step.endsWith("policy"));

describe("21. What REJECT answers", () => {
  test("J1 an error is RELATED, in the reply direction of an entry that is never entered", () => {
    const netns = world(`filter -A INPUT -p udp -j REJECT
      filter -A OUTPUT -m conntrack --ctstate RELATED --ctdir REPLY --ctorigdstport 80
      filter -A OUTPUT -m conntrack --ctstate INVALID`);
    const { answer: found, after } = answerIn(netns, `udp ${FROM}`);
    expect(rules(found)).toEqual(["filter OUTPUT 1"]);
    expect(found!.walk.fate).toMatchObject({ kind: "sent", out: "eth0", src: "10.0.0.2", dst: "10.0.0.9" });
    expect([...after.conntrack]).toEqual([]);
  });

  test("J1 what INVALID packets are answered with is looked up: a reset is INVALID, too", () => {
    const text = `filter -A INPUT -p tcp -j REJECT --reject-with tcp-reset
      filter -A OUTPUT -m conntrack --ctstate INVALID`;
    expect(rules(answer(text, `tcp ${FROM} flags=FIN,ACK`))).toEqual(["filter OUTPUT 1"]);
    expect(rules(answer(text, `tcp ${FROM}`))).toEqual([]);
  });

  test("J1 the answer to an untracked packet is tracked, whatever raw OUTPUT says", () => {
    const text = `raw -A PREROUTING -j NOTRACK
      raw -A OUTPUT -j NOTRACK
      raw -A OUTPUT -m conntrack --ctstate INVALID
      filter -A INPUT -p udp -j REJECT
      filter -A OUTPUT -m conntrack --ctstate UNTRACKED
      filter -A OUTPUT -m conntrack --ctstate INVALID`;
    expect(rules(answer(text, `udp ${FROM}`))).toEqual(["raw OUTPUT 1", "raw OUTPUT 2", "filter OUTPUT 2"]);
  });

  test("J1 an answer to this host's own packet comes in over lo", () => {
    const text = `filter -A OUTPUT -d 8.8.8.8 -j REJECT
      filter -A INPUT -i lo -p icmp --icmp-type port-unreachable`;
    const found = answer(text, "udp -> 8.8.8.8:53 uid=0 gid=0");
    expect(rules(found)).toEqual(["filter INPUT 1"]);
    expect(found!.walk.fate).toMatchObject({ kind: "delivered", in: "lo", src: "10.0.0.2", dst: "10.0.0.2" });
  });

  test("J1 an error is translated with what it quotes", () => {
    const found = answer(
      "nat -A PREROUTING -p udp -j DNAT --to 10.0.0.3:5353\nfilter -A INPUT -p udp -j REJECT",
      `udp ${FROM}`,
    );
    expect(found!.packet.quoted).toMatchObject({ dst: "10.0.0.3", dport: 5353 });
    expect(found!.walk.fate).toMatchObject({ src: "10.0.0.2", quoted: { dst: "10.0.0.2", dport: 80 } });
  });

  test("J2 for a forwarded packet IPv4 answers from the way back, IPv6 from the device that it came by", () => {
    const four = answer("filter -A FORWARD -j REJECT", "udp 172.16.0.9:4000 -> 192.168.7.9:80 in=eth1", ROUTER);
    expect(four!.walk.fate).toMatchObject({ kind: "sent", out: "eth0", src: "10.0.0.2", dst: "172.16.0.9" });
    const router = { ...ROUTER, rulesets: [rulesOf("filter -A FORWARD -j REJECT", { family: "ipv6" })] };
    const six = answer("filter", "udp [fd00:99::9]:4000 -> [fd00::9]:80 in=eth1", router);
    expect(six!.walk.fate).toMatchObject({ kind: "sent", out: "eth0", src: "fd00:7::1", dst: "fd00:99::9" });
  });

  test("J2 an error of IPv4 has precedence 6 and quotes what there is room for", () => {
    const text = "filter -A INPUT -j REJECT\nfilter -A OUTPUT -m tos --tos 0xd0";
    const found = answer(text, `udp ${FROM} tos=0x10 length=1400`);
    expect(rules(found)).toEqual(["filter OUTPUT 1"]);
    expect(found!.packet.length).toBe(576);
    expect(answer(text, `udp ${FROM} length=100`)!.packet.length).toBe(128);
  });

  test("J3 POSTROUTING's nat chain translates a reset whose connection it has not decided", () => {
    const reset = (where: string) =>
      answer(
        `filter -A ${where} -p tcp -j REJECT --reject-with tcp-reset\nnat -A POSTROUTING -p tcp -j LOG`,
        where === "INPUT" ? `tcp ${FROM}` : "tcp 10.0.0.9:4000 -> 192.168.7.9:80 in=eth0",
        { ...ROUTER, conntrack: true },
      );
    expect(rules(reset("FORWARD"))).toEqual(["nat POSTROUTING 1"]);
    expect(rules(reset("INPUT"))).toEqual(["nat POSTROUTING 1"]);
    const error = answer("filter -A INPUT -p tcp -j REJECT\nnat -A POSTROUTING -j LOG", `tcp ${FROM}`, {
      ...HOST,
      conntrack: true,
    });
    expect(rules(error)).toEqual([]);
  });

  test.each([
    ["a reset with a reset", "tcp", `tcp ${FROM} flags=RST`, "tcp-reset"],
    ["what was sent to many", "udp", "udp 10.0.0.9:4000 -> 10.0.0.255:80 in=eth0", "icmp-port-unreachable"],
    ["an unknown protocol", "253", "253 10.0.0.9 -> 10.0.0.2 in=eth0", "icmp-port-unreachable"],
    ["an ICMP error", "icmp", "icmp 10.0.0.9 -> 10.0.0.2 in=eth0 type=3 code=1", "icmp-port-unreachable"],
  ])("J4 %s is not answered", (_, proto, packet, kind) => {
    const netns = world(`filter -A INPUT -p ${proto} -j REJECT --reject-with ${kind}`);
    const { walk, answer: found } = send(netns, packet, { answers: true });
    expect(walk.fate.kind).toBe("rejected");
    expect(found).toBeNull();
  });

  test("J4 protocols with a checksum of their own are answered", () => {
    const found = answer("filter -A INPUT -j REJECT", "gre 10.0.0.9 -> 10.0.0.2 in=eth0");
    expect(found!.packet.quoted).toMatchObject({ proto: "gre" });
  });

  test("J4 a reset is answered with an error, and an echo request too", () => {
    expect(answer("filter -A INPUT -j REJECT", `tcp ${FROM} flags=RST,ACK`)!.packet.proto).toBe("icmp");
    expect(answer("filter -A INPUT -j REJECT", "icmp 10.0.0.9 -> 10.0.0.2 in=eth0")!.packet).toMatchObject({ type: 3 });
  });

  test("J5 a connection that was reset lives for ten seconds more", () => {
    const text = `mangle -A INPUT -m conntrack --ctstate ESTABLISHED
      filter -A INPUT -p tcp --tcp-flags PSH PSH -j REJECT --reject-with tcp-reset`;
    const connect = (netns: Netns, packets: readonly string[]): Netns =>
      packets.reduce((now, packet) => send(now, packet).netns, netns);
    const back = "tcp 10.0.0.2:80 -> 10.0.0.9:4000 flags=SYN,ACK";
    const open = connect(world(text), [`tcp ${FROM}`, back, `tcp ${FROM} flags=ACK`]);
    const later = (netns: Netns) => stepsOf(send(netns, `tcp ${FROM} flags=ACK`, { time: 60 }).walk);
    expect(later(open)).toContain("mangle INPUT 1");
    for (const answers of [false, true]) {
      const { netns } = send(open, `tcp ${FROM} flags=PSH,ACK`, { answers });
      expect(later(netns)).not.toContain("mangle INPUT 1");
    }
  });

  test("J6 -m socket finds the sender of what an error quotes", () => {
    const text = `filter -A OUTPUT -p udp -j REJECT
      raw -A PREROUTING -p icmp -m socket --nowildcard`;
    expect(rules(answer(text, "udp 10.0.0.2:5000 -> 8.8.8.8:53 uid=0 gid=0"))).toEqual(["raw PREROUTING 1"]);
    const frame: PacketSpec = {
      proto: "icmp",
      ...{ src: "10.0.0.9", dst: "10.0.0.2", in: "eth0", type: 3, code: 3 },
      quoted: { proto: "tcp", src: "10.0.0.2", sport: 5000, dst: "10.0.0.9", dport: 80 },
    };
    const met = (remotePort: number) => {
      const sockets = [
        { proto: "tcp", address: "10.0.0.2", port: 5000, remote: { address: "10.0.0.9", port: remotePort } },
      ] as const;
      return stepsOf(send(world(text, { ...HOST, sockets }), frame).walk);
    };
    expect(met(80)).toContain("raw PREROUTING 1");
    expect(met(81)).not.toContain("raw PREROUTING 1");
  });

  test("J6 a reply to a translated connection belongs to the socket that opened it", () => {
    const sockets = [
      { proto: "tcp", address: "10.0.0.2", port: 5000, remote: { address: "8.8.8.8", port: 80 } },
    ] as const;
    const netns = world("nat -A POSTROUTING -p tcp -j SNAT --to 10.0.0.3\nmangle -A PREROUTING -m socket", {
      ...HOST,
      sockets,
    });
    const { netns: after } = send(netns, "tcp 10.0.0.2:5000 -> 8.8.8.8:80");
    const { walk } = send(after, "tcp 8.8.8.8:80 -> 10.0.0.3:5000 in=eth0 flags=SYN,ACK");
    expect(stepsOf(walk)).toContain("mangle PREROUTING 1");
  });

  test("J7 a reset that meets a REJECT is answered with an error, and that is the end of it", () => {
    const text = `filter -A INPUT -p tcp -j REJECT --reject-with tcp-reset
      filter -A OUTPUT -j REJECT`;
    const found = answer(text, `tcp ${FROM}`);
    expect(found!.walk.fate.kind).toBe("rejected");
    expect(found!.answer!.packet).toMatchObject({ proto: "icmp", dst: "10.0.0.2" });
    expect(found!.answer!.walk.fate.kind).toBe("rejected");
    expect(found!.answer!.answer).toBeNull();
  });

  test("J8 an error has a socket without an owner, a reset has none", () => {
    const owners = `filter -A OUTPUT -m owner --socket-exists
      filter -A OUTPUT -m owner --uid-owner 0
      filter -A OUTPUT -m owner ! --uid-owner 0`;
    const error = answer(`${owners}\nfilter -A INPUT -j REJECT`, `tcp ${FROM}`);
    expect(rules(error)).toEqual(["filter OUTPUT 1", "filter OUTPUT 3"]);
    const reset = answer(`${owners}\nfilter -A INPUT -p tcp -j REJECT --reject-with tcp-reset`, `tcp ${FROM}`);
    expect(rules(reset)).toEqual(["filter OUTPUT 3"]);
  });

  test("nothing is answered unless answers are asked for", () => {
    const netns = world("filter -A INPUT -j REJECT");
    const { answer: none, netns: after } = send(netns, `udp ${FROM}`);
    expect(none).toBeNull();
    expect(stepsOf(send(netns, `udp ${FROM}`).walk)).toEqual(stepsOf(send(after, `udp ${FROM}`).walk));
  });
});
