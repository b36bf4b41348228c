import { type Family, type Prefix, readPrefix } from "../../net/address.ts";
import { ALWAYS, any, condition, inPrefix, NEVER, type Predicate } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, option, type ValueType } from "../extension/value.ts";

/**
 * `-m pkttype [!] --pkt-type unicast|broadcast|multicast`: how the packet is addressed on the link.
 *
 * Kernel: net/netfilter/xt_pkttype.c, pkttype_mt. Packets here come to this host or from it, so none is another's (D2).
 */
export interface PkttypeMatch {
  readonly kind: "pkttype";
  readonly type: "unicast" | "broadcast" | "multicast" | "otherhost";
  readonly negated: boolean;
}

const NAMES: Readonly<Record<string, PkttypeMatch["type"]>> = {
  unicast: "unicast",
  host: "unicast",
  broadcast: "broadcast",
  bcast: "broadcast",
  multicast: "multicast",
  mcast: "multicast",
  otherhost: "otherhost",
};

const packetType: ValueType<PkttypeMatch["type"]> = {
  expected: "unicast, broadcast, multicast or otherhost",
  read(word) {
    const name = word.toLowerCase();
    return Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  },
};

const words = ({ type }: PkttypeMatch): string => `--pkt-type ${type}`;

/** Destinations that are not one host's: IPv6 has no broadcast. */
const MANY: Readonly<
  Record<Family, { readonly broadcast: Prefix | undefined; readonly multicast: Prefix | undefined }>
> = {
  ipv4: { broadcast: readPrefix("255.255.255.255"), multicast: readPrefix("224.0.0.0/4") },
  ipv6: { broadcast: undefined, multicast: readPrefix("ff00::/8") },
};

function typeTest({ type, negated }: PkttypeMatch, family: Family): Predicate {
  const to = (prefix: Prefix | undefined, inverted = false): Predicate[] =>
    prefix === undefined ? [] : [inPrefix("dst", prefix, inverted)];
  const { broadcast, multicast } = MANY[family];
  if (type === "unicast") return any([...to(broadcast), ...to(multicast)], !negated);
  const [test] = type === "otherhost" ? [] : to(type === "broadcast" ? broadcast : multicast, negated);
  return test ?? (negated ? ALWAYS : NEVER);
}

export const pkttype: MatchExtension<PkttypeMatch> = defineMatch<PkttypeMatch>()({
  kind: "pkttype",
  summary: "unicast, broadcast or multicast",
  options: { type: option("pkt-type", packetType, { negatable: true, required: true }) },
  fromSave: ({ type }) => ({ kind: "pkttype", type: type!.value, negated: type!.negated }),
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader, context) {
    const found = reader.take(/PKTTYPE (=|!=) (\S+)/y);
    const type = found && packetType.read(found[2]!, context);
    return type ? { kind: "pkttype", type, negated: found[1] === "!=" } : undefined;
  },
  toList: ({ type, negated }) => ` PKTTYPE ${negated ? "!=" : "="} ${type}`,
  meaning: (match, family) => [condition(words(match), typeTest(match, family), match.negated)],
});
