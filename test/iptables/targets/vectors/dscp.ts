import type { TargetVectors } from "../harness.ts";

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--set-dscp-class af43",
      save: "--set-dscp 0x26",
      list: " DSCP set 0x26",
      action: { effects: [{ kind: "set", field: "tos", value: 0x98, mask: 0xfc }], control: "continue" },
    },
    {
      typed: "--set-dscp 8",
      save: "--set-dscp 0x08",
      list: " DSCP set 0x08",
      action: { effects: [{ kind: "set", field: "tos", value: 0x20, mask: 0xfc }], control: "continue" },
    },
  ],
  refused: [
    { typed: "--set-dscp 64", reason: "from 0 to 63" },
    { typed: "--set-dscp-class AF44", reason: "expected a DSCP class" },
  ],
};
