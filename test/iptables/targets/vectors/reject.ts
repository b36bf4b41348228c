import type { Action } from "../../../../src/iptables/extension/target.ts";
import { UDP } from "../../../../src/net/protocol.ts";
import type { RejectEffect } from "../../../../src/predicate/effect.ts";
import type { TargetVectors } from "../harness.ts";

/** The packet ends, and its sender is told. */
const reject = (name: string, answer: RejectEffect["answer"]): Action => ({
  effects: [{ kind: "reject", with: name, answer }],
  control: "drop",
});

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "",
      save: "--reject-with icmp-port-unreachable",
      list: " reject-with icmp-port-unreachable",
      action: reject("icmp-port-unreachable", { type: 3, code: 3 }),
    },
    {
      typed: "",
      family: "ipv6",
      save: "--reject-with icmp6-port-unreachable",
      list: " reject-with icmp6-port-unreachable",
      action: reject("icmp6-port-unreachable", { type: 1, code: 4 }),
    },
    {
      typed: "--reject-with host-prohib",
      save: "--reject-with icmp-host-prohibited",
      list: " reject-with icmp-host-prohibited",
      action: reject("icmp-host-prohibited", { type: 3, code: 10 }),
    },
    {
      typed: "--reject-with icmp-h",
      save: "--reject-with icmp-host-unreachable",
      list: " reject-with icmp-host-unreachable",
      action: reject("icmp-host-unreachable", { type: 3, code: 1 }),
    },
    {
      typed: "--reject-with tcp-reset",
      list: " reject-with tcp-reset",
      action: reject("tcp-reset", "reset"),
    },
    {
      typed: "--reject-with tcp-reset",
      family: "ipv6",
      list: " reject-with tcp-reset",
      action: reject("tcp-reset", "reset"),
    },
    {
      typed: "--reject-with adm-prohibited",
      family: "ipv6",
      save: "--reject-with icmp6-adm-prohibited",
      list: " reject-with icmp6-adm-prohibited",
      action: reject("icmp6-adm-prohibited", { type: 1, code: 1 }),
    },
  ],
  refused: [
    { typed: "--reject-with tcp-reset", protocol: UDP, reason: "needs -p tcp" },
    { typed: "--reject-with icmp6-no-route", reason: "expected a kind of answer" },
  ],
  unread: [" reject-with icmp6-no-route"],
};
