import type { Random } from "./fuzz-random.ts";
import { MARKS, PORTS, TOS, UIDS, wordsOf } from "./fuzz-words.ts";
import type { Family, LabPacket } from "./lab-types.ts";

/** What is sent next: a packet, or something that follows from what the kernel did with an earlier one. */
export type Sending =
  | { readonly kind: "packet"; readonly packet: LabPacket }
  /** The same packet once more. */
  | { readonly kind: "again"; readonly to: number; readonly words: Partial<LabPacket> }
  /** From where it ended: the far end's answer as a frame, or the answer of a socket here. */
  | { readonly kind: "answer"; readonly to: number; readonly words: Partial<LabPacket> }
  /** An ICMP error about it, from where it ended. */
  | { readonly kind: "error"; readonly to: number; readonly words: Partial<LabPacket> };

const ODD_FLAGS: readonly (readonly string[])[] = [
  ["ACK"],
  ["PSH", "ACK"],
  ["SYN", "ACK"],
  ["FIN", "ACK"],
  ["RST"],
  ["RST", "ACK"],
  [],
  ["FIN", "PSH", "URG"],
  ["SYN", "FIN"],
];

function rest(random: Random): Partial<LabPacket> {
  return {
    ...(random.chance(0.06) && { ttl: random.pick([1, 2, 63, 65]) }),
    ...(random.chance(0.06) && { tos: random.pick(TOS) }),
  };
}

const PROTOS = [
  [5, "tcp"],
  [4, "udp"],
  [2, "icmp"],
  [0.3, "253"],
] as const;

/** Ports, flags, payload: whatever the protocol needs. */
function transport(random: Random, frame: boolean): Pick<LabPacket, "proto"> & Partial<LabPacket> {
  const proto = random.weighted(PROTOS);
  // A socket here that dials its own port would be connected to itself.
  const ports = {
    sport: frame && random.chance(0.1) ? random.pick(PORTS) : random.int(40000, 60000),
    dport: random.pick(PORTS),
  };
  const data = { payload: random.pick([4, 4, 20, 100]) };
  if (proto === "tcp") {
    const flags = frame && random.chance(0.25) ? random.pick(ODD_FLAGS) : ["SYN"];
    return { proto, ...ports, ...(frame || random.chance(0.1) ? { flags } : {}) };
  }
  if (proto === "udp") return { proto, ...ports, ...data };
  if (proto === "icmp") return { proto, id: random.int(1, 60000), ...(random.chance(0.2) && data) };
  return { proto, ...data };
}

function frame(random: Random, family: Family): LabPacket {
  const { near, own, far, loopback } = wordsOf(family);
  const device = random.pick(["eth0", "eth1"] as const);
  const src = random.weighted([
    [20, random.pick(near[device])],
    [1, random.pick(near[device === "eth0" ? "eth1" : "eth0"])],
    [1, random.pick([...own, ...loopback])],
  ]);
  const dst = random.weighted([
    [10, device === "eth0" ? own[0]! : own[own.length - 1]!],
    [3, random.pick(own)],
    [7, random.pick(far)],
    [1, random.pick(loopback)],
  ]);
  return { ...transport(random, true), in: device, src, dst, ...rest(random) };
}

function local(random: Random, family: Family, foreign: boolean): LabPacket {
  const { own, far, loopback } = wordsOf(family);
  const uid = random.pick(UIDS);
  const src = random.weighted<string | undefined>([
    [10, undefined],
    [4, random.pick(own)],
    [1, random.pick(loopback)],
    [foreign ? 1 : 0.1, random.pick(far)],
  ]);
  const transparent = src !== undefined && !own.includes(src) && !loopback.includes(src) && random.chance(0.8);
  return {
    ...transport(random, false),
    ...(src !== undefined && { src }),
    dst: random.pick(random.weighted([[6, far] as const, [4, own] as const, [3, loopback] as const])),
    uid,
    gid: random.chance(0.7) ? uid : random.pick(UIDS),
    ...(random.chance(0.05) && { groups: [random.pick(UIDS)] }),
    ...(random.chance(0.12) && { mark: random.pick(MARKS) }),
    ...(transparent && { transparent }),
    ...rest(random),
  };
}

/** What a packet after another one of its connection may carry; the resolver fills in what TCP demands. */
const followUp = (random: Random): Partial<LabPacket> => ({
  ...(random.chance(0.15) && { flags: random.pick(ODD_FLAGS) }),
  ...(random.chance(0.3) && { payload: random.pick([4, 20]) }),
  ...(random.chance(0.3) && { uid: random.pick(UIDS), gid: random.pick(UIDS) }),
});

const errorWords = (random: Random, family: Family): Partial<LabPacket> =>
  random.pick(
    family === 4
      ? [
          { type: 3, code: 3 },
          { type: 3, code: 1 },
          { type: 11, code: 0 },
        ]
      : [
          { type: 1, code: 4 },
          { type: 1, code: 0 },
          { type: 3, code: 0 },
        ],
  );

function next(random: Random, family: Family, earlier: readonly Sending[], foreign: boolean): Sending {
  const to = random.chance(0.7) ? earlier.length - 1 : random.int(0, earlier.length - 1);
  const follow = random.weighted([
    [3, "answer"],
    [2, "again"],
    [0.7, "error"],
    [3, "packet"],
  ] as const);
  if (earlier.length === 0 || follow === "packet")
    return { kind: "packet", packet: random.chance(0.5) ? frame(random, family) : local(random, family, foreign) };
  if (follow === "error") return { kind: "error", to, words: errorWords(random, family) };
  if (follow === "again") return { kind: "again", to, words: random.chance(0.2) ? { payload: 30 } : {} };
  return { kind: "answer", to, words: followUp(random) };
}

/** Packets of one session: beginnings of connections, and what follows them. `foreign`: sources that are not ours. */
export function sendings(random: Random, family: Family, count: number, foreign: boolean): Sending[] {
  const made: Sending[] = [];
  while (made.length < count) made.push(next(random, family, made, foreign));
  return made;
}
