import type { Family } from "../../net/address.ts";
import { ANY_TYPE, type IcmpType, icmpTypeName, icmpTypeNamed } from "../../net/icmp.ts";
import {
  ALWAYS,
  all,
  any,
  type Condition,
  condition,
  inRange,
  NEVER,
  type Predicate,
} from "../../predicate/predicate.ts";
import { readNumber } from "../../text/number.ts";
import type { ListStyle, ReadContext } from "../extension/context.ts";
import type { ListReader } from "../extension/list-reader.ts";
import { bang, type Given, type ValueType } from "../extension/value.ts";

/** A type by name or as `type[/code]`. */
export const icmpType = (family: Family): ValueType<IcmpType> => ({
  expected: "an ICMP type by name or as type[/code], each up to 255",
  read(word) {
    const named = icmpTypeNamed(family, word);
    if (named) return named;
    const [first = "", second, more] = word.split("/");
    const type = readNumber(first, 255);
    const code = second === undefined || second === "0:255" ? null : readNumber(second, 255);
    return type === undefined || code === undefined || more !== undefined ? undefined : { type, code };
  },
});

/** `--icmp-type 3/4`; only IPv4 writes 255 as `any`. */
function words(option: string, { value: { type, code } }: Given<IcmpType>, family: Family): string {
  const text =
    type === ANY_TYPE && code === null && family === "ipv4" ? "any" : code === null ? type : `${type}/${code}`;
  return `--${option} ${text}`;
}

/** ` ! --icmp-type 3/4`. */
export const icmpToSave = (option: string, given: Given<IcmpType>, family: Family): string =>
  `${bang(given.negated)} ${words(option, given, family)}`;

/** ` echo-request`, ` !fragmentation-needed`, `type 8`, ` !type 3 code 4`: what follows the match's name. */
export function icmpToList({ value, negated }: Given<IcmpType>, family: Family, style: ListStyle): string {
  const name = style.numeric ? undefined : icmpTypeName(family, value);
  if (name !== undefined) return ` ${negated ? "!" : ""}${name}`;
  return `${bang(negated)}type ${value.type}${value.code === null ? "" : ` code ${value.code}`}`;
}

/** Takes what follows `icmp` or `ipv6-icmp`. */
export function icmpFromList(reader: ListReader, context: ReadContext): Given<IcmpType> | undefined {
  const number = reader.take(/(!?)type (\d+)(?: code (\d+))?/y);
  if (number) {
    const code = number[3] === undefined ? null : Number(number[3]);
    return { value: { type: Number(number[2]), code }, negated: number[1] === "!" };
  }
  const named = reader.take(/(!?)(\S+)/y);
  const value = named && icmpTypeNamed(context.family, named[2]!);
  return value ? { value, negated: named[1] === "!" } : undefined;
}

/** What {@link icmpToSave} writes, and what it asks. */
export const icmpCondition = (option: string, given: Given<IcmpType>, family: Family): Condition =>
  condition(words(option, given, family), icmpTest(given, family), given.negated);

/** Type and code of the packet. Kernel: icmp_type_code_match in net/netfilter/xt_tcpudp.c, where 255 is any type (IPv4). */
function icmpTest({ value: { type, code }, negated }: Given<IcmpType>, family: Family): Predicate {
  if (type === ANY_TYPE && family === "ipv4") return negated ? NEVER : ALWAYS;
  const ofType = inRange("icmpType", type, type, negated);
  if (code === null) return ofType;
  const of = [ofType, inRange("icmpCode", code, code, negated)];
  return negated ? any(of) : all(of);
}
