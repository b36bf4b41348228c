import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { numberFrom, option } from "../extension/value.ts";
import { type Bucket, draw, rate, rateText } from "./rate.ts";

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
  meaning(match) {
    // Legacy iptables refuses a burst of 0; nft takes it and means the default.
    const cap = match.period * (match.burst || DEFAULT_BURST);
    return {
      kind: "stateful",
      negated: false,
      text: toSave(match).trim(),
      step(state, _frame, now) {
        const { bucket, enough } = draw(state as Bucket | undefined, Math.round(now * SCALE), {
          cost: match.period,
          cap,
        });
        return { state: bucket, holds: enough };
      },
    };
  },
});
