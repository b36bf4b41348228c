import type { PacketSpec } from "../net/packet-spec.ts";
import type { Netns } from "../netns/netns.ts";
import { type Question, questionText } from "../predicate/question.ts";
import type { RuleRef } from "../predicate/rule-ref.ts";
import type { Step } from "../program/step.ts";
import type { Decision } from "./run/oracle.ts";
import type { Because, Walk } from "./run/walk.ts";
import { type Answer, type Attempt, attempt, readPacketFor, type SendOptions } from "./send.ts";

/** What one of the possible walks takes for granted. */
export interface Assumption {
  readonly table: string;
  readonly chain: string;
  readonly rule: number;
  /** The condition in question. */
  readonly condition: string;
  readonly holds: boolean;
  /** In words. */
  readonly message: string;
}

/** One of the walks that are possible, and the namespace after it. */
export interface Outcome {
  readonly walk: Walk;
  /** What REJECT answers, if `answers` were asked for. */
  readonly answer: Answer | null;
  readonly netns: Netns;
  /** Over chance alone; the outcomes of one set of assumptions add up to 1. */
  readonly probability: number;
  readonly assumptions: readonly Assumption[];
}

/** More walks than this for one packet, and {@link outcomes} gives up. */
const MOST_OUTCOMES = 10_000;

/**
 * Every walk that chance and what was not said allow. One that nothing was left open for gives one outcome.
 *
 * @throws RangeError if there are more than `limit`
 */
export function outcomes(
  netns: Netns,
  given: PacketSpec | string,
  options: SendOptions & { readonly limit?: number } = {},
): Outcome[] {
  const packet = readPacketFor(netns, given);
  const limit = options.limit ?? MOST_OUTCOMES;
  const again = sameDraws(options);
  const found: Outcome[] = [];
  for (const one of attempts((forced) => attempt(netns, packet, again(), forced))) {
    if (found.length >= limit) throw new RangeError(`outcomes: more than ${limit} possible walks`);
    found.push({
      walk: one.walk,
      answer: one.answer,
      netns: one.netns,
      probability: one.decisions.reduce((product, decision) => product * decision.probability, 1),
      assumptions: one.decisions.filter(({ question }) => question.why !== "chance").map(assumptionOf),
    });
  }
  return found;
}

/**
 * Depth first: after each walk, every answer that was not forced is turned round once.
 *
 * What is still to be turned round is kept as one list of answers for each walk, not as one for each turn: rules that go
 * round in circles ask thousands of questions.
 */
function* attempts(walk: (forced: readonly boolean[]) => Attempt): Generator<Attempt> {
  const open: { readonly answers: readonly boolean[]; next: number }[] = [];
  for (let forced: readonly boolean[] | undefined = []; forced !== undefined; ) {
    const one = walk(forced);
    yield one;
    const answers = one.decisions.map((decision) => decision.answer);
    open.push({ answers, next: forced.length });
    forced = undefined;
    for (let top = open.at(-1); top !== undefined && forced === undefined; top = open.at(-1)) {
      const { answers, next } = top;
      if (next >= answers.length) open.pop();
      else {
        top.next++;
        forced = [...answers.slice(0, next), !answers[next]];
      }
    }
  }
}

/**
 * The options for one walk after another of the same packet: each draws the same numbers, so that walks differ in nothing
 * but the answers to what is open.
 */
function sameDraws<T extends SendOptions>(options: T): () => T {
  const { random } = options;
  if (random === undefined) return () => options;
  const drawn: number[] = [];
  return () => {
    let at = 0;
    return { ...options, random: () => (drawn[at++] ??= random()) };
  };
}

/** Without the observer: it has seen a walk of this packet, the others are only compared with that. */
const quietly = ({ observer: _, ...options }: SendOptions): SendOptions => options;

function assumptionOf({ question, answer }: Decision): Assumption {
  const { at, words, why, inverse } = question;
  const holds = answer !== inverse;
  const taken =
    why === "hidden"
      ? `taken as ${holds ? "matching" : "not matching"} this packet`
      : `${words} ${holds ? "holds" : "does not hold"}`;
  return { ...placeOf(at), condition: words, holds, message: `${questionText(question)}; ${taken}` };
}

const placeOf = (at: RuleRef | null): { readonly table: string; readonly chain: string; readonly rule: number } => ({
  table: at?.table ?? "",
  chain: at?.chain ?? "",
  rule: at?.rule ?? 0,
});

function becauseOf(question: Question): Because {
  const { at, why, subject, missing } = question;
  const message = questionText(question);
  if (why === "unmodelled" || why === "chance") return { ...placeOf(at), extension: subject, message };
  return { ...placeOf(at), field: subject, ...(missing && { missing }), message };
}

/** How many walks `send` tries before it calls a packet undetermined. */
const SEND_LIMIT = 256;

/** What became of a packet, and the namespace after it. */
export interface Sent {
  readonly walk: Walk;
  /** What REJECT answered; null if nothing, or if `answers` were not asked for. */
  readonly answer: Answer | null;
  readonly netns: Netns;
}

