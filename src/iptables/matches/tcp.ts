import { TCP } from "../../net/protocol.ts";
import { ACK, FIN, RST, readTcpFlags, SYN, tcpFlagsText } from "../../net/tcp-flags.ts";
import { bits, condition, unmodelled } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import {
  bang,
  flag,
  type Given,
  type Masked,
  numberFrom,
  option,
  portRange,
  refuseTogether,
  type ValueType,
} from "../extension/value.ts";
import { keptPorts, type Ports, portOptions, portsFromList, portsMeaning, portsToList, portsToSave } from "./ports.ts";

/**
 * `-p tcp -m tcp [!] --sport p[:q] [!] --dport p[:q] [!] --tcp-flags mask set [!] --tcp-option n`: ports, flags and options
 * of a TCP packet. `--syn` is `--tcp-flags FIN,SYN,RST,ACK SYN`.
 *
 * Kernel: net/netfilter/xt_tcpudp.c, tcp_mt.
 */
export interface TcpMatch extends Ports {
  readonly kind: "tcp";
  /** Kind of a TCP option that must be there. */
  readonly option?: Given<number>;
  /** Of the flags in `mask` exactly those in `value` are set. */
  readonly flags?: Given<Masked>;
}

const flagsType: ValueType<Masked> = {
  expected: "two lists of TCP flags: those to look at, and those of them that must be set",
  read(words) {
    const [mask, value, more] = words.split(" ").map(readTcpFlags);
    return mask === undefined || value === undefined || more !== undefined ? undefined : { mask, value };
  },
};

const SYN_ALONE: Masked = { mask: FIN | SYN | RST | ACK, value: SYN };

const optionWords = ({ value }: Given<number>): string => `--tcp-option ${value}`;

const flagsWords = ({ value: { mask, value } }: Given<Masked>): string =>
  `--tcp-flags ${tcpFlagsText(mask)} ${tcpFlagsText(value)}`;

const hexByte = (value: number): string => `0x${value.toString(16).toUpperCase().padStart(2, "0")}`;

const readListedFlags = (text: string): number | undefined =>
  /^0x/i.test(text) ? Number.parseInt(text, 16) : readTcpFlags(text);

const make = (ports: Ports, kind?: Given<number>, flags?: Given<Masked>): TcpMatch => ({
  kind: "tcp",
  ...keptPorts(ports),
  ...(kind && { option: kind }),
  ...(flags && (flags.negated || flags.value.mask !== 0 || flags.value.value !== 0) && { flags }),
});

export const tcp: MatchExtension<TcpMatch> = defineMatch<TcpMatch>()({
  kind: "tcp",
  summary: "ports, flags and options of a TCP packet",
  protocols: [TCP],
  options: {
    ...portOptions(portRange),
    option: option("tcp-option", numberFrom(1, 255), { negatable: true }),
    flags: option("tcp-flags", flagsType, { negatable: true, words: 2 }),
    syn: flag("syn", { negatable: true }),
  },
  fromSave({ option: kind, flags, syn, ...ports }, context) {
    refuseTogether(context, "tcp", { "tcp-flags": flags, syn });
    return make(ports, kind, syn ? { value: SYN_ALONE, negated: syn.negated } : flags);
  },
  toSave: (match) =>
    portsToSave(match) +
    (match.option ? `${bang(match.option.negated)} ${optionWords(match.option)}` : "") +
    (match.flags ? `${bang(match.flags.negated)} ${flagsWords(match.flags)}` : ""),
  fromList(reader, context) {
    const ports = reader.take(/tcp(?=\s|$)/y) && portsFromList(reader, context);
    if (!ports) return undefined;
    const kind = reader.take(/option=(!?)(\d+)/y);
    const flags = reader.take(/flags:(!?)([^/\s]+)\/(\S+)/y);
    const mask = readListedFlags(flags?.[2] ?? "");
    const value = readListedFlags(flags?.[3] ?? "");
    if (mask === undefined || value === undefined) return undefined;
    return make(
      ports,
      kind ? { value: Number(kind[2]), negated: kind[1] === "!" } : undefined,
      flags ? { value: { mask, value }, negated: flags[1] === "!" } : undefined,
    );
  },
  toList(match, style) {
    const text = style.numeric ? hexByte : tcpFlagsText;
    const { option: kind, flags } = match;
    const options = kind ? ` option=${kind.negated ? "!" : ""}${kind.value}` : "";
    const flagged = flags
      ? ` flags:${flags.negated ? "!" : ""}${text(flags.value.mask)}/${text(flags.value.value)}`
      : "";
    return ` tcp${portsToList(match, style)}${options}${flagged}`;
  },
  meaning(match) {
    const of = portsMeaning(match);
    const { option: kind, flags } = match;
    if (flags) {
      const { value, negated } = flags;
      of.push(condition(flagsWords(flags), bits("tcpFlags", value.value, value.mask, negated), negated));
    }
    if (kind) {
      const { value, negated } = kind;
      of.push(condition(optionWords(kind), unmodelled("tcp-option", `${value}`, { negated }), negated));
    }
    return of;
  },
});
