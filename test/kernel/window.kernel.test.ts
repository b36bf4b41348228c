import { afterAll, describe, expect, test } from "vitest";
import { judge } from "./fuzz-judge.ts";
import { type Random, random } from "./fuzz-random.ts";
import { createLab, labUnavailable } from "./lab.ts";
import { emptied } from "./lab-rules.ts";
import { runSession } from "./lab-session.ts";
import type { Flavour, LabPacket, Session } from "./lab-types.ts";

const reason = labUnavailable();

const FIRST = Number(process.env.NFWALK_FUZZ_SEED ?? 40_001);
const SESSIONS = Number(process.env.NFWALK_WINDOWS ?? 60);

/** Whatever conntrack makes of a segment shows in one of three counters. */
const RULES = `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate NEW
-A FORWARD -m conntrack --ctstate ESTABLISHED
-A FORWARD -m conntrack --ctstate INVALID
COMMIT
`;

const ENDS = [
  { in: "eth0", src: "10.244.1.9", sport: 40_000, dst: "192.168.77.9", dport: 80 },
  { in: "eth1", src: "192.168.77.9", sport: 80, dst: "10.244.1.9", dport: 40_000 },
] as const;

/** What the ends of a conversation have said, so that most segments nearly fit. */
interface Side {
  next: number;
  window: number;
  scale: number | undefined;
}

/** Sequence numbers near the edges: of what was sent, of what the other side allows, scaled or not. */
function segment(draws: Random, sides: readonly [Side, Side], from: 0 | 1): LabPacket {
  const [own, peer] = from === 0 ? sides : [sides[1], sides[0]];
  const jump = draws.weighted([
    [6, () => 0],
    [1, () => draws.int(-3, 3)],
    [2, () => peer.window + draws.int(-2, 2)],
    [2, () => (peer.window << (peer.scale ?? 0)) + draws.int(-2, 2)],
    [1, () => -draws.int(60_000, 70_000)],
  ])();
  const payload = draws.pick([0, 0, 1, 40]);
  const seq = (own.next + jump) >>> 0;
  if (jump === 0) own.next = (own.next + payload) >>> 0;
  own.window = draws.pick([0, 1, 100, 2_000, 65_535]);
  const flags = draws.weighted([
    [8, () => ["ACK"]],
    [1, () => ["PSH", "ACK"]],
    [0.5, () => ["FIN", "ACK"]],
    [0.3, () => ["RST"]],
  ])();
  const ack = (peer.next + draws.pick([0, 0, 0, 1, -1, 40])) >>> 0;
  return { proto: "tcp", ...ENDS[from], flags, seq, ack, window: own.window, payload };
}

function session(seed: number): Session {
  const draws = random(seed);
  const start = () => draws.pick([1_000, 0xffff_fff0, draws.int(0, 0x7fff_ffff)]);
  const side = (): Side => ({
    next: start(),
    window: draws.pick([1, 100, 2_000, 65_535]),
    scale: draws.chance(0.7) ? draws.int(0, 14) : undefined,
  });
  const sides: readonly [Side, Side] = [side(), side()];
  const opening = (from: 0 | 1, flags: readonly string[]): LabPacket => {
    const { next, window, scale } = sides[from];
    const ack = from === 1 ? sides[0].next : 0;
    sides[from].next = (next + 1) >>> 0;
    const option = scale === undefined ? {} : { windowScale: scale };
    return { proto: "tcp", ...ENDS[from], flags, seq: next, ack, window, ...option };
  };
  const packets = [opening(0, ["SYN"]), opening(1, ["SYN", "ACK"])];
  for (let made = 0; made < 12; made++) packets.push(segment(draws, sides, draws.chance(0.5) ? 1 : 0));
  return {
    family: 4,
    // The laboratory loads all tables.
    rules: RULES + emptied(RULES),
    sysctl: { "net.ipv4.ip_forward": 1, "net.ipv4.conf.eth0.forwarding": 1, "net.ipv4.conf.eth1.forwarding": 1 },
    packets,
  };
}

describe.skipIf(reason !== undefined)(
  `TCP windows on the live kernel, scaled and not${reason ? ` (skipped: ${reason})` : ""}`,
  () => {
    const flavour: Flavour = "legacy";
    const lab = createLab({ flavour });
    afterAll(async () => (await lab).close());

    test(`${SESSIONS} conversations from seed ${FIRST} are judged as the library judges them`, async () => {
      const found: string[] = [];
      const states = [0, 0, 0];
      for (let seed = FIRST; seed < FIRST + SESSIONS; seed++) {
        const drawn = session(seed);
        const observed = await runSession(await lab, drawn);
        const differences = judge({ session: drawn, observed, plan: { flavour } });
        if (differences.length > 0) found.push(`seed ${seed}: ${JSON.stringify(differences)}`);
        for (const { counters } of observed)
          for (const at of states.keys()) states[at]! += counters[`mangle FORWARD ${at + 1}`] ?? 0;
      }
      expect(found).toEqual([]);
      // Both judgements were asked for often enough.
      expect(states[1]).toBeGreaterThan(SESSIONS);
      expect(states[2]).toBeGreaterThan(SESSIONS);
    });
  },
);
