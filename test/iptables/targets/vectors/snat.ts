import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { Words } from "../../../../src/net/address.ts";
import type { NatEffect } from "../../../../src/predicate/effect.ts";
import type { TargetVectors } from "../harness.ts";

const HOST: Words = [0, 0, 0, 0xc0000207 | 0];

const from = (more: Partial<NatEffect> = {}): Action => ({
  effects: [
    {
      kind: "nat",
      manip: "source",
      address: { kind: "range", low: HOST, high: HOST },
      random: false,
      persistent: false,
      ...more,
    },
  ],
  control: "accept",
});

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--to-source 192.0.2.7:1024-2047 --random --random-fully --persistent",
      list: " to:192.0.2.7:1024-2047 random random-fully persistent",
      action: from({ ports: { low: 1024, high: 2047 }, random: true, persistent: true }),
    },
    { typed: "--to-source 192.0.2.7", protocol: 0, list: " to:192.0.2.7", action: from() },
  ],
  refused: [{ typed: "--to-source 10.0.0.1:10-20/5", reason: "DNAT only" }],
  unread: [" to:1.1.1.1:5-6/7"],
};
