import { AH } from "../../../../src/net/protocol.ts";
import { condition, inRange, unmodelled } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--ahspi 7:9",
      protocol: AH,
      list: " ah spis:7:9",
      means: [condition("--ahspi 7:9", inRange("spi", 7, 9))],
    },
    {
      typed: "! --ahspi 0x10",
      save: "! --ahspi 16",
      protocol: AH,
      list: " ah spi:!16",
      means: [condition("--ahspi 16", inRange("spi", 16, 16, true), true)],
    },
    { typed: "--ahspi 0:4294967295", save: "", protocol: AH, list: " ah ", means: [] },
    {
      typed: "! --ahspi 5 ! --ahlen 3 --ahres",
      family: "ipv6",
      list: " ah spi:!5length:!3 reserved",
      means: [condition("-m ah ! --ahspi 5 ! --ahlen 3 --ahres", unmodelled("ah", " ! --ahspi 5 ! --ahlen 3 --ahres"))],
    },
  ],
  refused: [
    { typed: "--ahlen 3", reason: /IPv6 only/ },
    { typed: "--ahres", reason: /IPv6 only/ },
  ],
};
