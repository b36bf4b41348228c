import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLab, type Lab, labUnavailable } from "./lab.ts";
import { compareObserved } from "./lab-compare.ts";
import { runSession } from "./lab-session.ts";
import { readRecorded, recordedFiles } from "./recorded.ts";

const files = recordedFiles();
const reason = labUnavailable() ?? (files.length === 0 ? "needs ../shared/kernel-cases" : undefined);

/** Every n-th session of each file; 1 replays all of them. */
const EVERY = Number(process.env.NFWALK_RECORDED_EVERY ?? 3);

// That the laboratory sees what another observer of the same kernel wrote down is what makes its word worth having.
describe.skipIf(reason !== undefined)(
  `the laboratory sees what was recorded${reason ? ` (skipped: ${reason})` : ""}`,
  () => {
    let lab: Lab;
    beforeAll(async () => {
      lab = await createLab({ flavour: "legacy" });
    });
    afterAll(() => lab?.close());

    test.each(files)("%s", async (file) => {
      const sessions = readRecorded(file).filter((_, index) => index % EVERY === 0);
      expect(sessions.length).toBeGreaterThan(0);
      for (const session of sessions) {
        const observed = await runSession(lab, session);
        const differences = observed.flatMap((one, index) =>
          compareObserved(one, session.observed[index]!, index, session.packets[index]!.proto === "icmp"),
        );
        expect({ differences, rules: session.rules }).toEqual({ differences: [], rules: session.rules });
      }
    });
  },
);
