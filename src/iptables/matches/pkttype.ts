import { ALWAYS, never } from "../../predicate/predicate.ts";
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

const toSave = ({ type, negated }: PkttypeMatch): string => `${bang(negated)} --pkt-type ${type}`;

export const pkttype: MatchExtension<PkttypeMatch> = defineMatch<PkttypeMatch>()({
  kind: "pkttype",
  summary: "unicast, broadcast or multicast",
  options: { type: option("pkt-type", packetType, { negatable: true, required: true }) },
  fromSave: ({ type }) => ({ kind: "pkttype", type: type!.value, negated: type!.negated }),
  toSave,
  fromList(reader, context) {
    const found = reader.take(/PKTTYPE (=|!=) (\S+)/y);
    const type = found && packetType.read(found[2]!, context);
    return type ? { kind: "pkttype", type, negated: found[1] === "!=" } : undefined;
  },
  toList: ({ type, negated }) => ` PKTTYPE ${negated ? "!=" : "="} ${type}`,
  meaning(match) {
    const text = toSave(match).trim();
    const { type, negated } = match;
    if (type === "otherhost") return negated ? ALWAYS : never(text);
    return { kind: "packetTypeIs", type, negated, text };
  },
});
