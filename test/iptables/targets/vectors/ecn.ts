import { UDP } from "../../../../src/net/protocol.ts";
import type { TargetVectors } from "../harness.ts";

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--ecn-tcp-remove",
      list: " ECN TCP remove",
      action: { effects: [{ kind: "rewrite" }], control: "continue" },
    },
    {
      typed: "--ecn-ip-ect 1 --ecn-tcp-cwr 1",
      save: "--ecn-tcp-cwr 1 --ecn-ip-ect 1",
      list: " ECN CWR=1 ECT codepoint=1",
      action: { effects: [{ kind: "set", field: "tos", value: 1, mask: 3 }], control: "continue" },
    },
  ],
  refused: [
    { typed: "", reason: "got none" },
    { typed: "--ecn-tcp-remove", protocol: UDP, reason: "need -p tcp" },
  ],
};
