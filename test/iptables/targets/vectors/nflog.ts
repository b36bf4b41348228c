import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { TargetVectors } from "../harness.ts";

const action: Action = { effects: [{ kind: "log" }], control: "continue" };

export const vectors: TargetVectors = {
  rules: [
    { typed: "", list: "", action },
    {
      typed: '--nflog-threshold 3 --nflog-size 0 --nflog-group 9 --nflog-prefix "a \\"b\\""',
      save: '--nflog-prefix "a \\"b\\"" --nflog-group 9 --nflog-size 0 --nflog-threshold 3',
      list: ' nflog-prefix "a \\"b\\"" nflog-group 9 nflog-size 0 nflog-threshold 3',
      action,
    },
    // The kernel keeps 63 bytes, and the last letter here has two.
    {
      typed: `--nflog-prefix ${"x".repeat(62)}é`,
      save: `--nflog-prefix ${"x".repeat(62)}`,
      list: ` nflog-prefix ${"x".repeat(62)}`,
      warnings: ["truncated"],
      action,
    },
  ],
  refused: [
    { typed: "--nflog-size 1 --nflog-range 2", reason: "cannot be used together" },
    { typed: '--nflog-prefix ""', reason: "at least one character" },
  ],
  olderListings: [{ list: " nflog-prefix  foo", as: "--nflog-prefix foo" }],
};
