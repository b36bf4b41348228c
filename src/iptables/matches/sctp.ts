import { SCTP } from "../../net/protocol.ts";
import { condition, unmodelled } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, type Given, option, portRange } from "../extension/value.ts";
import { type Ports, portOptions, portsFromList, portsMeaning, portsToList, portsToSave } from "./ports.ts";
import { type Chunks, chunksText, chunksType } from "./sctp-chunks.ts";

/**
 * `-p sctp -m sctp [!] --sport p[:q] [!] --dport p[:q] [!] --chunk-types all|any|only LIST`: ports and chunks of an SCTP
 * packet.
 *
 * Kernel: net/netfilter/xt_sctp.c, sctp_mt.
 */
export interface SctpMatch extends Ports {
  readonly kind: "sctp";
  readonly chunks?: Given<Chunks>;
}

const chunksWords = ({ value }: Given<Chunks>): string => `--chunk-types ${chunksText(value, false)}`;

export const sctp: MatchExtension<SctpMatch> = defineMatch<SctpMatch>()({
  kind: "sctp",
  summary: "ports and chunks of an SCTP packet",
  protocols: [SCTP],
  options: { ...portOptions(portRange), chunks: option("chunk-types", chunksType, { negatable: true, words: 2 }) },
  fromSave: ({ chunks, ...ports }) => ({ kind: "sctp", ...ports, ...(chunks && { chunks }) }),
  toSave: (match) =>
    portsToSave(match) + (match.chunks ? `${bang(match.chunks.negated)} ${chunksWords(match.chunks)}` : ""),
  fromList(reader, context) {
    const ports = reader.take(/sctp(?=\s|$)/y) && portsFromList(reader, context);
    if (!ports) return undefined;
    const found = reader.take(/(! )?((?:all|any|only) \S+)/y);
    const value = found && chunksType.read(found[2]!, context);
    if (value === undefined) return undefined;
    const chunks = value && { chunks: { value, negated: found?.[1] !== undefined } };
    return { kind: "sctp", ...ports, ...chunks };
  },
  toList(match, style) {
    const { chunks } = match;
    const shown = chunks ? `${bang(chunks.negated)} ${chunksText(chunks.value, style.numeric)}` : "";
    return ` sctp${portsToList(match, style)}${shown}`;
  },
  meaning(match) {
    const of = portsMeaning(match);
    const { chunks } = match;
    if (chunks) {
      const { value, negated } = chunks;
      of.push(
        condition(chunksWords(chunks), unmodelled("chunk-types", chunksText(value, false), { negated }), negated),
      );
    }
    return of;
  },
});
