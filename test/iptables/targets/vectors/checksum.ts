import type { TargetVectors } from "../harness.ts";

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--checksum-fill",
      list: " CHECKSUM fill",
      action: { effects: [{ kind: "rewrite" }], control: "continue" },
    },
  ],
};
