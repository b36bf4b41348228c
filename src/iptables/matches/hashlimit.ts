import { addressBits } from "../../net/address.ts";
import type { KeyPart, Pace } from "../../predicate/memory.ts";
import { condition, remembered, unmodelled } from "../../predicate/predicate.ts";
import { UINT32 } from "../../text/number.ts";
import type { ReadContext } from "../extension/context.ts";
import type { ListReader } from "../extension/list-reader.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { anyWord, flag, type Given, numberFrom, option, refuseTogether } from "../extension/value.ts";
import {
  burstType,
  byteBurstText,
  byteRateText,
  bytesOf,
  DEFAULT_BURST,
  modeList,
  SCALE,
  type Speed,
  speed,
} from "./hashlimit-values.ts";
import { rateText, rateUnit } from "./rate.ts";

/**
 * `-m hashlimit --hashlimit-upto|--hashlimit-above rate [--hashlimit-burst n] [--hashlimit-mode LIST] --hashlimit-name NAME
 * …`: a token bucket for each address or port, in a table that rules share by its name (S5).
 *
 * Kernel: net/netfilter/xt_hashlimit.c, hashlimit_mt_common.
 */
export interface HashlimitMatch {
  readonly kind: "hashlimit";
  /** Matches what is over the limit; otherwise what is below. */
  readonly above: boolean;
  readonly pace: Pace;
  readonly modes: readonly KeyPart[];
  /** `?` where a listing hides it: then the rule's table is taken for its own. */
  readonly name: string;
  readonly size: number;
  readonly max: number;
  /** Milliseconds between two collections of idle keys, and after which a key is idle. */
  readonly gcInterval: number;
  readonly expire: number;
  /** Lengths of prefixes, if not whole addresses. */
  readonly srcmask?: number;
  readonly dstmask?: number;
  /** Counts packets in each interval of so many seconds in place of filling a bucket. */
  readonly rateMatch?: { readonly interval: number };
}

const HIDDEN_NAME = "?";
const GC_INTERVAL = 1000;
/** Milliseconds for which keys of a rate of bytes are kept, without and with a burst. */
const BYTE_EXPIRE = 15_000;
const BYTE_BURST_EXPIRE = 60_000;

const number = numberFrom(0, UINT32);
const prefixLength = numberFrom(0, 128, "the length of a prefix");

function paceOf(given: Speed, burst: number | undefined, rateMatch: boolean, context: ReadContext): Pace {
  if (given.kind === "packets") {
    // With --hashlimit-rate-match the number counts for the interval, whatever the unit.
    const period = rateMatch ? Math.floor(given.period / given.unit) : given.period;
    return { kind: "packets", period, burst: burst ?? DEFAULT_BURST };
  }
  const least = bytesOf(given.cost);
  if (burst === undefined) return { ...given, burst: 0 };
  if (burst < least) context.fail(`--hashlimit-burst: expected at least ${least}b, got ${burst}b`);
  return { ...given, burst: Math.ceil(burst / Math.max(1, least)) };
}

/** How long keys are kept if nothing is said. */
const defaultExpire = (given: Speed, burst: number): number =>
  given.kind === "packets" ? given.unit * 1000 : burst === 0 ? BYTE_EXPIRE : BYTE_BURST_EXPIRE;

/** The expiry that goes without saying for a pace as it is printed. */
function silentExpire(pace: Pace, interval: number): number {
  if (pace.kind === "packets") return rateUnit(pace.period * interval, SCALE) * 1000;
  return pace.burst === 0 ? BYTE_EXPIRE : BYTE_BURST_EXPIRE;
}

/** Everything as option names and values, in the order of print; `interval` stretches the rate (only -L does that). */
function parts(match: HashlimitMatch, interval: number, separator: string): [name: string, value: string | number][] {
  const { pace } = match;
  const found: [string, string | number][] = [];
  if (pace.kind === "packets") {
    found.push([match.above ? "above" : "upto", rateText(pace.period * interval, SCALE)], ["burst", pace.burst]);
  } else {
    found.push([match.above ? "above" : "upto", byteRateText(pace.cost)]);
    if (pace.burst > 0) found.push(["burst", byteBurstText(pace.cost, pace.burst)]);
  }
  if (match.modes.length > 0) found.push(["mode", match.modes.join(separator)]);
  found.push(["name", match.name]);
  if (match.size !== 0) found.push(["htable-size", match.size]);
  if (match.max !== 0) found.push(["htable-max", match.max]);
  if (match.gcInterval !== GC_INTERVAL) found.push(["htable-gcinterval", match.gcInterval]);
  if (match.expire !== silentExpire(pace, interval)) found.push(["htable-expire", match.expire]);
  if (match.srcmask !== undefined) found.push(["srcmask", match.srcmask]);
  if (match.dstmask !== undefined) found.push(["dstmask", match.dstmask]);
  if (match.rateMatch) found.push(["rate-match", ""]);
  if (match.rateMatch && match.rateMatch.interval !== 1) found.push(["rate-interval", match.rateMatch.interval]);
  return found;
}

const toSave = (match: HashlimitMatch): string =>
  parts(match, 1, ",")
    .map(([name, value]) => ` --hashlimit-${name}${value === "" ? "" : ` ${value}`}`)
    .join("");

