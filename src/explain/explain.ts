import type { PacketSpec } from "../net/packet-spec.ts";
import type { Netns } from "../netns/netns.ts";
import { type Assumption, type Outcome, outcomes, send } from "../walk/outcomes.ts";
import type { Walk } from "../walk/run/walk.ts";
import type { SendOptions } from "../walk/send.ts";
import { specOf } from "./candidates.ts";
import { type Decision, decisionOf } from "./decision.ts";
import { istioPort } from "./istio-ports.ts";
import type { Goal } from "./leads-to.ts";
import { packetWords } from "./packet-words.ts";
import { recordTrace } from "./record.ts";
import { fateText, landingPort, summaryOf } from "./summary.ts";
import type { Trace } from "./trace.ts";
import { undeterminedSummary } from "./undetermined.ts";
import { type WhyNotAnswer, whyNot } from "./why-not.ts";

/** How to explain; the options of `send`, and what else is asked. */
export interface ExplainOptions extends Omit<SendOptions, "observer"> {
  /** Also answers why the packet does not end there: a port, or members of a fate. */
  readonly whyNot?: Goal;
}

/** One of the ends that an undetermined packet may have. */
export interface PossibleEnd {
  readonly walk: Walk;
  /** As a clause: `sent out of eth0 to 10.96.0.10:80`. */
  readonly end: string;
  /** Over chance, summed over the walks of these assumptions that end here. */
  readonly probability: number;
  /** What must be so for it; none where only chance decides. */
  readonly assumptions: readonly Assumption[];
}

/** What became of one packet and why: plain data, which {@link explanationText} and {@link explanationMarkdown} print. */
export interface Explanation {
  /** In words, as it was understood. */
  readonly packet: string;
  readonly walk: Walk;
  /** Of an undetermined packet: the walk on which everything open is taken as not matching. */
  readonly trace: Trace;
  readonly decision: Decision;
  /** One paragraph. */
  readonly summary: string;
  /** Istio's ports that occur in the answer. */
  readonly ports: readonly { readonly port: number; readonly meaning: string }[];
  /** Only if undetermined: the ends that are possible. */
  readonly outcomes?: readonly PossibleEnd[];
  /** Only if asked. `answer` is null if no packet was found that ends there. */
  readonly whyNot?: { readonly goal: Goal; readonly answer: WhyNotAnswer | null };
}

/** More possible walks than this are not listed. */
const MOST_WALKS = 256;

/**
 * Sends one packet and says where it ended, which rule decided, and what every rule that was looked at said.
 * Deterministic: the same namespace and packet give the same explanation.
 *
 * @throws what `send` throws for a packet that is wrong
 */
export function explain(netns: Netns, given: PacketSpec | string, options: ExplainOptions = {}): Explanation {
  const { whyNot: goal, ...sending } = options;
  const spec = specOf(given);
  const { observer, trace } = recordTrace();
  const { walk } = send(netns, spec, { ...sending, observer });
  const decision = decisionOf(trace, walk.fate);
  const answer = goal === undefined ? undefined : { goal, answer: whyNot(netns, spec, goal, sending) };
  const ends = walk.fate.kind === "undetermined" ? possibleEnds(netns, spec, sending) : undefined;
  return {
    packet: packetWords(spec),
    walk,
    trace,
    decision,
    summary:
      walk.fate.kind === "undetermined"
        ? undeterminedSummary(walk.fate.because, ends ?? [])
        : summaryOf(walk, trace, decision),
    ports: istioPorts([walk, ...(ends ?? []).map((one) => one.walk)], goal),
    ...(ends && { outcomes: ends }),
    ...(answer && { whyNot: answer }),
  };
}

function istioPorts(walks: readonly Walk[], goal: Goal | undefined): Explanation["ports"] {
  const ports = [...walks.map(landingPort), typeof goal === "number" ? goal : undefined];
  return [...new Set(ports)].flatMap((port) => {
    const meaning = port === undefined ? undefined : istioPort(port);
    return meaning === undefined ? [] : [{ port: port!, meaning }];
  });
}

/** Both ends of what is open, or more; nothing where there are too many to list. */
function possibleEnds(netns: Netns, spec: PacketSpec, options: SendOptions): readonly PossibleEnd[] {
  let all: readonly Outcome[];
  try {
    all = outcomes(netns, spec, { ...options, limit: MOST_WALKS });
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
  const ends = new Map<string, PossibleEnd>();
  for (const { walk, probability, assumptions } of all) {
    const key = JSON.stringify([walk.fate, assumptions]);
    const known = ends.get(key);
    ends.set(key, {
      walk,
      end: fateText(walk.fate),
      probability: (known?.probability ?? 0) + probability,
      assumptions,
    });
  }
  return [...ends.values()];
}
