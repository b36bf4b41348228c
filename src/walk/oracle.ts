import type { Frame, Question } from "../predicate/frame.ts";

/** One thing that was not decided by the input, and how this walk took it. */
export interface Decision {
  readonly question: Question;
  readonly answer: boolean;
  /** Of this answer: 1 where nothing is drawn, so that a set of assumptions has probabilities of its own. */
  readonly probability: number;
}

/**
 * Answers what the input leaves open, so that one walk is a function of the packet, the namespace and a list of answers.
 *
 * `forced` are the first answers; beyond them every question is answered no and noted. Answers are consistent: a field
 * that was said to lie in a range is not said to lie outside of it later, and a hidden device of a rule is one device.
 */
export interface Oracle {
  decide(question: Question, frame: Frame): boolean;
  chance(probability: number, question: Question): boolean;
  /** One of `count` numbers from 0, all equally likely; without a source of chance the first stands for them. */
  draw(count: number): number;
  readonly decisions: readonly Decision[];
}

type Ranges = readonly (readonly [low: number, high: number])[];

const EVERYTHING: Ranges = [[0, 0xffffffff]];

function split(ranges: Ranges, low: number, high: number): { inside: Ranges; outside: Ranges } {
  const inside: [number, number][] = [];
  const outside: [number, number][] = [];
  for (const [from, to] of ranges) {
    const begin = Math.max(from, low);
    const end = Math.min(to, high);
    if (begin > end) {
      outside.push([from, to]);
      continue;
    }
    inside.push([begin, end]);
    if (from < begin) outside.push([from, begin - 1]);
    if (to > end) outside.push([end + 1, to]);
  }
  return { inside, outside };
}

export function oracle(forced: readonly boolean[], random: (() => number) | undefined): Oracle {
  const decisions: Decision[] = [];
  // Made when the first question comes, which for most walks is never.
  let possible: Map<string, Ranges> | undefined;
  let known: Map<string, boolean> | undefined;
  const take = (question: Question, probability: number | undefined): boolean => {
    const answer = forced[decisions.length] ?? false;
    const weight = probability === undefined ? 1 : answer ? probability : 1 - probability;
    decisions.push({ question, answer, probability: weight });
    return answer;
  };
  return {
    decisions,
    decide(question, frame) {
      const { subject, low, high, at, same } = question;
      if (question.kind === "unsaid" && low !== undefined && high !== undefined) {
        possible ??= new Map();
        const { inside, outside } = split(possible.get(subject) ?? EVERYTHING, low, high);
        if (inside.length === 0) return false;
        if (outside.length === 0) return true;
        const answer = take(question, undefined);
        possible.set(subject, answer ? inside : outside);
        return answer;
      }
      const place = `${subject} ${at?.table} ${at?.chain} ${at?.rule}`;
      const key =
        same ??
        (question.kind === "hidden"
          ? `${place} ${subject === "in" ? frame.inDevice : frame.outDevice}`
          : `${place} ${question.text} ${frame.inDevice} ${frame.outDevice} ${frame.dport}`);
      known ??= new Map();
      let answer = known.get(key);
      if (answer === undefined) {
        answer = take(question, undefined);
        known.set(key, answer);
      }
      return answer;
    },
    chance(probability, question) {
      if (probability <= 0) return false;
      if (probability >= 1) return true;
      return random === undefined ? take(question, probability) : random() < probability;
    },
    draw: (count) => (random === undefined ? 0 : Math.floor(random() * count)),
  };
}
