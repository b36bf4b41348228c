import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { NatEffect } from "../../../../src/predicate/effect.ts";
import type { TargetVectors } from "../harness.ts";

const masquerade = (more: Partial<NatEffect> = {}): Action => ({
  effects: [
    {
      kind: "nat",
      manip: "source",
      address: { kind: "masquerade" },
      random: false,
      persistent: false,
      ...more,
    },
  ],
  control: "accept",
});

export const vectors: TargetVectors = {
  rules: [
    { typed: "", protocol: 0, list: "", action: masquerade() },
    {
      typed: "--to-ports 5000-6000 --random --random-fully",
      list: " masq ports: 5000-6000 random random-fully",
      action: masquerade({ ports: { low: 5000, high: 6000 }, random: true }),
    },
    { typed: "--random-fully", protocol: 0, list: " random-fully", action: masquerade({ random: true }) },
  ],
  refused: [{ typed: "--to-ports 5", protocol: 0, reason: "Need TCP, UDP, SCTP or DCCP" }],
  unread: [" masq ports: x"],
};
