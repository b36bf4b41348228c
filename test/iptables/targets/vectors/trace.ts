import type { TargetVectors } from "../harness.ts";

export const vectors: TargetVectors = {
  rules: [{ typed: "", list: "", action: { effects: [{ kind: "log" }], control: "continue" } }],
};
