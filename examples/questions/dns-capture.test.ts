/**
 * Why do DNS queries bypass the agent, or loop at 15053?
 *
 * Bypass: only queries to the resolvers of /etc/resolv.conf are captured, unless captureAllDNS is set; a process that runs
 * as uid or gid 1337 is let go before the DNS rules are asked; and a rule list without resolvers captures nothing.
 *
 * Loop: the agent's own query to the resolver may have the very source address and port that the application's had
 * (UDP ports of two sockets need not differ once the application's is closed, or bound elsewhere). Then the two are one
 * connection for conntrack, which was translated to 127.0.0.1:15053: the agent asks itself. The nat rules are not asked
 * again (a connection is translated once), so the RETURN for uid 1337 does not help. Istio's `CT --zone` rules in
 * raw give the two legs zones of their own, 1 and 2, and so keep them apart. Without a clash all goes well without them.
 */
import { describe, expect, test } from "vitest";
import { send } from "../../src/index.ts";
import "../../src/vitest.ts";
import { edited, pod, USUAL } from "./pod.ts";

const RESOLVER = "10.96.0.10";
const settings = { ...USUAL, redirectDNS: true, dnsServersV4: [RESOLVER] };
const netns = pod(settings);
const app = { proto: "udp", sport: 5353, dst: RESOLVER, dport: 53, uid: 1000, gid: 1000 };
const agent = { ...app, uid: 1337, gid: 1337 };

describe("bypass", () => {
  test("a resolver that nobody told, and the fix", () => {
    expect({ netns, packet: app }).toBeRedirectedTo(15053);
    expect({ netns, packet: { ...app, dst: "192.0.2.53" } }).toLeaveUnchanged();
    const all = pod({ ...settings, captureAllDNS: true });
    expect({ netns: all, packet: { ...app, dst: "192.0.2.53" } }).toBeRedirectedTo(15053);
  });

  test("uid 1337", () => {
    expect({ netns, packet: agent }).toBeSent({ out: "eth0", address: RESOLVER, port: 53 });
  });

  test("no resolver known: no rule", () => {
    expect({ netns: pod({ ...settings, dnsServersV4: [] }), packet: app }).toLeaveUnchanged();
  });
});

describe("loop by reuse of a tuple", () => {
  const unzoned = edited(netns, (lines) => lines.filter((line) => !line.includes("-j CT --zone")));

  test("without zones the agent's query is the application's connection, and comes back to the agent", () => {
    const { netns: after, walk } = send(unzoned, app);
    expect(walk).toBeRedirectedTo(15053);
    expect({ netns: after, packet: agent }).toBeRedirectedTo(15053);
    // The nat table is not asked any more: no rule of it is among the steps.
    const { steps } = send(after, agent).walk;
    expect(steps.filter(({ table, hook }) => table === "nat" && hook === "OUTPUT")).toEqual([]);
  });

  test("with zones it leaves, and its answer comes back to it", () => {
    const { netns: after, walk } = send(netns, app);
    expect(walk.conntrack).toMatchObject({ zone: 2 });
    const asked = send(after, agent);
    expect(asked.walk).toBeSent({ out: "eth0", address: RESOLVER });
    expect(asked.walk.conntrack).toMatchObject({ zone: 1 });
    const answer = { proto: "udp", src: RESOLVER, sport: 53, dst: "10.244.1.10", dport: 5353, in: "eth0" };
    expect(send(asked.netns, answer).walk.conntrack).toMatchObject({ zone: 1, state: "ESTABLISHED" });
  });

  test("with another port it goes well without zones", () => {
    const { netns: after } = send(unzoned, app);
    expect({ netns: after, packet: { ...agent, sport: 5354 } }).toBeSent({ out: "eth0" });
  });
});
