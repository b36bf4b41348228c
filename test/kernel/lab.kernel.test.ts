import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLab, type Lab, labUnavailable } from "./lab.ts";
import { compare } from "./lab-compare.ts";
import { runSession } from "./lab-session.ts";
import type { LabPacket, Session } from "./lab-types.ts";
import { walkSession } from "./lab-walk.ts";

const reason = labUnavailable();

const session = (rules: string, packets: readonly LabPacket[], rest: Partial<Session> = {}): Session => ({
  family: 4,
  sysctl: { "net.ipv4.ip_forward": 1 },
  sockets: [],
  rules,
  packets,
  ...rest,
});

const REDIRECT = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate ESTABLISHED
-A OUTPUT -m owner --uid-owner 1337
COMMIT
`;

const client = { proto: "tcp", in: "eth0", src: "10.244.1.9", dst: "10.244.1.5", sport: 40000, dport: 80 } as const;
const server = { proto: "tcp", src: "10.244.1.5", dst: "10.244.1.9", sport: 8080, dport: 40000, uid: 1337, gid: 1337 };

/** A handshake in which the laboratory speaks for both ends. */
const HANDSHAKE: readonly LabPacket[] = [
  { ...client, flags: ["SYN"], seq: 1000 },
  { ...server, flags: ["SYN", "ACK"], seq: 5000, ack: 1001 },
  { ...client, flags: ["ACK"], seq: 1001, ack: 5001 },
];

describe.skipIf(reason !== undefined)(`the laboratory${reason ? ` (skipped: ${reason})` : ""}`, () => {
  describe.each(["legacy", "nft"] as const)("%s", (flavour) => {
    let lab: Lab;
    beforeAll(async () => {
      lab = await createLab({ flavour });
    });
    afterAll(() => lab?.close());

    test("speaks for both ends of a conversation, and the library agrees", async () => {
      const played = session(REDIRECT, HANDSHAKE);
      const observed = await runSession(lab, played);
      expect(observed[1]).toMatchObject({
        counters: { "filter OUTPUT 1": 1 },
        leaving: [{ out: "eth0", src: "10.244.1.5", sport: 80 }],
      });
      expect(observed[2]?.counters).toMatchObject({ "filter INPUT 1": 1 });
      expect(compare(observed, walkSession(played, flavour), HANDSHAKE)).toEqual([]);
    });

    test("says what a socket was refused, and that no rule saw it", async () => {
      const away = { proto: "udp", dst: "10.244.1.9", sport: 5000, dport: 53, uid: 0, gid: 0 };
      const foreign = session(REDIRECT, [{ ...away, src: "192.0.2.1" }]);
      const [observed] = await runSession(lab, foreign);
      expect(observed).toMatchObject({ refused: "EADDRNOTAVAIL", counters: {}, landing: [], leaving: [] });
      expect(compare([observed!], walkSession(foreign, flavour), foreign.packets)).toEqual([]);
      const [allowed] = await runSession(lab, session(REDIRECT, [{ ...away, src: "192.0.2.1", transparent: true }]));
      expect(allowed?.leaving).toMatchObject([{ src: "192.0.2.1" }]);
    });

    test("leaves nothing of a session to the next", async () => {
      const rules = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m recent --rcheck --name seen
-A INPUT -m recent --set --name seen
-A INPUT -m statistic --mode nth --every 3 --packet 0
COMMIT
`;
      const frame = { proto: "udp", in: "eth1", src: "192.168.77.9", dst: "192.168.77.1", sport: 9, dport: 9 };
      const changing = session(rules, [frame, frame], {
        ipRules: [{ priority: 100, fwmark: "1", table: "100" }],
        ipRoutes: [{ to: "default", dev: "eth1", table: "100" }],
      });
      const first = await runSession(lab, changing);
      expect(first.map((one) => one.counters["filter INPUT 1"])).toEqual([undefined, 1]);
      const six = { proto: "udp", in: "eth0", src: "fd00:10:244:1::9", dst: "fd00:10:244:1::5", sport: 9, dport: 9 };
      await runSession(lab, session("", [six], { family: 6, sysctl: { "net.ipv6.conf.all.forwarding": 1 } }));
      expect(await runSession(lab, changing)).toEqual(first);
    });

    test("names the tool that refused rules, and goes on", async () => {
      const wrong = session("*filter\n-A INPUT -j NOWHERE\nCOMMIT\n", []);
      await expect(runSession(lab, wrong)).rejects.toThrow(/iptables-(legacy|nft)-restore: exit/);
      await expect(runSession(lab, session(REDIRECT, HANDSHAKE))).resolves.toHaveLength(3);
    });
  });
});
