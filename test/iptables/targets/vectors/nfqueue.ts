import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { TargetVectors } from "../harness.ts";

const queue = (bypass: boolean): Action => ({ effects: [{ kind: "queue", bypass }], control: "accept" });

export const vectors: TargetVectors = {
  rules: [
    { typed: "", save: "--queue-num 0", list: " NFQUEUE num 0", action: queue(false) },
    {
      typed: "--queue-bypass --queue-num 7",
      save: "--queue-num 7 --queue-bypass",
      list: " NFQUEUE num 7 bypass",
      action: queue(true),
    },
    {
      typed: "--queue-balance 4: --queue-cpu-fanout",
      save: "--queue-balance 4:65535 --queue-cpu-fanout",
      list: " NFQUEUE balance 4:65535 cpu-fanout",
      action: queue(false),
    },
  ],
  refused: [
    { typed: "--queue-balance 4:4", reason: "expected two queues" },
    { typed: "--queue-num 4 --queue-cpu-fanout", reason: "also requires --queue-balance" },
  ],
};
