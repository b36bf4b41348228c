import type { TargetVectors } from "../harness.ts";

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--hl-inc 3",
      list: " HL increment by 3",
      action: { effects: [{ kind: "add", field: "ttl", value: 3 }], control: "continue" },
    },
  ],
};
