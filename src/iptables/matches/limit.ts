import { condition, remembered } from "../../predicate/predicate.ts";
import { UINT32 } from "../../text/number.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { numberFrom, option } from "../extension/value.ts";
import { rate, rateText } from "./rate.ts";

/**
 * `-m limit [--limit rate] [--limit-burst n]`: a token bucket, one token a packet. Default 3/hour, burst 5.
 *
 * Kernel: net/netfilter/xt_limit.c, limit_mt.
 */
export interface LimitMatch {
  readonly kind: "limit";
  /** Time for one token, in 1/10000 s. */
  readonly period: number;
  readonly burst: number;
}

/** Parts of a second in which the kernel counts. Kernel: XT_LIMIT_SCALE. */
const SCALE = 10_000;
/** What a bucket of xt_limit earns in a second, for every usual HZ; nft counts exactly (V3). */
const CREDITS_A_SECOND = 32_000;

/** Credits for a time, in 32 bits and rounded as the kernel does. Kernel: xt_limit.c, user2credits. */
const credits = (time: number): number =>
  (time > Math.floor(UINT32 / CREDITS_A_SECOND)
    ? Math.floor(time / SCALE) * CREDITS_A_SECOND
    : Math.floor((time * CREDITS_A_SECOND) / SCALE)) %
  2 ** 32;

const DEFAULT_PERIOD = 1200 * SCALE;
const DEFAULT_BURST = 5;

const toSave = ({ period, burst }: LimitMatch): string =>
  ` --limit ${rateText(period, SCALE)}${burst === DEFAULT_BURST ? "" : ` --limit-burst ${burst}`}`;

export const limit: MatchExtension<LimitMatch> = defineMatch<LimitMatch>()({
  kind: "limit",
  summary: "at most so many packets a time",
  options: { rate: option("limit", rate(SCALE)), burst: option("limit-burst", numberFrom(0, 10_000)) },
  fromSave: ({ rate, burst }) => ({
    kind: "limit",
    period: rate?.value.period ?? DEFAULT_PERIOD,
    burst: burst?.value ?? DEFAULT_BURST,
  }),
  toSave,
  fromList(reader, context) {
    const found = reader.take(/limit: avg (\S+) burst (\d+)(?! mode)/y);
    const period = found && rate(SCALE).read(found[1]!, context)?.period;
    return period ? { kind: "limit", period, burst: Number(found[2]) } : undefined;
  },
  toList: ({ period, burst }) => ` limit: avg ${rateText(period, SCALE)} burst ${burst}`,
  meaning(match, _family, flavour) {
    const { period, burst } = match;
    // Legacy iptables refuses a burst of 0; nft takes it and means the default.
    const tokens = burst || DEFAULT_BURST;
    const memory =
      flavour === "nft"
        ? ({ memory: "limit", scale: SCALE, cost: period, cap: period * tokens } as const)
        : ({
            memory: "limit",
            scale: CREDITS_A_SECOND,
            cost: credits(period),
            cap: credits((period * tokens) % 2 ** 32),
          } as const);
    return [condition(toSave(match).trim(), remembered(memory))];
  },
});
