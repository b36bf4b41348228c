import type { TargetVectors } from "../harness.ts";

export const vectors: TargetVectors = {
  rules: [
    { typed: "", list: " NOTRACK", action: { effects: [{ kind: "track", notrack: true }], control: "continue" } },
  ],
};
