import { condition, HEADERS, unmodelled } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, flag, numberFrom, oneOf, option, refuseTogether, type ValueType } from "../extension/value.ts";

/**
 * `-m string [!] --string text|--hex-string text --algo bm|kmp [--from n] [--to n] [--icase]`: the packet holds these bytes,
 * and packets here carry none.
 *
 * Kernel: net/netfilter/xt_string.c, string_mt.
 */
export interface StringMatch {
  readonly kind: "string";
  /** One character a byte, U+0000 to U+00FF. */
  readonly pattern: string;
  readonly negated: boolean;
  readonly algorithm: "bm" | "kmp";
  readonly from: number;
  readonly to: number;
  readonly ignoreCase: boolean;
}

const MAX_PATTERN = 128;
const END = 65535;
const ALGORITHMS = ["bm", "kmp"] as const;

const bytesOf = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");

const sized = (pattern: string | undefined): string | undefined =>
  pattern === undefined || pattern.length === 0 || pattern.length > MAX_PATTERN ? undefined : pattern;

const plain: ValueType<string> = {
  expected: `a text of 1 to ${MAX_PATTERN} bytes`,
  read: (word) => sized(bytesOf(word)),
};

/** `GET |0d 0a|x`: bytes in hexadecimal between bars. */
const hexString: ValueType<string> = {
  expected: `a text of 1 to ${MAX_PATTERN} bytes, with hexadecimal bytes between bars: a|0d 0a|b`,
  read(word) {
    const pieces = word.split("|");
    if (pieces.length % 2 === 0) return undefined;
    const texts = pieces.map((piece, at) => (at % 2 === 0 ? bytesOf(piece) : readHex(piece)));
    return texts.includes(undefined) ? undefined : sized(texts.join(""));
  },
};

function readHex(text: string): string | undefined {
  const digits = text.replaceAll(" ", "");
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) return undefined;
  return (digits.match(/../g) ?? []).map((byte) => String.fromCharCode(Number.parseInt(byte, 16))).join("");
}

/** The pattern in quotes; in hexadecimal if it cannot be printed or ends in `\`. Source: libxt_string.c, is_hex_string. */
function patternText(pattern: string): { readonly hex: boolean; readonly text: string } {
  if (/^[ -~]*$/.test(pattern) && !pattern.endsWith("\\"))
    return { hex: false, text: `"${pattern.replace(/["\\]/g, "\\$&")}"` };
  const bytes = [...pattern].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, "0"));
  return { hex: true, text: `"|${bytes.join("")}|"` };
}

const LIST =
  /STRING match (!?) *"((?:[^"\\]|\\.)*)" ALGO name (bm|kmp)(?: FROM (\d+))?(?: TO (\d+))?( ICASE)?(?=\s|$)/y;

const words = (match: StringMatch): string => {
  const { hex, text } = patternText(match.pattern);
  return (
    `--${hex ? "hex-string" : "string"} ${text} --algo ${match.algorithm}` +
    (match.from === 0 ? "" : ` --from ${match.from}`) +
    (match.to === END ? "" : ` --to ${match.to}`) +
    (match.ignoreCase ? " --icase" : "")
  );
};

export const string: MatchExtension<StringMatch> = defineMatch<StringMatch>()({
  kind: "string",
  summary: "bytes that the packet holds",
  options: {
    string: option("string", plain, { negatable: true }),
    hexString: option("hex-string", hexString, { negatable: true }),
    algo: option("algo", oneOf(ALGORITHMS), { required: true }),
    from: option("from", numberFrom(0, END)),
    to: option("to", numberFrom(0, END)),
    icase: flag("icase"),
  },
  fromSave({ string, hexString, algo, from, to, icase }, context) {
    refuseTogether(context, "string", { string, "hex-string": hexString }, true);
    const { value, negated } = (string ?? hexString)!;
    return {
      kind: "string",
      pattern: value,
      negated,
      algorithm: algo!.value,
      from: from?.value ?? 0,
      to: to?.value ?? END,
      ignoreCase: icase !== undefined,
    };
  },
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader, context) {
    const found = reader.take(LIST);
    if (!found) return undefined;
    // A text that looks like hexadecimal cannot be told from one; iptables hardly ever prints such a text otherwise.
    const quoted = found[2]!.replace(/\\(.)/g, "$1");
    const type = /^\|(?:[0-9a-f]{2})+\|$/.test(quoted) ? hexString : plain;
    const pattern = type.read(quoted, context);
    if (pattern === undefined) return undefined;
    return {
      kind: "string",
      pattern,
      negated: found[1] === "!",
      algorithm: found[3] as StringMatch["algorithm"],
      from: Number(found[4] ?? 0),
      to: Number(found[5] ?? END),
      ignoreCase: found[6] !== undefined,
    };
  },
  toList: (match) =>
    ` STRING match ${match.negated ? "!" : ""} ${patternText(match.pattern).text} ALGO name ${match.algorithm}` +
    (match.from === 0 ? "" : ` FROM ${match.from}`) +
    (match.to === END ? "" : ` TO ${match.to}`) +
    (match.ignoreCase ? " ICASE" : ""),
  meaning(match) {
    const { pattern, from, to, ignoreCase, negated } = match;
    const key = JSON.stringify([pattern, from, to, ignoreCase]);
    return [condition(words(match), unmodelled("string", key, { negated, of: HEADERS }), negated)];
  },
});
