import { afterEach, describe, expect, test } from "vitest";
import { createNetns, outcomes, type PacketSpec, send } from "../../src/index.ts";
import { createLab, labUnavailable } from "./lab.ts";
import { type Agent, startAgent } from "./lab-agent.ts";
import { compare } from "./lab-compare.ts";
import { runSession } from "./lab-session.ts";
import type { LabPacket } from "./lab-types.ts";
import { walkSession } from "./lab-walk.ts";
import { bridge, OPENING, router, STATES, SYNPROXY, simultaneous, tables } from "./observed-scenes.ts";
import { countersOf, observe, packetOf, type Scene, walk } from "./scene.ts";

// The experiments of docs/semantics.md, section 20, made again on the live kernel and compared with the library.

const reason = labUnavailable();
const open: { readonly close: () => Promise<void> }[] = [];

function agentHere(): Agent {
  const agent = startAgent(0);
  open.push(agent);
  return agent;
}

const all = (_place: string): boolean => true;
/** What the host says by itself passes the other two; a packet that comes in and is not sent back does not. */
const notOutput = (place: string): boolean => !/ (OUTPUT|POSTROUTING|devices) /.test(place);

/** Sends a packet here and there, compares the counters, and gives the library's fate. */
async function same(at: Scene, packet: LabPacket, of = all, more: Partial<PacketSpec> = {}): Promise<string> {
  const seen = await observe(at, packet, of);
  const walked = walk(at, packetOf(packet, more));
  expect(countersOf(walked, of), JSON.stringify(packet)).toEqual(seen);
  return walked.fate.kind;
}

const mangled = (rule: string): string =>
  tables({ mangle: { PREROUTING: [], INPUT: [], FORWARD: [rule, "-p udp"], OUTPUT: [], POSTROUTING: [] } });

/** What the hardware address of a frame from pa to pb says. */
const SWITCHED = { in: "br0", physIn: "pa", physOut: "pb" };
const UDP = { proto: "udp", src: "10.1.0.10", sport: 4000, dport: 5000 };

