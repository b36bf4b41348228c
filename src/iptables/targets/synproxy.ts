import { TCP } from "../../net/protocol.ts";
import { UINT32 } from "../../text/number.ts";
import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { flag, numberFrom, option } from "../extension/value.ts";

/**
 * `-j SYNPROXY [--sack-perm] [--timestamp] [--wscale n] [--mss n] [--ecn]`: answers SYNs in a server's place, with a
 * cookie, and lets through connections of clients that answer back (U8 to U10).
 *
 * Kernel: net/ipv4/netfilter/ipt_SYNPROXY.c, synproxy_tg4; net/ipv6/netfilter/ip6t_SYNPROXY.c, synproxy_tg6.
 */
export interface SynproxyTarget {
  readonly kind: "SYNPROXY";
  readonly sackPerm: boolean;
  readonly timestamp: boolean;
  readonly wscale?: number;
  readonly mss?: number;
  readonly ecn: boolean;
}

const words = (target: SynproxyTarget, dashes: string): readonly string[] => [
  ...(target.sackPerm ? [`${dashes}sack-perm`] : []),
  ...(target.timestamp ? [`${dashes}timestamp`] : []),
  ...(target.wscale === undefined ? [] : [`${dashes}wscale ${target.wscale}`]),
  ...(target.mss === undefined ? [] : [`${dashes}mss ${target.mss}`]),
  ...(target.ecn ? [`${dashes}ecn`] : []),
];

export const synproxy: TargetExtension<SynproxyTarget> = defineTarget<SynproxyTarget>()({
  kind: "SYNPROXY",
  summary: "answers a SYN with a cookie in the server's place",
  hooks: ["INPUT", "FORWARD"],
  protocols: [TCP],
  options: {
    sackPerm: flag("sack-perm"),
    timestamp: flag("timestamp"),
    wscale: option("wscale", numberFrom(0, UINT32)),
    mss: option("mss", numberFrom(0, UINT32)),
    ecn: flag("ecn"),
  },
  fromSave: ({ sackPerm, timestamp, wscale, mss, ecn }) => ({
    kind: "SYNPROXY",
    sackPerm: sackPerm !== undefined,
    timestamp: timestamp !== undefined,
    // iptables takes any number and keeps the lowest bits of it.
    ...(wscale && { wscale: wscale.value & 0xff }),
    ...(mss && { mss: mss.value & 0xffff }),
    ecn: ecn !== undefined,
  }),
  toSave: (target) => words(target, " --").join(""),
  fromList(reader) {
    if (!reader.take(/SYNPROXY(?=\s|$)/y)) return undefined;
    const has = (name: string): boolean => reader.take(new RegExp(`${name}(?=\\s|$)`, "y")) !== null;
    const number = (name: string): number | undefined => {
      const found = reader.take(new RegExp(`${name} (\\d+)(?=\\s|$)`, "y"));
      return found ? Number(found[1]) : undefined;
    };
    const sackPerm = has("sack-perm");
    const timestamp = has("timestamp");
    const wscale = number("wscale");
    const mss = number("mss");
    const sizes = { ...(wscale !== undefined && { wscale }), ...(mss !== undefined && { mss }) };
    return { kind: "SYNPROXY", sackPerm, timestamp, ...sizes, ecn: has("ecn") };
  },
  // Every word has a blank behind it.
  toList: (target) =>
    ` SYNPROXY ${words(target, "")
      .map((word) => `${word} `)
      .join("")}`,
  action: () => goesOn({ kind: "synproxy" }),
});
