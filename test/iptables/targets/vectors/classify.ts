import type { TargetVectors } from "../harness.ts";

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--set-class 1:ab",
      save: "--set-class 0001:00ab",
      list: " CLASSIFY set 1:ab",
      action: { effects: [{ kind: "rewrite" }], control: "continue" },
    },
  ],
  refused: [{ typed: "--set-class 1", reason: "expected a class" }],
};
