import { hex, readNumber, UINT32 } from "../../text/number.ts";
import type { ReadContext } from "./context.ts";

/** A kind of option value: how it is read, and what to say that it should have been. */
export interface ValueType<T> {
  /** In words, as it stands behind "expected": `a port from 0 to 65535 or a service name`. */
  readonly expected: string;
  /** The value, or undefined if the word is none. */
  read(word: string, context: ReadContext): T | undefined;
  /** A word that is no value may be a name that only the dump's own host knows: the match is then kept as its text. */
  mayBeName?(word: string): boolean;
}

/** One option of an extension. */
export interface OptionSpec<T> {
  /** The names without `--`, the canonical one first; unique prefixes are understood too. */
  readonly flags: readonly string[];
  /** What follows the option; null for an option without a value. */
  readonly type: ValueType<T> | null;
  readonly negatable?: boolean;
  readonly required?: boolean;
  /** May stand several times; the last one wins (LOG, CT). Default: once only. */
  readonly repeatable?: boolean;
  /**
   * `-m policy` alone: each time the option that `divides` is given, its members may be given again; the N-th time their
   * values stand under their key and N: `reqid 1`.
   */
  readonly group?: "divides" | "member";
  /** The value is two words (`--tcp-flags MASK SET`, `--add-set NAME DIRS`); `type.read` gets them joined by one blank. */
  readonly words?: 2;
}

export type Options = Readonly<Record<string, OptionSpec<unknown>>>;

/** One option as it was given, or ruled out. */
export interface Given<T> {
  readonly value: T;
  readonly negated: boolean;
}

/** What was read for each option of a declared table. */
export type Values<O extends Options> = {
  readonly [K in keyof O]?: Given<O[K] extends OptionSpec<infer T> ? T : never>;
};

/** Declares an option; the type parameter follows from the value type. */
export const option = <T>(flags: string, type: ValueType<T>, more: Partial<OptionSpec<T>> = {}): OptionSpec<T> => ({
  flags: flags.split(" "),
  type,
  ...more,
});

/** Declares an option that has no value: `--random`. */
export const flag = (flags: string, more: Partial<OptionSpec<true>> = {}): OptionSpec<true> => ({
  flags: flags.split(" "),
  type: null,
  ...more,
});

/** A number from `min` to `max`. */
export const numberFrom = (
  min: number,
  max: number,
  expected = `a number from ${min} to ${max}`,
): ValueType<number> => ({
  expected,
  read(word) {
    const value = readNumber(word, max);
    return value !== undefined && value >= min ? value : undefined;
  },
});

/** Any word, as it stands. */
export const anyWord = (expected = "a word"): ValueType<string> => ({ expected, read: (word) => word });

/** Both ends, included; equal for a single value. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** One port, by number or by service name. */
export function readPort(word: string, context: ReadContext): number | undefined {
  return readNumber(word, 65535) ?? context.names.service(word, serviceProtocol(context.protocol));
}

/** Under which protocol a rule's port names are looked up. */
export const serviceProtocol = (protocol: number): string | undefined =>
  ({ 6: "tcp", 17: "udp", 33: "dccp", 132: "sctp", 136: "udp" })[protocol];

const portRangeOf = (reversed: boolean): ValueType<Range> => ({
  expected: "a port, or a range of ports as low:high",
  read(word, context) {
    const colon = word.indexOf(":");
    if (colon < 0) {
      const port = readPort(word, context);
      return port === undefined ? undefined : { low: port, high: port };
    }
    const low = colon === 0 ? 0 : readPort(word.slice(0, colon), context);
    const high = colon === word.length - 1 ? 65535 : readPort(word.slice(colon + 1), context);
    return low === undefined || high === undefined || (low > high && !reversed) ? undefined : { low, high };
  },
});

/** `22`, `ssh`, `1024:65535`, `:1024`, `8000:`. */
export const portRange: ValueType<Range> = portRangeOf(false);

/** Also `10:5`, which udp, dccp and conntrack take up to iptables 1.8.10, and which no port is in. */
export const loosePortRange: ValueType<Range> = portRangeOf(true);

/** `5`, `5:10`, `:10`, `5:`, up to `max`; `reversed`: also `10:5`, which iptables up to 1.8.10 takes and nothing is in. */
export const numberRange = (max: number, reversed = false): ValueType<Range> => ({
  expected: `a number up to ${max}, or a range as low:high`,
  read(word) {
    const [first = "", second] = word.split(":", 2);
    const low = first === "" && second !== undefined ? 0 : readNumber(first, max);
    const high = second === undefined ? low : second === "" ? max : readNumber(second, max);
    return low === undefined || high === undefined || (low > high && !reversed) ? undefined : { low, high };
  },
});

/** A value and the bits of it that count. */
export interface Masked {
  readonly value: number;
  readonly mask: number;
}

/** `VALUE[/MASK]`, both of `width` bits. */
export const masked = (width: 8 | 16 | 32, expected = `a ${width}-bit value or value/mask`): ValueType<Masked> => ({
  expected,
  read(word) {
    const max = 2 ** width - 1;
    const slash = word.indexOf("/");
    const value = readNumber(slash < 0 ? word : word.slice(0, slash), max);
    const mask = slash < 0 ? max : readNumber(word.slice(slash + 1), max);
    return value === undefined || mask === undefined ? undefined : { value, mask };
  },
});

/** `0x1/0xff`, or only the value where the whole of 32 bits counts. */
export const maskedText = (value: number, mask: number): string =>
  mask >>> 0 === UINT32 ? hex(value) : `${hex(value)}/${hex(mask)}`;

/** ` !` before a negated option. */
export const bang = (negated: boolean): string => (negated ? " !" : "");

/** `22`, or `1024:65535`. */
export const rangeText = (range: Range, separator = ":"): string =>
  range.low === range.high ? `${range.low}` : `${range.low}${separator}${range.high}`;

/** A list separated by commas, each item once. */
export const listOf = <T>(
  item: ValueType<T>,
  expected = `${item.expected}, or several separated by commas`,
): ValueType<readonly T[]> => ({
  expected,
  read(word, context) {
    const items = word.split(",").map((one) => item.read(one, context));
    return items.includes(undefined) ? undefined : (items as T[]);
  },
});

/** One of a closed list of words, in any case. */
export const oneOf = <T extends string>(words: readonly T[]): ValueType<T> => ({
  expected: `one of ${words.join(", ")}`,
  read: (word) => words.find((one) => one.toLowerCase() === word.toLowerCase()),
});

/**
 * Gives up if more than one of these options was given; `given` is what was read, by flag. With `required`, also if
 * none was.
 */
export function refuseTogether(
  context: ReadContext,
  kind: string,
  given: Readonly<Record<string, unknown>>,
  required = false,
): void {
  const flags = Object.keys(given).map((name) => `--${name}`);
  const found = flags.filter((_, at) => Object.values(given)[at] !== undefined);
  if (found.length > 1) context.fail(`${kind}: ${found[0]} cannot be used together with ${found[1]}`);
  if (required && found.length === 0)
    context.fail(`${kind}: expected ${flags.length > 1 ? "one of " : ""}${flags.join(", ")}, got none`);
}
