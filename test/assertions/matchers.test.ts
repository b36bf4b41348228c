import { describe, expect, test } from "vitest";
import { send, simulate } from "../../src/index.ts";
import "../../src/vitest.ts";
import { podWith, sidecarPod } from "./pod.ts";

const netns = sidecarPod();
const out = (packet: string) => ({ netns, packet });
const filter = podWith(`*filter
:INPUT ACCEPT [0:0]
:OUTPUT DROP [0:0]
:GUARD - [0:0]
-A INPUT -p tcp --dport 22 -j GUARD
-A INPUT -p tcp --dport 23 -j REJECT --reject-with tcp-reset
-A GUARD -j DROP
-A OUTPUT -m owner --uid-owner 0 -j ACCEPT
COMMIT
`);
const arriving = (port: number) => ({ netns: filter, packet: `tcp 10.244.1.20 -> 10.244.1.10:${port} in=eth0` });

/** The message with which an assertion fails. */
function failure(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("expected the assertion to fail");
}

describe("where a packet ends", () => {
  const toPeer = out("tcp -> 10.244.1.20:80 uid=1000 gid=1000");
  const fromEnvoy = out("tcp -> 10.244.1.20:80 uid=1337 gid=1337");
  const tproxy = {
    netns: sidecarPod({ inboundPortsInclude: "*", inboundInterceptionMode: "TPROXY" }),
    packet: "tcp 10.244.1.20 -> 10.244.1.10:80 in=eth0",
  };

  test("toDeliverTo takes a port or members", () => {
    expect(toPeer).toDeliverTo(15001);
    expect(toPeer).toDeliverTo({ port: 15001, address: "127.0.0.1", in: "lo" });
    expect(toPeer).not.toDeliverTo({ port: 15001, in: "eth0" });
    expect(toPeer).not.toDeliverTo(80);
    expect(fromEnvoy).not.toDeliverTo(80);
    expect(tproxy).toDeliverTo(15006);
    expect(() => expect(toPeer).toDeliverTo(70000)).toThrow(TypeError);
  });

  test("whether somebody listens is told only where sockets were given", () => {
    const quiet = podWith("*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n", []);
    const packet = "tcp 10.244.1.20 -> 10.244.1.10:80 in=eth0";
    expect({ netns: quiet, packet }).toDeliverTo({ port: 80, listening: false });
    expect({ netns, packet }).toDeliverTo({ port: 15006, listening: true });
  });

  test("toBeRedirectedTo wants the rules to have done it", () => {
    expect(toPeer).toBeRedirectedTo(15001);
    expect(tproxy).toBeRedirectedTo(15006);
    const direct = out("tcp -> 127.0.0.1:15001 uid=1000 gid=1000");
    expect(direct).toDeliverTo(15001);
    expect(direct).not.toBeRedirectedTo(15001);
  });

  test("toLeaveUnchanged holds for what is delivered and what leaves", () => {
    expect(fromEnvoy).toLeaveUnchanged();
    expect(out("tcp -> 127.0.0.1:80 uid=1000 gid=1000")).toLeaveUnchanged();
    expect(toPeer).not.toLeaveUnchanged();
    expect(tproxy).not.toLeaveUnchanged();
    expect(arriving(22)).not.toLeaveUnchanged();
  });

  test("a reply of a translated connection has its destination again", () => {
    const first = send(netns, "tcp 10.244.1.20:40000 -> 10.244.1.10:80 in=eth0").netns;
    const reply = {
      netns: first,
      packet: "tcp 10.244.1.10:15006 -> 10.244.1.20:40000 uid=1337 gid=1337 flags=SYN,ACK",
    };
    expect(reply).toBeSent({ out: "eth0", address: "10.244.1.20", port: 40000, forwarded: false });
    expect(reply).toLeaveUnchanged();
  });

  test("toBeSent, toBeDropped and toBeRejected look at who did it", () => {
    expect(fromEnvoy).toBeSent();
    expect(fromEnvoy).toBeSent({ out: "eth0", address: "10.244.1.20", port: 80 });
    expect(fromEnvoy).not.toBeSent({ out: "lo" });
    expect(arriving(22)).toBeDropped();
    expect(arriving(22)).toBeDropped({ by: "filter GUARD 1" });
    expect(arriving(22)).toBeDropped({ by: "filter INPUT 1" });
    expect(arriving(22)).not.toBeDropped({ by: "filter INPUT 2" });
    expect(arriving(23)).toBeRejected({ with: "tcp-reset", by: "filter INPUT 2" });
    expect(arriving(23)).not.toBeRejected({ with: "icmp-port-unreachable" });
    expect(arriving(23)).not.toBeDropped();
    expect({ netns: filter, packet: "tcp -> 10.244.1.20:80 uid=1" }).toBeDropped({ by: "filter OUTPUT policy" });
  });

  test("toBeUndetermined names what is missing", () => {
    expect(out("tcp -> 10.244.1.20:80")).toBeUndetermined();
    expect(out("tcp -> 10.244.1.20:80")).toBeUndetermined({ field: "uid" });
    expect(out("tcp -> 10.244.1.20:80")).not.toBeUndetermined({ field: "out" });
    expect(toPeer).not.toBeUndetermined();
  });

  test("toBeDecidedBy counts the rule and the one that led to it", () => {
    expect(toPeer).toBeDecidedBy("nat ISTIO_OUTPUT 9");
    expect(toPeer).toBeDecidedBy("nat ISTIO_REDIRECT 1");
    expect(toPeer).not.toBeDecidedBy("nat OUTPUT 1");
    expect(fromEnvoy).toBeDecidedBy("nat ISTIO_OUTPUT 4");
    expect(() => expect(toPeer).toBeDecidedBy("ISTIO_OUTPUT 9")).toThrow(TypeError);
  });
});

