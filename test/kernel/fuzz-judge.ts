import { type Netns, send } from "../../src/index.ts";
import type { RecordedCase } from "../recorded/cases.ts";
import { netnsOf } from "../recorded/replay.ts";
import type { Played } from "./fuzz-run.ts";
import { comparePacket, type Difference, type Walked } from "./lab-compare.ts";
import type { EndDetails } from "./lab-details.ts";
import type { Family, LabPacket, Observed } from "./lab-types.ts";
import { specOf } from "./lab-walk.ts";

/** What a judgement needs of a session that was played. */
type Verdict = Pick<Played, "session" | "observed"> & { readonly plan: Pick<Played["plan"], "flavour"> };

/** What a walk says when it chooses a port at random (N15, N19). */
const DRAWN = /draws the port at random from (\d+) to (\d+)/;

/** A range of ports that the walk drew from. */
interface Draw {
  readonly low: number;
  readonly high: number;
}

/** Walks one packet; each draw of a port takes the next of `ports`, or the lowest of the range. */
function walkWith(netns: Netns, packet: LabPacket, family: Family, ports: readonly number[], answers: boolean) {
  const draws: Draw[] = [];
  let frame: EndDetails | undefined;
  const sent = send(netns, specOf(packet, family), {
    answers,
    random: () => {
      const draw = draws.at(-1);
      const port = ports[draws.length - 1];
      return draw && port !== undefined ? (port - draw.low + 0.5) / (draw.high - draw.low + 1) : 0;
    },
    observer: (event) => {
      // The walk's own frame: at the end it is as the packet ended.
      if (event.kind === "hook") frame = event.frame;
      const found = event.kind === "note" ? DRAWN.exec(event.text) : null;
      if (found) draws.push({ low: Number(found[1]), high: Number(found[2]) });
    },
  });
  const end = frame && { ttl: frame.ttl, tos: frame.tos };
  const walked: Walked = { ...sent, ...(end && { end }) };
  return { walked, draws };
}

/** Ports and ICMP ids of what was seen: the kernel's draws are among them. */
function numbersSeen({ leaving, landing, conntrack }: Observed): readonly number[] {
  const ends = [...leaving, ...landing, ...conntrack.flatMap(({ original, reply }) => [original, reply])];
  const numbers = (ends as readonly Readonly<Record<string, unknown>>[]).flatMap(({ sport, dport, id }) => [
    sport,
    dport,
    id,
  ]);
  return [...new Set(numbers)].filter((one) => typeof one === "number");
}

/** All ways in which the numbers that were seen could be what was drawn; draws are few. */
const choices = (draws: readonly Draw[], seen: readonly number[]): number[][] =>
  draws.reduce<number[][]>(
    (made, { low, high }) =>
      made.flatMap((one) => seen.filter((port) => port >= low && port <= high).map((port) => [...one, port])),
    [[]],
  );

/**
 * Walks a session as it was played and tells in what the first packet that differs does. What the kernel chose at random
 * is taken over, if there is a choice that explains everything that was seen; it then holds for the rest of the session.
 *
 * @param answers whether the kernel was let answer for REJECT
 */
export function judge({ session, observed, plan: { flavour } }: Verdict, answers = false): readonly Difference[] {
  let netns = netnsOf({ ...(session as unknown as RecordedCase), flavour });
  for (const [at, packet] of session.packets.entries()) {
    const kernel = observed[at]!;
    const differ = (walked: Walked): readonly Difference[] => comparePacket(kernel, walked, packet, at);
    const first = walkWith(netns, packet, session.family, [], answers);
    const attempts = first.draws.length === 0 ? [] : choices(first.draws.slice(0, 2), numbersSeen(kernel));
    let { walked } = first;
    for (const ports of attempts) {
      if (differ(walked).length === 0) break;
      walked = walkWith(netns, packet, session.family, ports, answers).walked;
    }
    const differences = differ(walked);
    if (differences.length > 0) return differences;
    netns = walked.netns;
  }
  return [];
}
