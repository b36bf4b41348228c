import type { Asker, LeafTests, Test } from "../../src/predicate/compile.ts";
import { compile } from "../../src/predicate/compile.ts";
import { ABSENT, CT_NEW, type Frame, type RareFields, type Surroundings, UNSAID } from "../../src/predicate/frame.ts";
import type { Predicate } from "../../src/predicate/predicate.ts";
import type { Question } from "../../src/predicate/question.ts";

/** What a packet without anything rare has. */
const RARE: RareFields = {
  ...{ mac: ABSENT, mss: ABSENT, spi: ABSENT, dccpType: ABSENT, realm: UNSAID },
  ...{ daytime: UNSAID, weekday: UNSAID, monthday: UNSAID, date: UNSAID, helper: null },
};

/** A packet may be given as a frame, rare fields as their own. */
export interface Packet extends Partial<Frame> {
  readonly rareFields?: Partial<RareFields>;
}

/** A SYN from 10.0.0.2:40000 to 127.0.0.1:80 that uid 1000 sends by eth0 with mark 0x539; its gid is not said. */
export const frameOf = (run: Surroundings, { rareFields, ...more }: Packet = {}): Frame => ({
  ...{ v6: false, s0: 0, s1: 0, s2: 0, s3: 0x0a000002, d0: 0, d1: 0, d2: 0, d3: 0x7f000001 },
  ...{ proto: 6, sport: 40000, dport: 80, icmpType: ABSENT, icmpCode: ABSENT, icmpId: ABSENT, tcpFlags: 2 },
  ...{ length: 60, ttl: 64, tos: 0, mark: 0x539, inDevice: "", outDevice: "eth0", physIn: "", physOut: "" },
  ...{ uid: 1000, gid: UNSAID, groups: [], socket: 1, ctstate: CT_NEW, entry: null, isReply: false },
  rare: { ...RARE, ...rareFields },
  run,
  ...more,
});

const refuse = (what: string) => (): never => {
  throw new Error(`${what} was asked`);
};

/** Throws whatever is asked of it. */
export const SILENT: Surroundings = { now: 0, ask: refuse("an open question"), draw: refuse("chance") };

/** Throws when a test is made of a leaf that is about more than the packet. */
const NO_LEAVES: LeafTests = {
  memory: refuse("a memory"),
  socket: refuse("a socket"),
  host: refuse("the host"),
};

/** Answers what is open as it is told, and keeps what was asked. */
export class Recorder implements Surroundings {
  readonly now: number = 0;
  readonly asked: Question[] = [];
  readonly #answer: (question: Question) => boolean;

  constructor(answer: boolean | ((question: Question) => boolean)) {
    this.#answer = typeof answer === "boolean" ? () => answer : answer;
  }

  ask(question: Question): boolean {
    this.asked.push(question);
    return this.#answer(question);
  }

  draw(_probability: number, question: Question): boolean {
    return this.ask(question);
  }
}

/** A condition of no rule, whose words say what it asks. */
const ASKER: Asker = { at: null, words: "--option", negated: false };

export const compiled = (predicate: Predicate, asker: Asker = ASKER): Test => compile(predicate, asker, NO_LEAVES);

/** Whether a predicate holds of a packet of which everything that it asks is said. */
export const holds = (predicate: Predicate, packet: Packet = {}): boolean =>
  compiled(predicate)(frameOf(SILENT, packet));
