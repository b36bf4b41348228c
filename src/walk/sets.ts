import { describeSet } from "../host/sets/describe.ts";
import type { SetTable } from "../host/sets/ip-set.ts";
import { type Asking, testSet } from "../host/sets/test.ts";
import type { Frame, Question, SetLookup } from "../predicate/frame.ts";
import type { Run } from "./run.ts";

/** Asks the sets of this walk something, or undefined if it cannot be asked of them. */
export const askingOf = (run: Run, name: string): Asking | undefined =>
  run.sets?.has(name) ? { sets: run.sets, frame: run.frame, now: run.now, info: null } : undefined;

/** Why nobody can say what a set holds. */
export const missingSet = (sets: SetTable | null, name: string): string =>
  sets === null
    ? `what set ${name} holds was not given`
    : `set ${name} is none of those given, and iptables would not have loaded the rule without it`;

/** Whether a packet's frame has a hardware address that decides is never known. */
export const HARDWARE = "the hardware address decides, which packets here do not carry";

/** `-m set`. Kernel: net/netfilter/xt_set.c, set_match_v4. */
export function inSet(run: Run, frame: Frame, lookup: SetLookup, question: Question): boolean {
  const { name, directions } = lookup;
  const asking = askingOf(run, name);
  if (asking === undefined)
    return run.decide({ ...question, why: `${question.text}: ${missingSet(run.sets, name)}` }, frame);
  const found = testSet(asking, name, directions, lookup);
  if (found === "open") return run.decide({ ...question, why: `${question.text}: ${HARDWARE}` }, frame);
  run.sets = asking.sets;
  return found === "in";
}

export const describeSetOf = (run: Run, frame: Frame, lookup: SetLookup): string | undefined =>
  run.sets === null ? undefined : describeSet(run.sets, frame, run.now, lookup);
