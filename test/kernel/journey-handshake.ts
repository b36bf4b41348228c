/** The handshakes of a journey's connections, packet by packet: what all tables count, and whether answers find back. */
import type { JourneyHop, Netns, PacketSpec, Walk, World } from "../../src/index.ts";
import { send } from "../../src/index.ts";
import { arrival, nextPlace } from "../../src/mesh/world/wiring.ts";
import { placeNamed } from "../../src/mesh/world/world.ts";
import { countersOf } from "../recorded/replay.ts";
import type { Cast } from "./journey-cast.ts";

type Counters = Record<string, number>;
type Delivered = Extract<Walk["fate"], { readonly kind: "delivered" }>;

export interface Shaken {
  readonly counters: Readonly<Record<string, Counters>>;
  /** For each connection that somebody accepts: whether its answer came back to who opened it. */
  readonly answered: readonly boolean[];
}

/** One packet's way through the places, to its end. */
interface Way {
  readonly place: string;
  readonly first: Walk;
  readonly last: Walk;
}

/** The kernel's own RST has a socket that is nobody's (O2): no owner that a rule names. */
const NOBODY = { uid: 4_294_967_294, gid: 4_294_967_294 };

const FIRST_PORT = 40_000;

/**
 * Plays SYN, SYN+ACK and ACK of each connection, and of UDP the question; then UDP's answers, the last asked first.
 * The journey gives what is opened; everything else is walked anew, with what earlier packets left in the conntracks.
 */
export function handshakes(world: World, hops: readonly JourneyHop[], cast: Cast, loops: boolean): Shaken {
  const namespaces = new Map<string, Netns>(world.places.map(({ name, netns }) => [name, netns]));
  const counters: Record<string, Counters> = Object.fromEntries(world.places.map(({ name }) => [name, {}]));
  const answered: boolean[] = [];
  const answers: (() => void)[] = [];

  const step = (place: string, packet: PacketSpec): Walk => {
    const { walk, netns } = send(namespaces.get(place)!, packet);
    namespaces.set(place, netns);
    const own = counters[place]!;
    for (const [at, count] of Object.entries(countersOf(walk))) own[at] = (own[at] ?? 0) + count;
    return walk;
  };
  const go = (from: string, packet: PacketSpec): Way => {
    const first = step(from, packet);
    let [place, last, sent] = [placeNamed(world, from), first, packet];
    while (last.fate.kind === "sent") {
      const next = nextPlace(world, place, last.fate);
      if (next === null) break;
      sent = arrival(next, sent, last.fate);
      place = next;
      last = step(place.name, sent);
    }
    return { place: place.name, first, last };
  };

  const opened = hops.filter(({ how }) => how === "open");
  for (const [at, { place, packet }] of opened.entries()) {
    const question = { ...packet, sport: FIRST_PORT + at };
    const way = go(place, question);
    const { fate } = way.last;
    if (fate.kind !== "delivered") continue;
    if (fate.socket === null) {
      go(way.place, { ...back(packet.proto, fate), ...NOBODY, flags: ["RST", "ACK"], transparent: true });
      continue;
    }
    const flags = packet.proto === "tcp" ? { flags: ["SYN", "ACK"] } : {};
    const { owner, bound } = listenerOf(cast, way.place, fate);
    const { src, ...rest } = { ...back(packet.proto, fate), ...owner, ...flags, transparent: true };
    // A datagram's socket that is bound to no address answers from the one that the way back suggests.
    const answer: PacketSpec = packet.proto === "tcp" || bound ? { ...rest, src: src! } : rest;
    const reply = () => {
      const returned = go(way.place, answer);
      const { fate: end } = returned.last;
      // Only a proxy's datagrams come from a socket that is not connected, and takes answers from anybody.
      const dialled = packet.proto === "udp" && at > 0 ? null : question;
      const found = returned.place === place && isFor(end, question.sport, dialled);
      answered.push(found);
      if (!found) {
        if (end.kind === "delivered") go(returned.place, refusal(packet.proto, end));
      } else if (packet.proto === "tcp") go(place, { ...question, src: sourceOf(way.first), flags: ["ACK"] });
    };
    if (packet.proto === "tcp") reply();
    else answers.unshift(reply);
  }
  // Where a loop was cut nobody was ever asked who could answer.
  if (loops) return { counters, answered };
  for (const reply of answers) reply();
  return { counters, answered };
}

const back = (proto: PacketSpec["proto"], { src, sport, dst, dport }: Delivered) =>
  ({ proto, src: dst, sport: dport!, dst: src, dport: sport! }) as PacketSpec;

const isFor = (fate: Walk["fate"], port: number, dialled: PacketSpec | null): boolean =>
  fate.kind === "delivered" &&
  fate.dport === port &&
  (dialled === null || (fate.src === dialled.dst && fate.sport === dialled.dport));

/** What a kernel says to an answer that nobody waits for; its RST may have a foreign source in IPv6 only. */
function refusal(proto: PacketSpec["proto"], fate: Delivered): PacketSpec {
  const six = fate.dst.includes(":");
  const { src, sport, dst, dport } = fate;
  if (proto === "tcp") return { ...back("tcp", fate), ...NOBODY, flags: ["RST"], transparent: six };
  const quoted: PacketSpec = { proto: "udp", src, sport: sport!, dst, dport: dport! };
  const [type, code] = six ? [1, 4] : [3, 3];
  return { proto: six ? "icmpv6" : "icmp", type, code, src: dst, dst: src, ...NOBODY, quoted };
}

/** The source that the kernel chose for a connection: where it was not translated it is the packet's still. */
function sourceOf({ fate, conntrack }: Walk): string {
  const { src } = (conntrack?.original ?? fate) as { readonly src: string };
  return src;
}

/** The socket that answers: owner and mark, and whether it is bound to an address. */
function listenerOf(cast: Cast, place: string, { socket }: Delivered) {
  for (const { standIn } of cast[place as keyof Cast]) {
    const port = standIn.ports.find((one) => one.port === socket!.port);
    if (port === undefined) continue;
    const { uid = 0, gid = 0, mark = 0 } = standIn;
    return { owner: { uid, gid, mark }, bound: port.address !== undefined };
  }
  throw new Error(`nobody listens at ${socket!.port} in ${place}`);
}
