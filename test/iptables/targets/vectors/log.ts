import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { TargetVectors } from "../harness.ts";

const action: Action = { effects: [{ kind: "log" }], control: "continue" };

export const vectors: TargetVectors = {
  rules: [
    { typed: "", list: " LOG level warn", numeric: " LOG flags 0 level 4", action },
    {
      typed: "--log-level warning --log-uid",
      save: "--log-uid",
      list: " LOG level warn uid",
      numeric: " LOG flags 8 level 4",
      action,
    },
    {
      typed: '--log-macdecode --log-tcp-options --log-prefix "say \\"hi\\" " --log-level error',
      save: '--log-prefix "say \\"hi\\" " --log-level 3 --log-tcp-options --log-macdecode',
      list: ' LOG level err tcp-options macdecode prefix "say "hi" "',
      numeric: ' LOG flags 34 level 3 prefix "say "hi" "',
      action,
    },
    {
      typed: "--log-prefix uid",
      list: ' LOG level warn prefix "uid"',
      numeric: ' LOG flags 0 level 4 prefix "uid"',
      action,
    },
    // The kernel keeps 29 bytes, and the last letter here has two.
    {
      typed: `--log-prefix ${"x".repeat(28)}é`,
      save: `--log-prefix ${"x".repeat(28)}`,
      list: ` LOG level warn prefix "${"x".repeat(28)}"`,
      numeric: ` LOG flags 0 level 4 prefix "${"x".repeat(28)}"`,
      warnings: ["truncated"],
      action,
    },
  ],
  refused: [{ typed: "--log-level loud", reason: "expected a level" }],
  olderListings: [{ list: " LOG flags 0 level warning prefix `in: '", as: '--log-prefix "in: "' }],
  unread: [" LOG level loud"],
};
