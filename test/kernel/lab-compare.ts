import type { Answer as Answered, Netns, Walk } from "../../src/index.ts";
import { type Answer, answerOf, expectedOf } from "../recorded/replay.ts";
import { detailLines, type EndDetails } from "./lab-details.ts";
import type { LabPacket, Observed } from "./lab-types.ts";

const ASPECTS = ["counters", "landing", "leaving", "conntrack"] as const;

/** The laboratory looks before the kernel confirms: a packet that is dropped there was seen at its end (E5). */
const isSeenAtEnd = ({ walk }: Walked): boolean =>
  walk.fate.kind === "unroutable" && walk.fate.reason.includes("clashes");

type Aspect = (typeof ASPECTS)[number];

/** One thing about one packet in which two accounts differ: what only the kernel says, what only the other says. */
export interface Difference {
  /** Index of the packet in its session. */
  readonly packet: number;
  readonly what: Aspect | "details" | "undetermined";
  readonly kernel: readonly string[];
  readonly walk: readonly string[];
}

/** A walk, that of what REJECT answered, and the namespace after both. */
export interface Walked {
  readonly walk: Walk;
  readonly answer: Answered | null;
  readonly netns: Netns;
  /** The packet at its end; undefined where it was not watched. */
  readonly end?: EndDetails;
}

/** What a kernel would have shown of a packet and of what it answered. */
function accountOf({ walk, answer, netns }: Walked, proto: string): Answer {
  let account = answerOf(walk, netns, proto);
  for (let next = answer; next !== null; next = next.answer) {
    const { counters, landing, leaving } = answerOf(next.walk, netns, proto);
    const sums = { ...account.counters };
    for (const [place, count] of Object.entries(counters)) sums[place] = (sums[place] ?? 0) + count;
    account = {
      ...account,
      counters: sums,
      landing: [...account.landing, ...landing],
      leaving: [...account.leaving, ...leaving],
    };
  }
  return account;
}

/** One aspect as texts without order. */
function lines(answer: Answer, what: Aspect): readonly string[] {
  const texts =
    what === "counters" ? Object.entries(answer.counters).map(([place, count]) => `${place}: ${count}`) : answer[what];
  return [...texts].sort();
}

function differences(
  kernel: Answer,
  other: Answer,
  packet: number,
  aspects: readonly Aspect[] = ASPECTS,
): Difference[] {
  return aspects
    .map((what) => ({ what, ours: lines(kernel, what), theirs: lines(other, what) }))
    .filter(({ ours, theirs }) => ours.join("\n") !== theirs.join("\n"))
    .map(({ what, ours, theirs }) => ({
      packet,
      what,
      kernel: ours.filter((line) => !theirs.includes(line)),
      walk: theirs.filter((line) => !ours.includes(line)),
    }));
}

/** Compares two accounts of what kernels did with the packets of one session. */
export function compareObserved(
  kernel: readonly Observed[],
  other: readonly Observed[],
  packets: readonly LabPacket[],
): Difference[] {
  return packets.flatMap(({ proto }, packet) =>
    differences(expectedOf(kernel[packet]!, proto), expectedOf(other[packet]!, proto), packet),
  );
}

/** What is looked at once the rest is the same; of answers only the entries are. */
function differencesOfDetail(kernel: Observed, { netns, end, answer, walk }: Walked, packet: number): Difference[] {
  const ended = walk.fate.kind === "delivered" || walk.fate.kind === "sent";
  const told = ended && answer === null ? kernel : { ...kernel, landing: [], leaving: [] };
  const lines = detailLines(told, netns, end);
  const ours = lines.kernel.filter((line) => !lines.walk.includes(line));
  const theirs = lines.walk.filter((line) => !lines.kernel.includes(line));
  return ours.length + theirs.length === 0 ? [] : [{ packet, what: "details", kernel: ours, walk: theirs }];
}

/** Compares what the kernel did with one packet with how the library walked it. Undetermined is a difference, too. */
export function comparePacket(kernel: Observed, walked: Walked, { proto }: LabPacket, packet: number): Difference[] {
  const expected = expectedOf(kernel, proto);
  const { walk } = walked;
  if (walk.fate.kind !== "undetermined") {
    const found = differences(
      expected,
      accountOf(walked, proto),
      packet,
      isSeenAtEnd(walked) ? ["counters", "conntrack"] : ASPECTS,
    );
    return found.length > 0 ? found : differencesOfDetail(kernel, walked, packet);
  }
  const because = walk.fate.because.map(({ table, chain, rule, message }) => `${table} ${chain} ${rule}: ${message}`);
  return [{ packet, what: "undetermined", kernel: lines(expected, "counters"), walk: because }];
}

/**
 * Compares what the kernel did with a session's packets with how the library walked them, packet by packet. A walk
 * that is undetermined is a difference: the session says everything that a walk may depend on.
 */
export function compare(
  kernel: readonly Observed[],
  walks: readonly Walked[],
  packets: readonly LabPacket[],
): Difference[] {
  return packets.flatMap((words, packet) => comparePacket(kernel[packet]!, walks[packet]!, words, packet));
}
