import { afterAll, describe, expect, test } from "vitest";
import { answersPlanOf, LET_ANSWERS, UNLIMITED } from "./fuzz-answers.ts";
import { judge } from "./fuzz-judge.ts";
import { createLabs } from "./fuzz-labs.ts";
import { play } from "./fuzz-run.ts";
import { labUnavailable } from "./lab.ts";

const reason = labUnavailable();

/** Seed of the first session, and how many: six packets each. */
const FIRST = Number(process.env.NFWALK_FUZZ_SEED ?? 700_001);
const SESSIONS = Number(process.env.NFWALK_ANSWERS ?? 120);

describe.skipIf(reason !== undefined)(
  `what REJECT answers, on the live kernel${reason ? ` (skipped: ${reason})` : ""}`,
  () => {
    const labs = createLabs();
    const open = new Set<unknown>();
    afterAll(() => labs.close());

    test(`${SESSIONS} sessions from seed ${FIRST} end as the library says, answers included`, async () => {
      const found: string[] = [];
      let answered = 0;
      for (let seed = FIRST; seed < FIRST + SESSIONS; seed++) {
        const plan = answersPlanOf(seed);
        const lab = await labs.of(plan);
        if (!open.has(lab)) {
          await lab.agent.run("pod", ["nft", "-f", "-"], LET_ANSWERS);
          await lab.agent.call("sysctl", { ns: "pod", values: UNLIMITED });
          open.add(lab);
        }
        const played = await play(lab, plan);
        const differences = judge(played, true);
        if (differences.length > 0) found.push(`seed ${seed}: ${JSON.stringify(differences)}`);
        if (judge(played).length > 0) answered++;
      }
      expect(found).toEqual([]);
      // Sessions that are wrong without the answers.
      expect(answered).toBeGreaterThan(SESSIONS / 10);
    });
  },
);