describe.skipIf(reason !== undefined)(`section 20 on the live kernel${reason ? ` (skipped: ${reason})` : ""}`, () => {
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  describe.each(["legacy", "nft"] as const)("%s", (flavour) => {
    test("U1, U2, U4, U5: -m policy and -m physdev; switched, routed, delivered, sent", async () => {
      const at = await bridge(agentHere(), flavour, {});
      const frame = { ...UDP, in: "pa>pb", dst: "10.1.0.11" };
      for (let time = 0; time < 2; time++) expect(await same(at, frame, all, SWITCHED)).toBe("sent");
      expect(await same(at, { ...UDP, in: "pa", dst: "10.1.0.1" }, notOutput)).toBe("delivered");
      expect(await same(at, { ...UDP, in: "pa", dst: "10.2.0.9" })).toBe("sent");
      expect(await same(at, { ...UDP, in: "wan", src: "10.2.0.9", dst: "10.1.0.11" })).toBe("sent");
      expect(await same(at, { ...UDP, src: "10.1.0.1", dst: "10.1.0.11" })).toBe("sent");
      // The new destination decides whether the bridge still switches it.
      expect(await same(at, { ...frame, dst: "10.1.0.77" }, notOutput, SWITCHED)).toBe("delivered");
      expect(await same(at, { ...frame, dst: "10.1.0.78" }, all, SWITCHED)).toBe("sent");
    });

    test("U4: a switched frame whose new destination is on the bridge, too", async () => {
      const at = await bridge(agentHere(), flavour, {});
      const frame = { ...UDP, in: "pa>pb", dst: "10.1.0.79" };
      const filter = (place: string): boolean => place.startsWith("filter ");
      const seen = await observe(at, frame, filter);
      expect(seen).toEqual({ "filter FORWARD 1": 1, "filter FORWARD policy": 1 });
      // By which port it leaves, nobody can say: mangle asks, filter does not.
      for (const { walk: one } of outcomes(at.netns, packetOf(frame, SWITCHED)))
        expect(countersOf(one, filter)).toEqual(seen);
    });

    test("U4: the same where the host does not forward", async () => {
      const at = await bridge(agentHere(), flavour, { "net.ipv4.ip_forward": 0 });
      expect(await same(at, { ...UDP, in: "pa>pb", dst: "10.1.0.79" }, notOutput, SWITCHED)).toBe("unroutable");
      expect(await same(at, { ...UDP, in: "pa>pb", dst: "10.1.0.11" }, all, SWITCHED)).toBe("sent");
    });

    test("U4: with bridge-nf-call-iptables off no port is known, and what is switched meets no chain", async () => {
      const at = await bridge(agentHere(), flavour, { "net.bridge.bridge-nf-call-iptables": 0 });
      expect(await same(at, { ...UDP, in: "pa>pb", dst: "10.1.0.11" }, all, SWITCHED)).toBe("sent");
      expect(await same(at, { ...UDP, in: "pa", dst: "10.1.0.1" }, notOutput)).toBe("delivered");
      expect(await same(at, { ...UDP, in: "pa", dst: "10.2.0.9" })).toBe("sent");
    });

    test("U3: TCP simultaneous open, its packets in any order", async () => {
      const lab = await createLab({ flavour });
      open.push(lab);
      const { orders, packets } = simultaneous(60);
      for (const order of orders) {
        const played = { ...OPENING, packets: order.map((at) => packets[at]!) };
        const differences = compare(await runSession(lab, played), walkSession(played, flavour), played.packets);
        expect(differences, `packets ${order.join()}`).toEqual([]);
      }
    });

    test("U8 to U10: SYNPROXY takes the SYN and the ACK, and leaves the rest", async () => {
      const at = await router(agentHere(), flavour, SYNPROXY);
      const client = { proto: "tcp", in: "lan", src: "10.1.0.9", dst: "10.2.0.9", sport: 4000, dport: 80 };
      const fates: string[] = [];
      for (const flags of ["SYN", "SYN", "SYN,ACK", "FIN,ACK", "RST"])
        fates.push(await same(at, { ...client, flags: flags.split(",") }, notOutput));
      expect(fates).toEqual(["answered", "answered", "dropped", "dropped", "dropped"]);
      const seen = await observe(at, { ...client, flags: ["ACK"] }, notOutput);
      const [dropped, ...others] = outcomes(at.netns, packetOf({ ...client, flags: ["ACK"] }));
      expect(countersOf(dropped!.walk, notOutput)).toEqual(seen);
      expect([dropped!.walk.fate.kind, ...others.map((one) => one.walk.fate.kind)]).toEqual(["dropped", "answered"]);
      expect(await at.agent.call("conntrack", { ns: "host", family: 4 })).toEqual([]);
    });

    test.each([
      ["-p tcp -j SYNPROXY", 1],
      ["-j CONNSECMARK --save", 1],
      ["-j CONNSECMARK --restore", 1],
      ["-m policy --dir in --pol none", 0],
      ["-m physdev ! --physdev-is-in", 0],
    ])("U10, U11: whether a rule with %s switches conntrack on", async (rule, entries) => {
      const at = await router(agentHere(), flavour, mangled(rule));
      const packet = { ...UDP, in: "lan", src: "10.1.0.9", dst: "10.2.0.9" };
      expect(await same(at, packet)).toBe("sent");
      expect(await at.agent.call("conntrack", { ns: "host", family: 4 })).toHaveLength(entries);
      expect([...at.netns.conntrack]).toHaveLength(entries);
    });

    test("U11: SECMARK is refused where SELinux is not", async ({ skip }) => {
      const at = await router(agentHere(), flavour, STATES);
      const { code } = await at.agent.call<{ code: number }>("run", {
        ns: "host",
        argv: ["test", "-d", "/sys/fs/selinux"],
      });
      if (code === 0) skip("SELinux is here");
      const rule = "-j SECMARK --selctx system_u:object_r:web_packet_t:s0";
      await expect(router(agentHere(), flavour, mangled(rule))).rejects.toThrow("exit");
    });
  });

  for (const assured of [true, false])
    test(`U6, U7: a table full of entries, assured: ${assured}`, async ({ skip }) => {
      const at = await router(agentHere(), "legacy", STATES);
      const { agent } = at;
      const limit = Number((await agent.run("host", ["cat", "/proc/sys/net/netfilter/nf_conntrack_max"])).out);
      if (limit > 300_000) skip(`it would take ${limit} entries`);
      const made = await agent.call<number>("fill", { ns: "host", count: limit + 10, assured });
      expect(made).toBeGreaterThanOrEqual(limit);
      // The library's table holds one entry, and is full with it.
      let small = createNetns({ ...SMALL, rulesets: at.netns.rulesets });
      for (const [time, one] of [
        [0, GOING],
        [1, COMING],
        [3, GOING],
      ].slice(0, assured ? 3 : 1) as [number, PacketSpec][])
        small = send(small, one, { time }).netns;
      const tcp = (flags: string[]) => ({ proto: "tcp", dport: 80, flags });
      const icmp = (type: number) => ({ proto: "icmp", type, code: 0, id: type });
      const udp = (dport: number) => ({ proto: "udp", dport });
      const kinds = [udp(53), udp(99), tcp(["SYN"]), tcp(["SYN", "ACK"]), tcp(["RST"]), tcp([])];
      for (const [sport, kind] of [...kinds, icmp(8), icmp(0), icmp(40), icmp(13)].entries()) {
        const packet = { in: "lan", src: "10.1.0.9", dst: "10.2.0.9", sport: 4000 + sport, ...kind };
        const seen = await observe(at, packet, all);
        const walked = outcomes(small, packetOf(packet), { time: 3 });
        const counters = walked.map((one) => countersOf(one.walk, all));
        // The kernel forgets an entry whenever it finds one near; the library does not know whether it does.
        expect(counters.at(assured ? 0 : -1), JSON.stringify(packet)).toEqual(seen);
        expect(walked).toHaveLength(assured || walked[0]!.walk.fate.kind === "sent" ? 1 : 2);
      }
    });
});

const GOING = { proto: "udp", in: "lan", src: "10.1.0.8", sport: 1, dst: "10.2.0.8", dport: 2 };
const COMING = { proto: "udp", in: "wan", src: "10.2.0.8", sport: 2, dst: "10.1.0.8", dport: 1 };
const SMALL = {
  interfaces: [
    { name: "lan", addresses: ["10.1.0.1/24"] },
    { name: "wan", addresses: ["10.2.0.1/24"] },
  ],
  sysctl: {
    "net.ipv4.ip_forward": 1,
    "net.netfilter.nf_conntrack_tcp_loose": 0,
    "net.netfilter.nf_conntrack_max": 1,
  },
};
