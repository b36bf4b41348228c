import type { TargetVectors } from "../harness.ts";

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--save",
      list: " CONNSECMARK save",
      action: { effects: [{ kind: "rewrite", entry: true }], control: "continue" },
    },
    {
      typed: "--restore",
      list: " CONNSECMARK restore",
      action: { effects: [{ kind: "rewrite", entry: true }], control: "continue" },
    },
  ],
};
