import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { TargetVectors } from "../harness.ts";

const action: Action = { effects: [{ kind: "rewrite" }], control: "continue" };

export const vectors: TargetVectors = {
  rules: [
    { typed: "", list: "", action },
    {
      typed: "--strip-options md5,mss,30",
      save: "--strip-options 2,19,30",
      list: " TCPOPTSTRIP options mss,md5,30",
      numeric: " TCPOPTSTRIP options 2,19,30",
      action,
    },
  ],
  refused: [
    { typed: "--strip-options 1", reason: "from 2 to 255" },
    { typed: "--strip-options mss,2", reason: "each once" },
  ],
  unread: [" TCPOPTSTRIP options 1"],
};
