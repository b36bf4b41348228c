import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { TargetVectors } from "../harness.ts";

const action: Action = { effects: [{ kind: "synproxy" }], control: "continue" };

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--mss 1460 --wscale 7 --timestamp --sack-perm --ecn",
      save: "--sack-perm --timestamp --wscale 7 --mss 1460 --ecn",
      list: " SYNPROXY sack-perm timestamp wscale 7 mss 1460 ecn ",
      action,
    },
    {
      typed: "--wscale 300 --mss 65536",
      save: "--wscale 44 --mss 0",
      list: " SYNPROXY wscale 44 mss 0 ",
      action,
    },
    { typed: "", list: " SYNPROXY ", action },
  ],
};
