/**
 * Why does a packet that conntrack calls INVALID reach the application past Envoy?
 *
 * REDIRECT works on connections: nat is asked only about the first packet of a conntrack entry, and a packet that can open
 * none (a SYN+ACK that nobody asked for, a stray RST, a segment far out of its window) has no entry, is not translated,
 * and goes on as it is addressed: to the application's port. No connection comes of it, but the application's host
 * answers with a RST, which may reset a connection that Envoy holds with that client.
 *
 * What to do: drop such packets before they are delivered (dropInvalid, the INVALID_DROP variable of the init container).
 */
import { expect, test } from "vitest";
import { send } from "../../src/index.ts";
import "../../src/vitest.ts";
import { arrives, pod, USUAL } from "./pod.ts";

const stray = arrives(80, { flags: ["SYN", "ACK"] });

test("the problem: a stray SYN+ACK is delivered to port 80 itself", () => {
  const netns = pod();
  expect({ netns, packet: arrives(80) }).toBeRedirectedTo(15006);
  expect({ netns, packet: stray }).toDeliverTo({ address: "10.244.1.10", port: 80, in: "eth0" });
  const { walk } = send(netns, stray);
  expect(walk.conntrack).toBeNull();
  expect(walk.steps).toEqual([]);
});

test.each([["RST"], ["SYN,ACK"], ["FIN,ACK"], [""]])("so is %s, which opens no connection", (flags) => {
  expect({ netns: pod(), packet: arrives(80, { flags: flags.split(",").filter(Boolean) }) }).toLeaveUnchanged();
});

test("an ACK in the middle of nowhere is taken for a connection (tcp_loose) and does go to Envoy", () => {
  expect({ netns: pod(), packet: arrives(80, { flags: ["ACK"] }) }).toBeRedirectedTo(15006);
});

test("the fix: dropInvalid", () => {
  const netns = pod({ ...USUAL, dropInvalid: true });
  expect({ netns, packet: stray }).toBeDropped({ by: "mangle PREROUTING 1" });
  expect({ netns, packet: arrives(80) }).toBeRedirectedTo(15006);
});
