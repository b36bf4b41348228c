import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { TargetVectors } from "../harness.ts";

const action: Action = { effects: [{ kind: "rewrite" }], control: "continue" };

export const vectors: TargetVectors = {
  rules: [
    { typed: "--set-mss 1300", list: " TCPMSS set 1300", action },
    {
      typed: "--set-mss 100 --clamp-mss-to-pmtu",
      save: "--clamp-mss-to-pmtu",
      list: " TCPMSS clamp to PMTU",
      action,
    },
  ],
  refused: [{ typed: "", reason: "got none" }],
};
