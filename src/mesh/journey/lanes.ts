import { endText } from "../../net/endpoint.ts";
import { refName } from "../../predicate/rule-ref.ts";
import { decidingRules } from "../../walk/decision.ts";
import type { Journey, JourneyHop } from "./types.ts";

/** Somebody who opens, forwards or accepts connections: an actor in its place, a place itself, or the outside. */
export interface Lane {
  readonly id: string;
  readonly place: string;
  /** "" for the place itself, as a node that forwards. */
  readonly actor: string;
}

/** A packet on its way from one lane to another: one hop, or two where it arrives and is accepted there at once. */
export interface Arrow {
  readonly from: Lane;
  readonly to: Lane;
  readonly hops: readonly JourneyHop[];
  /** What is dialled: `10.244.1.20:50000 → 10.244.1.30:80`, and the owner. */
  readonly dialled: string;
  /** What became of it in each hop: where it came out, and the rule that decided. */
  readonly became: readonly string[];
}

export interface Lanes {
  readonly lanes: readonly Lane[];
  readonly arrows: readonly Arrow[];
  /** The arrow at which the rounds of a loop begin; the number of arrows where there is none. */
  readonly round: number;
}

const OUTSIDE = "outside";
/** Who began the journey, and who answered it where no actor is known: whoever it is, a process of that place. */
const PROCESS = "application";

/** A journey as arrows between lanes: what its drawings have in common. Lanes stand in the order of the way. */
export function lanesOf(journey: Journey): Lanes {
  const lanes = new Map<string, Lane>();
  const lane = (place: string, actor: string): Lane => {
    const key = JSON.stringify([place, actor]);
    const found = lanes.get(key) ?? { id: `L${lanes.size}`, place, actor };
    lanes.set(key, found);
    return found;
  };
  const arrows: Arrow[] = [];
  const { hops, loop } = journey;
  let from = lane(hops[0]!.place, PROCESS);
  for (let at = 0; at < hops.length; ) {
    const hop = hops[at]!;
    if (at > 0 && hop.how === "open") from = lane(hop.place, hop.by);
    const next = hops[at + 1];
    const both = hop.walk.fate.kind === "sent" && next !== undefined && next.walk.fate.kind !== "sent";
    const walked = both ? [hop, next] : [hop];
    const to = receiver(hop, next, lane);
    arrows.push({ from, to, hops: walked, dialled: dialledText(hop), became: walked.map(becameText) });
    from = to;
    at += walked.length;
  }
  const round = loop === null ? arrows.length : arrows.findIndex((arrow) => arrow.hops.includes(loop.hops[0]!));
  return { lanes: [...lanes.values()], arrows, round };
}

function receiver(hop: JourneyHop, next: JourneyHop | undefined, lane: (place: string, actor: string) => Lane): Lane {
  const { fate } = hop.walk;
  if (hop.acceptedBy !== null) return lane(hop.place, hop.acceptedBy);
  if (hop.lost !== null) return lane(hop.place, "");
  if (fate.kind === "delivered" && fate.socket !== null) return lane(hop.place, PROCESS);
  if (fate.kind !== "sent") return lane(hop.place, "");
  return next === undefined ? lane(OUTSIDE, "") : lane(next.place, receiverIn(next));
}

/** Who a packet meets in the next place: its actor straight away, or the place that forwards or ends it. */
const receiverIn = ({ acceptedBy, lost, walk: { fate } }: JourneyHop): string =>
  acceptedBy ?? (lost === null && fate.kind === "delivered" && fate.socket !== null ? PROCESS : "");

export const laneText = ({ place, actor }: Lane): string => (actor === "" ? place : `${actor} (${place})`);

export function dialledText({ packet, how, walk }: JourneyHop): string {
  const to = endText({ address: packet.dst, port: packet.dport });
  const { conntrack } = walk;
  const src = packet.src ?? (conntrack?.original as { readonly src?: string } | undefined)?.src;
  const from = src === undefined ? "" : `${endText({ address: src, port: packet.sport })} → `;
  if (how === "arrive") return `${from}${to}`;
  const owner = packet.uid === undefined ? "" : `, uid ${packet.uid}`;
  const group = packet.gid === undefined || packet.gid === packet.uid ? "" : ` gid ${packet.gid}`;
  const mark = packet.mark ? `, mark 0x${packet.mark.toString(16)}` : "";
  return `${from}${to}${owner}${group}${mark}`;
}

/** Where a packet came out, as a clause. */
function outcomeText({ walk: { fate }, original, lost }: JourneyHop): string {
  switch (fate.kind) {
    case "delivered": {
      const at = fate.socket ?? { address: fate.dst, port: fate.dport };
      const dialled = original === null ? "" : endText(original);
      const before = dialled === "" || dialled === endText(at) ? "" : `, was ${dialled}`;
      if (fate.dport === undefined) return `delivered to ${fate.dst}`;
      if (fate.socket === null) return "nobody listens";
      return lost === null ? `accepted at ${endText(at)}${before}` : `heard at ${endText(at)}, whose answer is lost`;
    }
    case "sent":
      return `${fate.forwarded ? "forwarded" : "leaves"} by ${fate.out} to ${endText({ address: fate.dst, port: fate.dport })}`;
    case "unroutable":
      return `cannot go on: ${fate.reason}`;
    default:
      return fate.kind;
  }
}

export function becameText(hop: JourneyHop): string {
  const { steps, fate } = hop.walk;
  const decided = decidingRules(steps, fate);
  const names =
    decided === null ? [] : [decided.via, decided.rule].flatMap((one) => (one === null ? [] : refName(one)));
  return `${outcomeText(hop)}${names.length === 0 ? "" : ` [${names.join(" → ")}]`}`;
}

/** How it ended, in one line. */
export const endLine = ({ end, reason }: Journey): string => `${end}: ${reason}`;
