import type { TargetVectors } from "../harness.ts";

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--selctx system_u:object_r:web_packet_t:s0",
      list: " SECMARK selctx system_u:object_r:web_packet_t:s0",
      action: { effects: [{ kind: "rewrite" }], control: "continue" },
    },
  ],
};
