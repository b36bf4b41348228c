import { TCP } from "../../net/protocol.ts";
import { readNumber } from "../../text/number.ts";
import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { listOf, option, type ValueType } from "../extension/value.ts";

/** Names that a listing without -n prints. */
const NAMES: Readonly<Record<string, number>> = {
  mss: 2,
  wscale: 3,
  "sack-permitted": 4,
  sack: 5,
  timestamp: 8,
  md5: 19,
};

/**
 * `-j TCPOPTSTRIP [--strip-options n,…]`: overwrites TCP options with NOPs; length and headers stay, the packet goes on.
 *
 * Kernel: net/netfilter/xt_TCPOPTSTRIP.c, tcpoptstrip_tg4, tcpoptstrip_tg6.
 */
export interface TcpoptstripTarget {
  readonly kind: "TCPOPTSTRIP";
  /** Option kinds from 2 to 255, ascending. */
  readonly strip: readonly number[];
}

const tcpOption: ValueType<number> = {
  expected: `a TCP option from 2 to 255, or one of ${Object.keys(NAMES).join(", ")}`,
  read(word) {
    const number = Object.hasOwn(NAMES, word) ? NAMES[word] : readNumber(word, 255);
    return number !== undefined && number >= 2 ? number : undefined;
  },
};

/** Each option once: iptables refuses one that is named twice. */
const tcpOptions: ValueType<readonly number[]> = {
  expected: `${tcpOption.expected}; several separated by commas, each once`,
  read(word, context) {
    const numbers = listOf(tcpOption).read(word, context);
    return numbers && new Set(numbers).size === numbers.length ? [...numbers].sort((a, b) => a - b) : undefined;
  },
};

const nameOf = (number: number): string => Object.keys(NAMES).find((name) => NAMES[name] === number) ?? `${number}`;

export const tcpoptstrip: TargetExtension<TcpoptstripTarget> = defineTarget<TcpoptstripTarget>()({
  kind: "TCPOPTSTRIP",
  summary: "blanks options of the TCP header",
  tables: ["mangle"],
  protocols: [TCP],
  options: { strip: option("strip-options", tcpOptions) },
  fromSave: ({ strip }) => ({ kind: "TCPOPTSTRIP", strip: strip?.value ?? [] }),
  toSave: ({ strip }) => (strip.length === 0 ? "" : ` --strip-options ${strip.join(",")}`),
  fromList(reader, context) {
    const found = reader.take(/TCPOPTSTRIP options (\S+)/y);
    const strip = found ? tcpOptions.read(found[1]!, context) : [];
    return strip && { kind: "TCPOPTSTRIP", strip };
  },
  toList: ({ strip }, { numeric }) =>
    strip.length === 0 ? "" : ` TCPOPTSTRIP options ${strip.map((one) => (numeric ? one : nameOf(one))).join(",")}`,
  action: () => goesOn({ kind: "rewrite" }),
});
