import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { TproxyEffect } from "../../../../src/predicate/effect.ts";
import type { TargetVectors } from "../harness.ts";

const tproxy = (effect: Omit<TproxyEffect, "kind">): Action => ({
  effects: [{ kind: "tproxy", ...effect }],
  control: "accept",
});

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--on-port 15006 --tproxy-mark 1337",
      save: "--on-port 15006 --on-ip 0.0.0.0 --tproxy-mark 0x539/0xffffffff",
      list: " TPROXY redirect 0.0.0.0:15006 mark 0x539/0xffffffff",
      action: tproxy({ port: 15006, value: 0x539, mask: -1 }),
    },
    {
      typed: "--on-ip 127.0.0.1 --on-port http",
      save: "--on-port 80 --on-ip 127.0.0.1 --tproxy-mark 0x0/0x0",
      list: " TPROXY redirect 127.0.0.1:80 mark 0x0/0x0",
      action: tproxy({ port: 80, address: [0, 0, 0, 0x7f000001], value: 0, mask: 0 }),
    },
    {
      typed: "--on-port 15006",
      family: "ipv6",
      save: "--on-port 15006 --on-ip :: --tproxy-mark 0x0/0x0",
      list: " TPROXY redirect :::15006 mark 0x0/0x0",
      action: tproxy({ port: 15006, value: 0, mask: 0 }),
    },
    {
      typed: "--on-port 9 --on-ip fd00::1:2 --tproxy-mark 0x1/0x3",
      family: "ipv6",
      list: " TPROXY redirect fd00::1:2:9 mark 0x1/0x3",
      action: tproxy({ port: 9, address: [-0x3000000, 0, 0, 0x10002], value: 1, mask: 3 }),
    },
  ],
  refused: [
    { typed: "--on-ip 127.0.0.1", reason: "--on-port must be specified" },
    { typed: "--on-port 1 --on-ip ::1", reason: "expected an address" },
  ],
  unread: [" TPROXY redirect ::1:15001 mark 0x1/0xfff"],
};
