import { type Prefix, shortPrefixText } from "../../net/address.ts";
import { hex, UINT32 } from "../../text/number.ts";
import type { ReadContext } from "../extension/context.ts";
import type { ListReader } from "../extension/list-reader.ts";
import { bang, type Given, numberFrom, type ValueType } from "../extension/value.ts";
import { prefixType } from "./conntrack-values.ts";

/** One transformation of `-m policy`: what is asked of it. */
export interface PolicyElement {
  readonly reqid?: Given<number>;
  readonly spi?: Given<number>;
  /** 50 esp, 51 ah, 108 ipcomp. */
  readonly proto?: Given<number>;
  readonly mode?: Given<"transport" | "tunnel">;
  readonly tunnelDst?: Given<Prefix>;
  readonly tunnelSrc?: Given<Prefix>;
}

export const isEmpty = (element: PolicyElement): boolean => Object.keys(element).length === 0;

const PROTOCOLS: readonly (readonly [name: string, number: number])[] = [
  ["esp", 50],
  ["ah", 51],
  ["ipcomp", 108],
];

/** A protocol of IPsec, by name or number. */
export const policyProtocol: ValueType<number> = {
  expected: "esp, ah or ipcomp",
  read: (word) => PROTOCOLS.find(([name, number]) => word === name || word === `${number}`)?.[1],
};
const protocolName = (wanted: number): string => PROTOCOLS.find(([, number]) => number === wanted)![0];

export const reqidType: ValueType<number> = numberFrom(0, UINT32);
export const spiType: ValueType<number> = numberFrom(0, UINT32);

/** ` --reqid 1 ! --spi 0x1`, in the order of print; without dashes as a listing has it. */
export function elementText(element: PolicyElement, dashes: "--" | "", numeric = false): string {
  const { reqid, spi, proto, mode, tunnelDst, tunnelSrc } = element;
  const part = <T>(name: string, given: Given<T> | undefined, text: (value: T) => string | number): string =>
    given === undefined ? "" : `${bang(given.negated)} ${dashes}${name} ${text(given.value)}`;
  return [
    part("reqid", reqid, String),
    part("spi", spi, hex),
    part("proto", proto, numeric ? String : protocolName),
    part("mode", mode, String),
    part("tunnel-dst", tunnelDst, shortPrefixText),
    part("tunnel-src", tunnelSrc, shortPrefixText),
  ].join("");
}

/** What {@link elementText} shows in a listing. */
export function readElement(reader: ListReader, context: ReadContext): PolicyElement {
  const take = <T>(name: string, type: ValueType<T>): Given<T> | undefined => {
    const { at } = reader;
    const found = reader.take(new RegExp(`(! )?${name} (\\S+)(?=\\s|$)`, "y"));
    const value = found ? type.read(found[2]!, context) : undefined;
    if (value !== undefined) return { value, negated: found![1] !== undefined };
    reader.at = at;
    return undefined;
  };
  const mode: ValueType<"transport" | "tunnel"> = {
    expected: "transport or tunnel",
    read: (word) => (word === "transport" || word === "tunnel" ? word : undefined),
  };
  const element = {
    reqid: take("reqid", reqidType),
    spi: take("spi", spiType),
    proto: take("proto", policyProtocol),
    mode: take("mode", mode),
    tunnelDst: take("tunnel-dst", prefixType),
    tunnelSrc: take("tunnel-src", prefixType),
  };
  return Object.fromEntries(Object.entries(element).filter(([, given]) => given !== undefined)) as PolicyElement;
}
