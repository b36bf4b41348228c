import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasShared, type RecordedCase, readCases, SHARED } from "../recorded/cases.ts";
import { createLab, type Lab, labUnavailable } from "./lab.ts";
import { compare, compareObserved, type Difference } from "./lab-compare.ts";
import { runSession } from "./lab-session.ts";
import type { Flavour, Observed } from "./lab-types.ts";
import { walkSession } from "./lab-walk.ts";

const reason = labUnavailable() ?? (hasShared ? undefined : "needs ../shared/kernel-cases");
const ENDING = ".jsonl.gz";
const files = hasShared ? readdirSync(SHARED).filter((name) => name.endsWith(ENDING)) : [];
const names = files.map((name) => name.slice(0, -ENDING.length));

/** Every n-th session of each file; 1 replays all of them. */
const EVERY = Number(process.env.NFWALK_RECORDED_EVERY ?? 3);

type Check = (observed: readonly Observed[], session: RecordedCase) => readonly Difference[];

function replayAll(flavour: Flavour, check: Check): void {
  let lab: Lab;
  beforeAll(async () => {
    lab = await createLab({ flavour });
  });
  afterAll(() => lab?.close());

  test.each(names)("%s", async (name) => {
    const sessions = readCases(name).filter((_, index) => index % EVERY === 0);
    expect(sessions.length).toBeGreaterThan(0);
    for (const session of sessions) {
      const differences = check(await runSession(lab, session), session);
      expect({ differences, rules: session.rules }).toEqual({ differences: [], rules: session.rules });
    }
  });
}

/** Differences up to the first packet whose walk depends on an extension that is not modelled: what follows it is unknown. */
function untilUndetermined(differences: readonly Difference[]): readonly Difference[] {
  const end = differences.find(({ what }) => what === "undetermined")?.packet ?? Number.POSITIVE_INFINITY;
  return differences.filter(({ packet }) => packet < end);
}

// That the laboratory sees what another observer of the same kernel wrote down is what makes its word worth having.
describe.skipIf(reason !== undefined)(
  `recorded sessions on the live kernel${reason ? ` (skipped: ${reason})` : ""}`,
  () => {
    describe("through iptables-legacy, as they were recorded", () => {
      replayAll("legacy", (observed, session) => compareObserved(observed, session.observed, session.packets));
    });
    describe("through iptables-nft, as the library walks them", () => {
      replayAll("nft", (observed, session) =>
        untilUndetermined(compare(observed, walkSession(session, "nft"), session.packets)),
      );
    });
  },
);
