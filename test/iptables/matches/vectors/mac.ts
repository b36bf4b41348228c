import { condition, type Range } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

/** A packet without an Ethernet header does not match, negated or not. */
const mac = (value: number, negated = false): Range => ({
  kind: "range",
  field: "mac",
  ranges: [[value, value]],
  negated,
  absent: false,
});

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--mac-source 0:1:2:A:b:C",
      save: "--mac-source 00:01:02:0a:0b:0c",
      list: " MAC 00:01:02:0a:0b:0c",
      means: [condition("--mac-source 00:01:02:0a:0b:0c", mac(0x0001_020a_0b0c))],
    },
    {
      typed: "! --mac-source ff:01:02:0a:0b:0c",
      list: " MAC ! ff:01:02:0a:0b:0c",
      means: [condition("--mac-source ff:01:02:0a:0b:0c", mac(0xff01_020a_0b0c, true), true)],
    },
  ],
  otherListings: [{ list: " MAC00:11:22:AA:BB:CC", as: ["--mac-source 00:11:22:aa:bb:cc"] }],
};
