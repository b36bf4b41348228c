import type { Prefix } from "../../../../src/net/address.ts";
import { ALWAYS, any, condition, inPrefix, NEVER } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const BROADCAST: Prefix = { family: "ipv4", address: [0, 0, 0, -1], mask: [0, 0, 0, -1] };
const MULTICAST: Prefix = { family: "ipv4", address: [0, 0, 0, -0x20000000], mask: [0, 0, 0, -0x10000000] };
const MULTICAST6: Prefix = { family: "ipv6", address: [-0x1000000, 0, 0, 0], mask: [-0x1000000, 0, 0, 0] };

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--pkt-type host",
      save: "--pkt-type unicast",
      list: " PKTTYPE = unicast",
      means: [condition("--pkt-type unicast", any([inPrefix("dst", BROADCAST), inPrefix("dst", MULTICAST)], true))],
    },
    {
      typed: "! --pkt-type unicast",
      list: " PKTTYPE != unicast",
      means: [condition("--pkt-type unicast", any([inPrefix("dst", BROADCAST), inPrefix("dst", MULTICAST)]), true)],
    },
    {
      typed: "! --pkt-type bcast",
      save: "! --pkt-type broadcast",
      list: " PKTTYPE != broadcast",
      means: [condition("--pkt-type broadcast", inPrefix("dst", BROADCAST, true), true)],
    },
    {
      typed: "--pkt-type otherhost",
      list: " PKTTYPE = otherhost",
      means: [condition("--pkt-type otherhost", NEVER)],
    },
    {
      typed: "! --pkt-type otherhost",
      list: " PKTTYPE != otherhost",
      means: [condition("--pkt-type otherhost", ALWAYS, true)],
    },
    {
      typed: "--pkt-type mcast",
      save: "--pkt-type multicast",
      family: "ipv6",
      list: " PKTTYPE = multicast",
      means: [condition("--pkt-type multicast", inPrefix("dst", MULTICAST6))],
    },
    {
      typed: "--pkt-type broadcast",
      family: "ipv6",
      list: " PKTTYPE = broadcast",
      means: [condition("--pkt-type broadcast", NEVER)],
    },
  ],
};
