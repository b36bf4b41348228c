import { type AddressTypes, condition } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const UNICAST = 1 << 1;
const LOCAL = 1 << 2;
const BROADCAST = 1 << 3;
const MULTICAST = 1 << 5;

const types = (
  field: "src" | "dst",
  set: number,
  more: Partial<Pick<AddressTypes, "negated" | "limit">> = {},
): AddressTypes => ({ kind: "addressTypes", field, types: set, negated: false, ...more });

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--dst-type local,MULTI --limit-iface-in",
      save: "--dst-type LOCAL,MULTICAST --limit-iface-in",
      list: " ADDRTYPE match dst-type LOCAL,MULTICAST limit-in",
      means: [condition("--dst-type LOCAL,MULTICAST", types("dst", LOCAL | MULTICAST, { limit: "in" }))],
    },
    {
      typed: "! --dst-type LOCAL --limit-iface-out",
      list: " ADDRTYPE match dst-type !LOCAL limit-out",
      means: [condition("--dst-type LOCAL", types("dst", LOCAL, { limit: "out", negated: true }), true)],
    },
    {
      typed: "--dst-type LOCAL ! --src-type UNICAST",
      save: "! --src-type UNICAST --dst-type LOCAL",
      list: " ADDRTYPE match src-type !UNICAST dst-type LOCAL",
      means: [
        condition("--src-type UNICAST", types("src", UNICAST, { negated: true }), true),
        condition("--dst-type LOCAL", types("dst", LOCAL)),
      ],
    },
    {
      typed: "--dst-type LOCAL,BROADCAST",
      list: " ADDRTYPE match dst-type LOCAL,BROADCAST",
      means: [condition("--dst-type LOCAL,BROADCAST", types("dst", LOCAL | BROADCAST))],
    },
  ],
  refused: [
    { typed: "--limit-iface-in", reason: /--src-type or --dst-type/ },
    { typed: "--src-type LOCAL --limit-iface-in --limit-iface-out", reason: /together/ },
    { typed: "--dst-type LOCAL,BROADCAST", family: "ipv6", reason: /BROADCAST is not known in IPv6/ },
  ],
};
