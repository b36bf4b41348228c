import type { TargetVectors } from "../harness.ts";

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--type REJECT",
      save: "--type reject",
      list: " AUDIT reject",
      action: { effects: [{ kind: "log" }], control: "continue" },
    },
  ],
  refused: [{ typed: "", reason: "must be specified" }],
};
