import { bits, condition, inRange, unmodelled } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--source-port ssh:",
      save: "--sport 22:65535",
      list: " tcp spts:ssh:65535",
      numeric: " tcp spts:22:65535",
      means: [condition("--sport 22:65535", inRange("sport", 22, 65535))],
    },
    {
      typed: "! --dport 15008",
      list: " tcp dpt:!15008",
      means: [condition("--dport 15008", inRange("dport", 15008, 15008, true), true)],
    },
    { typed: "--dport 0:65535", save: "", list: " tcp", means: [] },
    {
      typed: "! --dport 0:65535",
      list: " tcp dpts:!0:65535",
      means: [condition("--dport 0:65535", inRange("dport", 0, 65535, true), true)],
    },
    {
      typed: "--syn",
      save: "--tcp-flags FIN,SYN,RST,ACK SYN",
      list: " tcp flags:FIN,SYN,RST,ACK/SYN",
      numeric: " tcp flags:0x17/0x02",
      means: [condition("--tcp-flags FIN,SYN,RST,ACK SYN", bits("tcpFlags", 0x02, 0x17))],
    },
    {
      typed: "--syn ! --sport 1",
      save: "! --sport 1 --tcp-flags FIN,SYN,RST,ACK SYN",
      list: " tcp spt:!tcpmux flags:FIN,SYN,RST,ACK/SYN",
      numeric: " tcp spt:!1 flags:0x17/0x02",
      means: [
        condition("--sport 1", inRange("sport", 1, 1, true), true),
        condition("--tcp-flags FIN,SYN,RST,ACK SYN", bits("tcpFlags", 0x02, 0x17)),
      ],
    },
    {
      typed: "--tcp-flags ALL none",
      save: "--tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE",
      list: " tcp flags:FIN,SYN,RST,PSH,ACK,URG/NONE",
      numeric: " tcp flags:0x3F/0x00",
      means: [condition("--tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE", bits("tcpFlags", 0, 0x3f))],
    },
    {
      typed: "! --syn",
      save: "! --tcp-flags FIN,SYN,RST,ACK SYN",
      list: " tcp flags:!FIN,SYN,RST,ACK/SYN",
      numeric: " tcp flags:!0x17/0x02",
      means: [condition("--tcp-flags FIN,SYN,RST,ACK SYN", bits("tcpFlags", 0x02, 0x17, true), true)],
    },
    {
      typed: "--tcp-option 5",
      list: " tcp option=5",
      means: [condition("--tcp-option 5", unmodelled("tcp-option", "5"))],
    },
    {
      typed: "! --tcp-option 5",
      list: " tcp option=!5",
      means: [condition("--tcp-option 5", unmodelled("tcp-option", "5", { negated: true }), true)],
    },
  ],
  refused: [
    { typed: "--dport 70000", reason: /expected a port/ },
    { typed: "--dport 5:4", reason: /expected a port/ },
    { typed: "--dport 1 --dport 2", reason: /once/ },
    { typed: "--syn --tcp-flags ALL SYN", reason: /together/ },
  ],
  unread: [" tcp dpt:nosuch"],
};
