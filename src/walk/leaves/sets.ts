import type { SetTable } from "../../host/sets/ip-set.ts";
import { type Asking, testSet } from "../../host/sets/test.ts";
import { type Asker, askedBy, type Test } from "../../predicate/compile.ts";
import type { SetLookup } from "../../predicate/memory.ts";
import type { Question } from "../../predicate/question.ts";
import { type Run, runOf } from "../run/run.ts";

/** Asks the sets of this walk something, or undefined if it cannot be asked of them. */
export const askingOf = (run: Run, name: string): Asking | undefined =>
  run.sets?.has(name) ? { sets: run.sets, frame: run.frame, now: run.now, info: null } : undefined;

/** Why what a set holds is open. */
export const missingSet = (sets: SetTable | null, name: string): string =>
  sets === null
    ? `what set ${name} holds is not said (set sets)`
    : `set ${name} is none of those given, and iptables would not have loaded the rule without it`;

/** Whether a packet's frame has a hardware address that decides is never known. */
export const HARDWARE = "a hardware address decides that is not said";

/** `-m set`. Kernel: net/netfilter/xt_set.c, set_match_v4. */
export function setTest(lookup: SetLookup, negated: boolean, asker: Asker): Test {
  const { name, directions } = lookup;
  const question = (reason: string): Question => ({
    why: "unsaid",
    fact: { kind: "fact", key: `set ${name} ${directions.join(",")}` },
    subject: "sets",
    ...askedBy(asker, negated),
    reason,
  });
  return (frame) => {
    const run = runOf(frame);
    const asking = askingOf(run, name);
    if (asking === undefined) return run.ask(question(missingSet(run.sets, name)), frame) !== negated;
    const found = testSet(asking, name, directions, lookup);
    if (found === "open") return run.ask(question(HARDWARE), frame) !== negated;
    run.sets = asking.sets;
    return (found === "in") !== negated;
  };
}
