import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { TargetVectors } from "../harness.ts";

const action: Action = { effects: [{ kind: "copyPacket" }], control: "continue" };

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--gateway 127.0.0.1 --oif eth+",
      list: " TEE gw:localhost oif=eth+",
      numeric: " TEE gw:127.0.0.1 oif=eth+",
      action,
    },
    { typed: "--gateway fd00::9", family: "ipv6", list: " TEE gw:fd00::9", action },
  ],
  refused: [{ typed: "--gateway nowhere.example", reason: "expected an address" }],
  unread: [" TEE gw:unheard-of"],
};
