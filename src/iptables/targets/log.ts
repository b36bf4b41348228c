import { readNumber } from "../../text/number.ts";
import { saveString } from "../../text/words.ts";
import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { flag, option, type ValueType } from "../extension/value.ts";
import { cutBytes, shortWord } from "./record-values.ts";

/** Levels by number, as iptables -L prints them since 1.8.9 (glibc's names). */
const LEVELS = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"] as const;
const LEVEL_ALIASES: Readonly<Record<string, number>> = { panic: 0, error: 3, warning: 4 };
const DEFAULT_LEVEL = 4;

/** Flags by their bit, in the order of both text forms. Bit 4 is unused. */
const FLAGS = [
  { name: "tcp-sequence", bit: 1 },
  { name: "tcp-options", bit: 2 },
  { name: "ip-options", bit: 4 },
  { name: "uid", bit: 8 },
  { name: "macdecode", bit: 32 },
] as const;

/** Longest prefix that the kernel keeps, in bytes. */
const PREFIX_BYTES = 29;

/**
 * `-j LOG [--log-prefix text] [--log-level level] [--log-tcp-sequence] [--log-tcp-options] [--log-ip-options] [--log-uid]
 * [--log-macdecode]`: writes a line to the kernel log; the packet goes on (T4).
 *
 * Kernel: net/netfilter/xt_LOG.c, log_tg.
 */
export interface LogTarget {
  readonly kind: "LOG";
  readonly prefix: string;
  /** 0 (emerg) to 7 (debug). */
  readonly level: number;
  /** Sum of the bits of the kernel's NF_LOG_ flags. */
  readonly flags: number;
}

const level: ValueType<number> = {
  expected: `a level from 0 to 7, or one of ${LEVELS.join(", ")}, error, warning, panic`,
  read(word) {
    const named = (LEVELS as readonly string[]).indexOf(word);
    if (named >= 0) return named;
    return Object.hasOwn(LEVEL_ALIASES, word) ? LEVEL_ALIASES[word] : readNumber(word, 7);
  },
};

const flagNames = (flags: number, prefix: string): string =>
  FLAGS.filter(({ bit }) => flags & bit)
    .map(({ name }) => ` ${prefix}${name}`)
    .join("");

export const log: TargetExtension<LogTarget> = defineTarget<LogTarget>()({
  kind: "LOG",
  summary: "writes a line to the kernel log",
  options: {
    prefix: option("log-prefix", shortWord),
    level: option("log-level", level),
    "tcp-sequence": flag("log-tcp-sequence"),
    "tcp-options": flag("log-tcp-options"),
    "ip-options": flag("log-ip-options"),
    uid: flag("log-uid"),
    macdecode: flag("log-macdecode"),
  },
  fromSave: (values, context) => ({
    kind: "LOG",
    prefix: cutBytes("--log-prefix", values.prefix?.value ?? "", PREFIX_BYTES, context),
    level: values.level?.value ?? DEFAULT_LEVEL,
    flags: FLAGS.reduce((sum, { name, bit }) => (values[name] ? sum | bit : sum), 0),
  }),
  toSave: (target) =>
    `${target.prefix === "" ? "" : ` --log-prefix ${saveString(target.prefix)}`}${
      target.level === DEFAULT_LEVEL ? "" : ` --log-level ${target.level}`
    }${flagNames(target.flags, "--log-")}`,
  fromList(reader, context) {
    const start = reader.take(/LOG (?:flags (\d+) )?level (\w+)/y);
    const found = start && level.read(start[2]!, context);
    if (!start || found === undefined || found === null) return undefined;
    let flags = Number(start[1] ?? 0);
    for (const { name, bit } of FLAGS) if (reader.take(new RegExp(`${name}(?!\\S)`, "y"))) flags |= bit;
    // Not escaped, so it ends with the last quote of the row; before 1.4.4 the quotes were `…'.
    const { at } = reader;
    const prefix = reader.take(/prefix ["`]/y) && reader.takeUntil(/["'](?=[^"']*$)/g);
    if (typeof prefix !== "string") reader.at = at;
    return { kind: "LOG", prefix: prefix ?? "", level: found, flags };
  },
  toList: ({ prefix, level, flags }, { numeric }) =>
    ` LOG ${numeric ? `flags ${flags} level ${level}` : `level ${LEVELS[level]}${flagNames(flags, "")}`}${
      prefix === "" ? "" : ` prefix "${prefix}"`
    }`,
  action: () => goesOn({ kind: "log" }),
});
