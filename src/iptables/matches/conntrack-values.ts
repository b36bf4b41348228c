import {
  addressText,
  anyPrefix,
  hostPrefix,
  type Prefix,
  readPrefix,
  sameWords,
  shortPrefixText,
} from "../../net/address.ts";
import { CT_STATES } from "../../predicate/state-names.ts";
import { readNumber, UINT32 } from "../../text/number.ts";
import type { ListStyle, ReadContext } from "../extension/context.ts";
import { loosePortRange, numberRange, type Range, type ValueType } from "../extension/value.ts";
import { bitList, STATUSES } from "./state-values.ts";

export const ADDRESSES = ["ctorigsrc", "ctorigdst", "ctreplsrc", "ctrepldst"] as const;
export const PORTS = ["ctorigsrcport", "ctorigdstport", "ctreplsrcport", "ctrepldstport"] as const;

/** A prefix of the rules' family, or a host by name. */
export const prefixType: ValueType<Prefix> = {
  expected: "an address of the rules' family, with or without /mask",
  read(word, context: ReadContext) {
    const prefix = readPrefix(word);
    if (prefix) return prefix.family === context.family ? prefix : undefined;
    const [name = "", mask] = word.split("/", 2);
    const host = context.names.hosts(name, context.family)[0];
    return (
      host && (mask === undefined ? hostPrefix(host) : readPrefix(`${addressText(host.family, host.words)}/${mask}`))
    );
  },
};

/** A protocol by name or number. */
export const protocolType: ValueType<number> = {
  expected: "a protocol by name or by number from 0 to 255",
  read: (word, context) => readNumber(word, 255) ?? context.names.protocol(word),
};

export const STATE_TYPE: ValueType<number> = bitList(CT_STATES);
export const STATUS_TYPE: ValueType<number> = bitList(STATUSES);
export const EXPIRE_TYPE: ValueType<Range> = numberRange(UINT32, true);
export const PORT_TYPE: ValueType<Range> = loosePortRange;

/** An address as `-L` shows it: `anywhere` for an address of zeros, whatever its mask (formats.md, 4.1). */
export function listedPrefix(prefix: Prefix, { numeric, names }: ListStyle): string {
  const text = shortPrefixText(prefix);
  if (numeric) return text;
  if (sameWords(prefix.address, [0, 0, 0, 0])) return "anywhere";
  const slash = text.indexOf("/");
  const host = names.hostName(slash < 0 ? text : text.slice(0, slash));
  return host === undefined ? text : `${host}${slash < 0 ? "" : text.slice(slash)}`;
}

/** What such a text stands for. */
export function readListedPrefix(text: string, context: ReadContext): Prefix | undefined {
  if (text !== "anywhere") return prefixType.read(text, context);
  context.warn("hidden-mask", 'conntrack: "anywhere" is read as every address; its mask is not shown without -n');
  return anyPrefix(context.family);
}
