import type { MatchVectors } from "../harness.ts";

/** 255 bytes: the last letter is cut in the middle. */
const CUT = `${"é".repeat(127)}\uFFFD`;

export const vectors: MatchVectors = {
  rules: [
    { typed: '--comment "say \\"x\\""', list: ' /* say "x" */', means: [] },
    { typed: "--comment x", list: " /* x */", means: [] },
    {
      typed: `--comment ${"é".repeat(150)}`,
      save: `--comment "${CUT}"`,
      list: ` /* ${CUT} */`,
      warnings: ["comment-cut"],
      means: [],
    },
  ],
  otherListings: [{ list: " /* one */ /* two */", as: ["--comment one", "--comment two"] }],
};
