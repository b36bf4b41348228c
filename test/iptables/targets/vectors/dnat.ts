import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { Words } from "../../../../src/net/address.ts";
import { UDPLITE } from "../../../../src/net/protocol.ts";
import type { NatEffect } from "../../../../src/predicate/effect.ts";
import type { TargetVectors } from "../harness.ts";

const range = (low: Words, high = low): NatEffect["address"] => ({ kind: "range", low, high });

const to = (address: NatEffect["address"], more: Partial<NatEffect> = {}): Action => ({
  effects: [{ kind: "nat", manip: "destination", address, random: false, persistent: false, ...more }],
  control: "accept",
});

const HOST: Words = [0, 0, 0, 0x0a010203];
const HOST6: Words = [-0x3000000, 0, 0, 1];

export const vectors: TargetVectors = {
  rules: [
    { typed: "--to-destination 10.1.2.3", list: " to:10.1.2.3", action: to(range(HOST)) },
    // The beginning of an option is enough.
    { typed: "--to 10.1.2.3", save: "--to-destination 10.1.2.3", list: " to:10.1.2.3", action: to(range(HOST)) },
    {
      typed: "--to-destination 10.1.2.3-10.1.2.9:https --random",
      save: "--to-destination 10.1.2.3-10.1.2.9:443 --random",
      list: " to:10.1.2.3-10.1.2.9:443 random",
      action: to(range(HOST, [0, 0, 0, 0x0a010209]), { ports: { low: 443, high: 443 }, random: true }),
    },
    {
      typed: "--to-destination 10.1.2.3:7000-7010/80",
      list: " to:10.1.2.3:7000-7010/80",
      action: to(range(HOST), { ports: { low: 7000, high: 7010, base: 80 } }),
    },
    {
      typed: "--to-destination :0x1f90 --persistent",
      save: "--to-destination :8080 --persistent",
      list: " to::8080 persistent",
      action: to({ kind: "keep" }, { ports: { low: 8080, high: 8080 }, persistent: true }),
    },
    { typed: "--to-destination fd00::1", family: "ipv6", list: " to:fd00::1", action: to(range(HOST6)) },
    {
      typed: "--to-destination [fd00::1]",
      family: "ipv6",
      save: "--to-destination fd00::1",
      list: " to:fd00::1",
      action: to(range(HOST6)),
    },
    {
      typed: "--to-destination [fd00::1-fd00::9]:53-54",
      family: "ipv6",
      list: " to:[fd00::1-fd00::9]:53-54",
      action: to(range(HOST6, [-0x3000000, 0, 0, 9]), { ports: { low: 53, high: 54 } }),
    },
    {
      typed: "--to-destination :53",
      family: "ipv6",
      list: " to::53",
      action: to({ kind: "keep" }, { ports: { low: 53, high: 53 } }),
    },
  ],
  refused: [
    { typed: "", reason: "must be specified" },
    { typed: "--to-destination 10.0.0.1:80", protocol: UDPLITE, reason: "Need TCP, UDP, SCTP or DCCP" },
    { typed: "--to-destination 10.0.0.1:", reason: "expected an address" },
    { typed: "--to-destination 10.0.0.1:5:6", reason: "expected an address" },
    { typed: "--to-destination 10.0.0.1:1000-2000/0", reason: "expected an address" },
    { typed: "--to-destination fd00::1", reason: "expected an address" },
    { typed: "--to-destination [10.0.0.1]:80", reason: "expected an address" },
    { typed: "--to-destination 1.1.1.1 --to-destination 2.2.2.2", reason: "only be used once" },
  ],
  unread: [" to:nowhere"],
};
