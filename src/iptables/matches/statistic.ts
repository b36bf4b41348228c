import { condition, remembered } from "../../predicate/predicate.ts";
import { UINT32 } from "../../text/number.ts";
import type { ReadContext } from "../extension/context.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, numberFrom, oneOf, option, type ValueType } from "../extension/value.ts";

/**
 * `-m statistic --mode random [!] --probability p` or `--mode nth [!] --every n --packet p`: by chance, or every n-th.
 *
 * Kernel: net/netfilter/xt_statistic.c, statistic_mt.
 */
export interface StatisticMatch {
  readonly kind: "statistic";
  readonly mode: /** With this probability, a multiple of 2⁻³¹ as the kernel keeps it. */
    | { readonly kind: "random"; readonly probability: number }
    /** The i-th evaluation, counted from 0, matches iff i mod every = packet. */
    | { readonly kind: "nth"; readonly every: number; readonly packet: number };
  readonly negated: boolean;
}

const MODES = ["random", "nth"] as const;
const SCALE = 2 ** 31;

const probability: ValueType<number> = {
  expected: "a probability from 0 to 1",
  read(word) {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) ? Number(word) : Number.NaN;
    return value >= 0 && value <= 1 ? Math.round(value * SCALE) / SCALE : undefined;
  },
};

/** With 11 decimals, ties to even as printf has them. */
function probabilityText(value: number): string {
  const scaled = BigInt(Math.round(value * SCALE)) * 10n ** 11n;
  const half = 1n << 30n;
  const below = scaled >> 31n;
  const rest = scaled & ((1n << 31n) - 1n);
  const rounded = below + (rest > half || (rest === half && (below & 1n) === 1n) ? 1n : 0n);
  const digits = rounded.toString().padStart(12, "0");
  return `${digits.slice(0, -11)}.${digits.slice(-11)}`;
}

function nthOf(every: number, packet: number | undefined, context: ReadContext): StatisticMatch["mode"] {
  if (packet === undefined) context.fail("statistic: expected --packet with --every");
  if (packet! >= every) context.fail(`--packet: expected a number from 0 to ${every - 1}, got ${packet}`);
  return { kind: "nth", every, packet: packet! };
}

/** Both forms differ only in how an option starts, and whether `packet 0` is written. */
function text({ mode, negated }: StatisticMatch, dashes: string): string {
  const head = ` ${dashes}mode ${mode.kind}${bang(negated)} ${dashes}`;
  if (mode.kind === "random") return `${head}probability ${probabilityText(mode.probability)}`;
  const packet = dashes === "" && mode.packet === 0 ? "" : ` ${dashes}packet ${mode.packet}`;
  return `${head}every ${mode.every}${packet}`;
}

export const statistic: MatchExtension<StatisticMatch> = defineMatch<StatisticMatch>()({
  kind: "statistic",
  summary: "by chance, or every n-th packet",
  options: {
    mode: option("mode", oneOf(MODES), { required: true }),
    probability: option("probability", probability, { negatable: true }),
    every: option("every", numberFrom(1, UINT32), { negatable: true }),
    packet: option("packet", numberFrom(0, UINT32 - 1)),
  },
  fromSave({ mode, probability, every, packet }, context) {
    if (mode!.value === "random") {
      if (!probability) return context.fail("statistic: expected --probability with --mode random");
      if (every || packet) context.fail("statistic: --every and --packet need --mode nth");
      return {
        kind: "statistic",
        mode: { kind: "random", probability: probability.value },
        negated: probability.negated,
      };
    }
    if (!every) return context.fail("statistic: expected --every with --mode nth");
    if (probability) context.fail("statistic: --probability needs --mode random");
    return { kind: "statistic", mode: nthOf(every.value, packet?.value, context), negated: every.negated };
  },
  toSave: (match) => text(match, "--"),
  fromList(reader, context) {
    const random = reader.take(/statistic mode random (! )?probability (\S+)/y);
    if (random) {
      const value = probability.read(random[2]!, context);
      if (value === undefined) return undefined;
      return { kind: "statistic", mode: { kind: "random", probability: value }, negated: random[1] !== undefined };
    }
    const nth = reader.take(/statistic mode nth (! )?every (\d+)(?: packet (\d+))?/y);
    if (!nth) return undefined;
    const mode = nthOf(Number(nth[2]), Number(nth[3] ?? 0), context);
    return { kind: "statistic", mode, negated: nth[1] !== undefined };
  },
  toList: (match) => ` statistic${text(match, "")}`,
  meaning(match) {
    const { mode, negated } = match;
    const words = text(match, "--").trim();
    if (mode.kind === "random") return [condition(words, { kind: "chance", probability: mode.probability, negated })];
    return [condition(words, remembered({ memory: "nth", every: mode.every, packet: mode.packet }, negated))];
  },
});