describe("subjects", () => {
  const packet = "tcp -> 10.244.1.20:80 uid=1000 gid=1000";

  test("a walk, a packet in a namespace, a packet with the namespace as option", () => {
    expect(send(netns, packet).walk).toDeliverTo(15001);
    expect(packet).toDeliverTo(15001, { netns });
    expect({ proto: "tcp", dst: "10.244.1.20", dport: 80, uid: 1000, gid: 1000 }).toBeRedirectedTo(15001, { netns });
    expect(() => expect(packet).toDeliverTo(15001)).toThrow("needs its namespace");
    expect(() => expect(15001).toDeliverTo(15001)).toThrow("expected a walk");
  });

  test("inside of other values", () => {
    const { walks } = simulate(netns, [packet, "tcp -> 10.244.1.20:80 sport=40001 uid=1337 gid=1337"]);
    expect(walks).toEqual([expect.toDeliverTo(15001), expect.toLeaveUnchanged()]);
    expect(walks).not.toEqual([expect.toDeliverTo(15001), expect.toDeliverTo(15001)]);
    expect({ walk: walks[1] }).toEqual({ walk: expect.not.toDeliverTo(15001) });
  });
});

describe("messages", () => {
  const packet = "tcp -> 10.244.1.20:80 uid=1000 gid=1000";

  test("say what was expected, what came, and explain it", () => {
    const message = failure(() => expect({ netns, packet }).toDeliverTo(15006));
    expect(message).toContain("expected tcp 10.244.1.20:80 uid=1000 gid=1000 to be delivered to port 15006");
    expect(message).toContain(
      "but it is delivered to 127.0.0.1:15001 on lo, decided by nat ISTIO_REDIRECT 1, to which nat ISTIO_OUTPUT 9 led",
    );
    expect(message).toContain("SO_ORIGINAL_DST answers 10.244.1.20:80");
    expect(message.split("\n").length).toBeGreaterThan(10);
  });

  test("of a walk alone list its steps", () => {
    const message = failure(() => expect(send(netns, packet).walk).not.toDeliverTo(15001));
    expect(message).toContain("expected the packet not to be delivered to port 15001");
    expect(message).toContain("OUTPUT  nat ISTIO_OUTPUT 9 -> ISTIO_REDIRECT");
  });

  test.each([
    [() => expect(arriving(22)).toBeRejected({ with: "tcp-reset" }), "to be rejected with tcp-reset"],
    [() => expect(arriving(23)).toBeDropped({ by: "filter INPUT 2" }), "to be dropped by filter INPUT 2"],
    [() => expect(arriving(80)).toBeSent({ out: "eth0", forwarded: true }), "to be sent out of eth0 forwarded"],
    [() => expect(arriving(80)).toBeUndetermined({ field: "uid" }), "to be undetermined because of uid"],
    [() => expect(arriving(80)).toBeRedirectedTo(81), "to be redirected to port 81"],
    [() => expect(arriving(80)).toBeDecidedBy("nat OUTPUT 1"), "to be decided by nat OUTPUT 1"],
    [() => expect(arriving(22)).toLeaveUnchanged(), "to arrive where it is addressed to, untranslated"],
    [() => expect(arriving(80)).not.toLeaveUnchanged(), "no rule decided"],
  ])("%# names the expectation", (assertion, words) => expect(failure(assertion)).toContain(words));
});
