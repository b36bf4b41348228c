import { describe, expect, test } from "vitest";
import { hasShared, readCases } from "./cases.ts";
import { replay } from "./replay.ts";

const FILES = ["istio4", "istio6", "mixed4", "mixed6", "routes4", "routes6", "tproxy4", "tproxy6"];

describe.skipIf(!hasShared)("recorded kernel sessions (skipped without ../shared)", () => {
  describe.each(FILES)("%s", (file) => {
    const cases = hasShared ? readCases(file) : [];
    test.each(cases.map((session, at) => [at + 1, session] as const))("session %i", (_, session) => {
      for (const [at, { answer, expected }] of replay(session).entries())
        expect(answer, `packet ${at + 1}: ${JSON.stringify(session.packets[at])}`).toEqual(expected);
    });
  });
});
