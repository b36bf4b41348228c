import { DCCP } from "../../net/protocol.ts";
import { condition, inRanges, unmodelled } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, type Given, loosePortRange, numberFrom, option, type ValueType } from "../extension/value.ts";
import { type Ports, portOptions, portsFromList, portsMeaning, portsToList, portsToSave } from "./ports.ts";

/**
 * `-p dccp -m dccp [!] --sport p[:q] [!] --dport p[:q] [!] --dccp-types LIST [!] --dccp-option n`: ports, type and options
 * of a DCCP packet.
 *
 * Kernel: net/netfilter/xt_dccp.c, dccp_mt.
 */
export interface DccpMatch extends Ports {
  readonly kind: "dccp";
  /** Set of bits 1 << type; INVALID is every type from 10 on. */
  readonly types?: Given<number>;
  readonly option?: Given<number>;
}

/** By number. */
const NAMES = "REQUEST RESPONSE DATA ACK DATAACK CLOSEREQ CLOSE RESET SYNC SYNCACK".split(" ");
const INVALID = 0xfc00;

const typeList: ValueType<number> = {
  expected: `one or more of ${NAMES.join(", ")}, INVALID, separated by commas`,
  read(word) {
    let set = 0;
    for (const item of word.toUpperCase().split(",")) {
      const at = NAMES.indexOf(item);
      if (at < 0 && item !== "INVALID") return undefined;
      set |= at < 0 ? INVALID : 1 << at;
    }
    return set;
  },
};

const namesText = (set: number): string =>
  [...NAMES.filter((_, at) => set & (1 << at)), ...(set & INVALID ? ["INVALID"] : [])].join(",");

const numbersText = (set: number): string =>
  Array.from({ length: 16 }, (_, at) => at)
    .filter((at) => set & (1 << at))
    .join(",");

/** Types by name or number; other words in capitals, as `AUDIT`, stand for what comes behind. */
const TYPE = `(?:${[...NAMES, "INVALID"].join("|")})`;
const TYPES = new RegExp(String.raw`(! )?(?:(${TYPE}(?:,${TYPE})*)|(\d+(?:,\d+)*))(?=\s|$)`, "y");

const readNumbers = (text: string): number => text.split(",").reduce((set, one) => set | (1 << Number(one)), 0);

const typesWords = ({ value }: Given<number>): string => `--dccp-types ${namesText(value)}`;
const optionWords = ({ value }: Given<number>): string => `--dccp-option ${value}`;

/** The types of a set as ranges of one number each. */
const rangesOf = (set: number): readonly (readonly [number, number])[] =>
  Array.from({ length: 16 }, (_, at) => [at, at] as const).filter(([at]) => (set & (1 << at)) !== 0);

export const dccp: MatchExtension<DccpMatch> = defineMatch<DccpMatch>()({
  kind: "dccp",
  summary: "ports, type and options of a DCCP packet",
  protocols: [DCCP],
  options: {
    ...portOptions(loosePortRange),
    types: option("dccp-types", typeList, { negatable: true }),
    option: option("dccp-option", numberFrom(1, 255), { negatable: true }),
  },
  fromSave: ({ types, option: kind, ...ports }) => ({
    kind: "dccp",
    ...ports,
    ...(types && { types }),
    ...(kind && { option: kind }),
  }),
  toSave: (match) =>
    portsToSave(match) +
    (match.types ? `${bang(match.types.negated)} ${typesWords(match.types)}` : "") +
    (match.option ? `${bang(match.option.negated)} ${optionWords(match.option)}` : ""),
  fromList(reader, context) {
    const ports = reader.take(/dccp(?=\s|$)/y) && portsFromList(reader, context);
    if (!ports) return undefined;
    const types = reader.take(TYPES);
    const set = types?.[3] === undefined ? typeList.read(types?.[2] ?? "DATA", context)! : readNumbers(types[3]);
    const kind = reader.take(/option=(!?)(\d+)/y);
    return {
      kind: "dccp",
      ...ports,
      ...(types && { types: { value: set, negated: types[1] !== undefined } }),
      ...(kind && { option: { value: Number(kind[2]), negated: kind[1] === "!" } }),
    };
  },
  toList(match, style) {
    const { types, option: kind } = match;
    const text = style.numeric ? numbersText : namesText;
    const shown = types ? `${bang(types.negated)} ${text(types.value)}` : "";
    return ` dccp${portsToList(match, style)}${shown}${kind ? ` option=${kind.negated ? "!" : ""}${kind.value}` : ""}`;
  },
  meaning(match) {
    const { types, option: kind } = match;
    const of = portsMeaning(match);
    if (types) {
      const { value, negated } = types;
      of.push(condition(typesWords(types), inRanges("dccpType", rangesOf(value), negated), negated));
    }
    if (kind) {
      const { value, negated } = kind;
      of.push(condition(optionWords(kind), unmodelled("dccp-option", `${value}`, { negated }), negated));
    }
    return of;
  },
});
