import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { NatEffect } from "../../../../src/predicate/effect.ts";
import type { TargetVectors } from "../harness.ts";

const redirect = (more: Partial<NatEffect> = {}): Action => ({
  effects: [
    {
      kind: "nat",
      manip: "destination",
      address: { kind: "redirect" },
      random: false,
      persistent: false,
      ...more,
    },
  ],
  control: "accept",
});

export const vectors: TargetVectors = {
  rules: [
    { typed: "", list: "", action: redirect() },
    {
      typed: "--to-ports 15006",
      list: " redir ports 15006",
      action: redirect({ ports: { low: 15006, high: 15006 } }),
    },
    {
      typed: "--to-ports ftp-data --random",
      save: "--to-ports 20 --random",
      list: " redir ports 20 random",
      action: redirect({ ports: { low: 20, high: 20 }, random: true }),
    },
  ],
  refused: [
    { typed: "--to-ports 80", protocol: 0, reason: "Need TCP, UDP, SCTP or DCCP" },
    { typed: "--to-ports 10-ssh", reason: "expected a port" },
    { typed: "--to-ports 5-9/7", reason: "expected a port" },
    { typed: "--to-ports 9-5", reason: "expected a port" },
  ],
  olderListings: [{ list: " redirect ports 99", as: "--to-ports 99" }],
};
