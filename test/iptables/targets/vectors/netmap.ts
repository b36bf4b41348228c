import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { Words } from "../../../../src/net/address.ts";
import type { TargetVectors } from "../harness.ts";

const onto = (address: Words, mask: Words): Action => ({
  effects: [
    {
      kind: "nat",
      manip: "hook",
      address: { kind: "netmap", prefix: { family: "ipv4", address, mask } },
      random: false,
      persistent: false,
    },
  ],
  control: "accept",
});

const NETWORK: Words = [0, 0, 0, 0xc6336400 | 0];

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--to 198.51.100.77/24",
      save: "--to 198.51.100.0/24",
      list: " to:198.51.100.0/24",
      action: onto(NETWORK, [0, 0, 0, -0x100]),
    },
    {
      typed: "--to 198.51.100.7/255.0.255.0",
      save: "--to 198.51.100.7/32",
      list: " to:198.51.100.7/32",
      action: onto([0, 0, 0, NETWORK[3] + 7], [0, 0, 0, -1]),
    },
  ],
  refused: [{ typed: "--to fd00::/64", reason: "expected a network" }],
  olderListings: [{ list: " 192.0.2.0/24", as: "--to 192.0.2.0/24" }],
};