const masks = (src: number | undefined, dst: number | undefined, whole: number) => ({
  ...(src !== undefined && src !== whole && { srcmask: src }),
  ...(dst !== undefined && dst !== whole && { dstmask: dst }),
});

/** Takes `NAME VALUE` where it stands. */
const numberAfter = (reader: ListReader, pattern: RegExp): number | undefined => {
  const found = reader.take(pattern);
  return found ? Number(found[1]) : undefined;
};

function fromList(reader: ListReader, context: ReadContext): HashlimitMatch | undefined {
  const head = reader.take(/limit: (up to|above) (\S+)(?: burst (\S+))?(?: mode (\S+))?/y);
  const given = head && speed.read(head[2]!, context);
  const burst = head?.[3] === undefined ? undefined : burstType.read(head[3], context);
  const modes = modeList.read(head?.[4]?.replaceAll("-", ",") ?? "", context);
  if (!head || !given || modes === undefined) return undefined;
  const size = numberAfter(reader, /htable-size (\d+)/y) ?? 0;
  const max = numberAfter(reader, /htable-max (\d+)/y) ?? 0;
  const gcInterval = numberAfter(reader, /htable-gcinterval (\d+)/y) ?? GC_INTERVAL;
  const expire = numberAfter(reader, /htable-expire (\d+)/y);
  const src = numberAfter(reader, /srcmask (\d+)/y);
  const dst = numberAfter(reader, /dstmask (\d+)/y);
  const rateMatch = reader.take(/rate-match(?=\s|$)/y) !== null;
  const interval = numberAfter(reader, /rate-interval (\d+)/y) ?? 1;
  const listed = paceOf(given, burst, false, context);
  const pace =
    listed.kind === "packets" ? { ...listed, period: Math.max(1, Math.floor(listed.period / interval)) } : listed;
  context.warn("hidden-name", "hashlimit: a listing does not show the table's name; the rule is taken to have its own");
  return {
    kind: "hashlimit",
    above: head[1] === "above",
    pace,
    modes,
    name: HIDDEN_NAME,
    size,
    max,
    gcInterval,
    expire: expire ?? silentExpire(pace, rateMatch ? interval : 1),
    ...masks(src, dst, addressBits(context.family)),
    ...(rateMatch && { rateMatch: { interval } }),
  };
}

export const hashlimit: MatchExtension<HashlimitMatch> = defineMatch<HashlimitMatch>()({
  kind: "hashlimit",
  summary: "at most so many packets a time from each address or port",
  options: {
    upto: option("hashlimit-upto hashlimit", speed, { negatable: true }),
    above: option("hashlimit-above", speed, { negatable: true }),
    burst: option("hashlimit-burst", burstType),
    mode: option("hashlimit-mode", modeList),
    name: option("hashlimit-name", anyWord("a name"), { required: true }),
    size: option("hashlimit-htable-size", number),
    max: option("hashlimit-htable-max", number),
    gcInterval: option("hashlimit-htable-gcinterval", numberFrom(1, UINT32)),
    expire: option("hashlimit-htable-expire", number),
    srcmask: option("hashlimit-srcmask", prefixLength),
    dstmask: option("hashlimit-dstmask", prefixLength),
    rateMatch: flag("hashlimit-rate-match"),
    rateInterval: option("hashlimit-rate-interval", numberFrom(1, UINT32)),
  },
  fromSave(given, context) {
    const { upto, above, rateMatch } = given;
    refuseTogether(context, "hashlimit", { "hashlimit-upto": upto, "hashlimit-above": above }, true);
    const chosen = (above ?? upto) as Given<Speed>;
    const pace = paceOf(chosen.value, given.burst?.value, rateMatch !== undefined, context);
    const interval = given.rateInterval?.value ?? (chosen.value.kind === "packets" ? chosen.value.unit : 1);
    return {
      kind: "hashlimit",
      above: (above !== undefined) !== chosen.negated,
      pace,
      modes: given.mode?.value ?? [],
      name: given.name!.value,
      size: given.size?.value ?? 0,
      max: given.max?.value ?? 0,
      gcInterval: given.gcInterval?.value ?? GC_INTERVAL,
      expire: given.expire?.value ?? defaultExpire(chosen.value, pace.burst),
      ...masks(given.srcmask?.value, given.dstmask?.value, addressBits(context.family)),
      ...(rateMatch && { rateMatch: { interval } }),
    };
  },
  toSave,
  fromList,
  toList: (match) =>
    parts(match, match.rateMatch?.interval ?? 1, "-")
      .filter(([name]) => name !== "name")
      .map(([name, value]) => {
        if (name === "upto" || name === "above") return ` limit: ${match.above ? "above" : "up to"} ${value}`;
        return ` ${name}${value === "" ? "" : ` ${value}`}`;
      })
      .join(""),
  meaning(match) {
    const { name, pace, modes, srcmask, dstmask, expire, above } = match;
    const words = toSave(match).trim();
    if (match.rateMatch) return [condition(words, unmodelled("hashlimit", words, { own: true }))];
    const shared = name === HIDDEN_NAME ? null : name;
    return [
      condition(
        words,
        remembered({ memory: "hashlimit", name: shared, key: modes, pace, srcmask, dstmask, expire }, above),
      ),
    ];
  },
});
