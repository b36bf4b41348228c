import type { TargetVectors } from "../harness.ts";

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--ttl-set 0",
      list: " TTL set to 0",
      action: { effects: [{ kind: "set", field: "ttl", value: 0, mask: 0xff }], control: "continue" },
    },
    {
      typed: "--ttl-dec 2",
      list: " TTL decrement by 2",
      action: { effects: [{ kind: "add", field: "ttl", value: -2 }], control: "continue" },
    },
    {
      typed: "--ttl-inc 255",
      list: " TTL increment by 255",
      action: { effects: [{ kind: "add", field: "ttl", value: 255 }], control: "continue" },
    },
  ],
  refused: [
    { typed: "--ttl-dec 0", reason: "from 1 to 255" },
    { typed: "--ttl-set 1 --ttl-inc 1", reason: "cannot be used together" },
  ],
};