/**
 * Walks one packet. Pure: `netns` is unchanged, and the result has the new conntrack entries, counters and match state.
 *
 * Where the walk depends on something that was not said, its fate is `undetermined`, its steps are those that all
 * possible walks begin with, and the namespace stays as it was; so it does without an answer whose fate is. An open
 * question that changes nothing does not count.
 *
 * @throws TypeError or ParseError for a packet that is wrong, RangeError for a device that the namespace does not have
 */
export function send(netns: Netns, given: PacketSpec | string, options: SendOptions = {}): Sent {
  const packet = readPacketFor(netns, given);
  const again = sameDraws(options);
  const first = attempt(netns, packet, again(), []);
  if (first.decisions.length === 0 && !isOpen(first.answer)) return settled(netns, first);
  const because = new Map<string, Because>();
  const note = (decisions: readonly Decision[]) => {
    for (const { question } of decisions) {
      const one = becauseOf(question);
      because.set(`${one.message}`, one);
    }
  };
  let steps = first.walk.steps;
  let answerSteps = first.answer?.walk.steps ?? [];
  let same = true;
  let sameAnswer = true;
  let tried = 0;
  for (const one of attempts((forced) => attempt(netns, packet, quietly(again()), forced))) {
    note(one.decisions);
    if (!sameWalk(first.walk, one.walk)) same = false;
    if (!sameAnswers(first.answer, one.answer)) sameAnswer = false;
    steps = commonStart(steps, one.walk.steps);
    answerSteps = commonStart(answerSteps, one.answer?.walk.steps ?? []);
    if (++tried >= SEND_LIMIT) {
      same = false;
      break;
    }
  }
  const open = (begun: readonly Step[]): Walk => ({
    fate: { kind: "undetermined", because: [...because.values()] },
    steps: begun,
    conntrack: null,
    originalDst: null,
  });
  if (!same) return { walk: open(steps), answer: null, netns };
  if (first.answer === null || (sameAnswer && !isOpen(first.answer))) return settled(netns, first);
  // The packet's own end is certain: it is sent, and what is answered is not.
  const alone = send(netns, given, { ...quietly(again()), answers: false });
  if (sameAnswer) return { ...alone, answer: first.answer };
  return { ...alone, answer: { packet: first.answer.packet, walk: open(answerSteps), answer: null } };
}

const settled = (netns: Netns, { walk, answer, netns: after }: Attempt): Sent => ({
  walk,
  answer,
  netns: walk.fate.kind === "undetermined" ? netns : after,
});

/** Whether the input leaves open what becomes of an answer, or of the answer to it. */
const isOpen = (answer: Answer | null): boolean =>
  answer !== null && (answer.walk.fate.kind === "undetermined" || isOpen(answer.answer));

const sameAnswers = (a: Answer | null, b: Answer | null): boolean =>
  a === null || b === null ? a === b : sameWalk(a.walk, b.walk) && sameAnswers(a.answer, b.answer);

const sameWalk = (a: Walk, b: Walk): boolean =>
  a.steps.length === b.steps.length &&
  a.steps.every((step, at) => step === b.steps[at]) &&
  JSON.stringify([a.fate, a.conntrack, a.originalDst]) === JSON.stringify([b.fate, b.conntrack, b.originalDst]);

function commonStart(a: readonly Step[], b: readonly Step[]): readonly Step[] {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}

/**
 * Many packets, one after another in the same namespace; `times` gives each its own second.
 *
 * Gives what as many calls of `send` would, on one working copy of the conntrack table in place of one for each packet.
 */
export function simulate(
  netns: Netns,
  packets: Iterable<PacketSpec | string>,
  options: SendOptions & { readonly times?: readonly number[] } = {},
): { readonly walks: readonly Walk[]; readonly answers: readonly (Answer | null)[]; readonly netns: Netns } {
  const walks: Walk[] = [];
  const answers: (Answer | null)[] = [];
  const conntrack = netns.conntrack.working();
  let now: Netns = { ...netns, conntrack };
  for (const given of packets) {
    const time = options.times?.[walks.length] ?? options.time ?? 0;
    const packet = readPacketFor(now, given);
    const again = sameDraws({ ...options, time });
    conntrack.begin();
    let { walk, answer, netns: after, decisions } = attempt(now, packet, again(), [], true);
    if (decisions.length > 0 || walk.fate.kind === "undetermined" || isOpen(answer)) {
      // The walk is taken back, and `send` compares all that are possible.
      conntrack.rollback();
      const sent = send({ ...now, conntrack: conntrack.fork() }, given, quietly(again()));
      walk = sent.walk;
      answer = sent.answer;
      after = sent.netns;
      conntrack.adopt(after.conntrack);
      after = { ...after, conntrack };
    }
    walks.push(walk);
    answers.push(answer);
    now = after;
  }
  return { walks, answers, netns: { ...now, conntrack: conntrack.fork() } };
}
