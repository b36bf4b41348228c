/**
 * A conversation: the request is redirected, the reply is translated back, and the second request segment is not asked
 * about again. Each `send` gives the namespace that the next packet meets.
 */
import { readFileSync } from "node:fs";
import { countsOf, createNetns, type PacketSpec, parse, send, simulate } from "nfwalk";
import { expect, test } from "vitest";

const { ruleset } = parse(readFileSync(new URL("./dumps/istio-sidecar.txt", import.meta.url), "utf8"));
const pod = createNetns({
  rulesets: [ruleset],
  interfaces: [
    { name: "lo", addresses: ["127.0.0.1/8"] },
    { name: "eth0", addresses: ["10.244.1.5/24"] },
  ],
  routes: [{ to: "default", via: "10.244.1.1", dev: "eth0" }],
});

/** The application's side, and the side of Envoy, which accepted at 127.0.0.1:15001. */
const asks: PacketSpec = {
  proto: "tcp",
  src: "10.244.1.5",
  sport: 40000,
  dst: "10.96.0.10",
  dport: 80,
  uid: 1000,
  gid: 1000,
};
const answers: PacketSpec = {
  proto: "tcp",
  src: "127.0.0.1",
  sport: 15001,
  dst: "10.244.1.5",
  dport: 40000,
  uid: 1337,
  gid: 1337,
};

test("the handshake, packet by packet", () => {
  const syn = send(pod, asks);
  expect(syn.walk.fate).toMatchObject({ kind: "delivered", dst: "127.0.0.1", dport: 15001 });
  expect(syn.walk.conntrack).toMatchObject({
    state: "NEW",
    original: { src: "10.244.1.5", sport: 40000, dst: "10.96.0.10", dport: 80 },
    reply: { src: "127.0.0.1", sport: 15001, dst: "10.244.1.5", dport: 40000 },
  });

  // The application must see the answer of the address that it asked.
  const synAck = send(syn.netns, { ...answers, flags: ["SYN", "ACK"] });
  expect(synAck.walk.fate).toMatchObject({ kind: "delivered", src: "10.96.0.10", sport: 80, dst: "10.244.1.5" });
  expect(synAck.walk.conntrack?.state).toBe("ESTABLISHED");
  expect(synAck.walk.steps).toEqual([]);

  // A namespace is a value: the answer without the question is another story.
  const unasked = send(pod, { ...answers, flags: ["SYN", "ACK"] });
  expect(unasked.walk.conntrack).toBeNull();
  expect(unasked.walk.fate).toMatchObject({ src: "127.0.0.1", sport: 15001 });
});

test("nat is asked once for each connection, whatever the number of packets", () => {
  const { walks, netns } = simulate(pod, [
    asks,
    { ...answers, flags: ["SYN", "ACK"] },
    { ...asks, flags: ["ACK"] },
    { ...asks, flags: ["PSH", "ACK"], length: 240 },
    { ...answers, flags: ["PSH", "ACK"], length: 1240 },
  ]);
  expect(walks.map((walk) => ("dst" in walk.fate ? `${walk.fate.dst}:${walk.fate.dport}` : walk.fate.kind))).toEqual([
    "127.0.0.1:15001",
    "10.244.1.5:40000",
    "127.0.0.1:15001",
    "127.0.0.1:15001",
    "10.244.1.5:40000",
  ]);
  expect(countsOf(netns.counters).map((one) => `${one.table} ${one.chain} ${one.rule}: ${one.packets}`)).toEqual([
    "nat OUTPUT 1: 1",
    "nat ISTIO_OUTPUT 9: 1",
    "nat ISTIO_REDIRECT 1: 1",
    "nat POSTROUTING policy: 1",
  ]);
  expect([...netns.conntrack]).toHaveLength(1);
});
