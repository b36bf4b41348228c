import { interfaceMatches } from "../../net/interface-pattern.ts";
import { NUMBER_FIELDS } from "../../predicate/field.ts";
import type { Question } from "../../predicate/question.ts";

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
 * Answers are consistent: a number that was said to lie in a range is not said to lie outside of it later, a name that is
 * `eth0` begins with `eth`, and a fact that holds for one rule holds for all.
 */
export interface Oracle {
  ask(question: Question): boolean;
  /** A draw: true with this probability. */
  draw(probability: number, question: Question): boolean;
  /** One of `count` numbers from 0, all equally likely; without a source of chance the first stands for them. */
  pick(count: number): number;
  readonly decisions: readonly Decision[];
}

/** @param forced the first answers; what is asked beyond them is answered no, and noted */
export function oracle(forced: readonly boolean[], random: (() => number) | undefined): Oracle {
  return new ForcedAnswers(forced, random);
}

class ForcedAnswers implements Oracle {
  readonly decisions: Decision[] = [];
  readonly #forced: readonly boolean[];
  readonly #random: (() => number) | undefined;
  // Made when the first question comes, which for most walks is never.
  #known: Knowledge | null = null;

  constructor(forced: readonly boolean[], random: (() => number) | undefined) {
    this.#forced = forced;
    this.#random = random;
  }

  ask(question: Question): boolean {
    this.#known ??= new Knowledge();
    const implied = this.#known.answer(question);
    if (implied !== undefined) return implied;
    const answer = this.#take(question, undefined);
    this.#known.learn(question, answer);
    return answer;
  }

  draw(probability: number, question: Question): boolean {
    if (probability <= 0) return false;
    if (probability >= 1) return true;
    return this.#random === undefined ? this.#take(question, probability) : this.#random() < probability;
  }

  pick(count: number): number {
    return this.#random === undefined ? 0 : Math.floor(this.#random() * count);
  }

  #take(question: Question, probability: number | undefined): boolean {
    const answer = this.#forced[this.decisions.length] ?? false;
    const weight = probability === undefined ? 1 : answer ? probability : 1 - probability;
    this.decisions.push({ question, answer, probability: weight });
    return answer;
  }
}

/** What follows from the answers so far. */
class Knowledge {
  readonly #numbers: Map<string, Ranges> = new Map();
  readonly #names: Map<string, NameKnowledge> = new Map();
  readonly #facts: Map<string, boolean> = new Map();

  answer({ fact }: Question): boolean | undefined {
    switch (fact.kind) {
      case "number": {
        const { inside, outside } = this.#split(fact);
        return inside.length === 0 ? false : outside.length === 0 ? true : undefined;
      }
      case "name":
        return this.#names.get(fact.field)?.answer(fact.pattern);
      case "fact":
        return this.#facts.get(fact.key);
      case "draw":
        return undefined;
    }
  }

  learn({ fact }: Question, answer: boolean): void {
    switch (fact.kind) {
      case "number": {
        const { inside, outside } = this.#split(fact);
        this.#numbers.set(fact.field, answer ? inside : outside);
        return;
      }
      case "name": {
        const known = this.#names.get(fact.field) ?? new NameKnowledge();
        known.learn(fact.pattern, answer);
        this.#names.set(fact.field, known);
        return;
      }
      case "fact":
        this.#facts.set(fact.key, answer);
        return;
      case "draw":
        return;
    }
  }

  #split({ field, low, high }: Extract<Question["fact"], { kind: "number" }>): Split {
    return split(this.#numbers.get(field) ?? [[0, NUMBER_FIELDS[field].max]], low, high);
  }
}

type Ranges = readonly (readonly [low: number, high: number])[];

interface Split {
  readonly inside: Ranges;
  readonly outside: Ranges;
}

function split(ranges: Ranges, low: number, high: number): Split {
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

/** The patterns, exact or with a `+` at the end, that a name is known to fit and not to fit. */
class NameKnowledge {
  /** The narrowest of those that fit. */
  #fits = "+";
  readonly #others: string[] = [];

  answer(pattern: string): boolean | undefined {
    const fits = this.#fits;
    if (covers(pattern, fits)) return true;
    if (!covers(fits, pattern) || this.#others.some((one) => covers(one, pattern))) return false;
    return undefined;
  }

  learn(pattern: string, answer: boolean): void {
    if (answer) this.#fits = pattern;
    else this.#others.push(pattern);
  }
}

/** Whether every name that fits `narrow` fits `wide`. */
const covers = (wide: string, narrow: string): boolean =>
  narrow.endsWith("+") ? wide.endsWith("+") && narrow.startsWith(wide.slice(0, -1)) : interfaceMatches(wide, narrow);
