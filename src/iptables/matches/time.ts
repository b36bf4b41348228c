import { type Condition, condition, inRanges, unmodelled } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { flag, type Given, option } from "../extension/value.ts";
import {
  ALL_MONTHDAYS,
  ALL_WEEKDAYS,
  date,
  dateText,
  dayTime,
  dayTimeText,
  monthdays,
  monthdaysText,
  NO_END,
  weekdays,
  weekdaysText,
} from "./time-values.ts";

/**
 * `-m time [--timestart t] [--timestop t] [!] [--monthdays LIST] [!] [--weekdays LIST] [--datestart d] [--datestop d]
 * [--kerneltz] [--contiguous]`: when the packet comes. Walks have a clock, but no calendar, so it is not decided.
 *
 * Kernel: net/netfilter/xt_time.c, time_mt.
 */
export interface TimeMatch {
  readonly kind: "time";
  /** Seconds of the day. */
  readonly timeStart: number;
  readonly timeStop: number;
  /** Sets of bits 1 << day; a Monday is 1. */
  readonly monthdays: number;
  readonly weekdays: number;
  /** Seconds since 1970. */
  readonly dateStart: number;
  readonly dateStop: number;
  readonly kernelTimeZone: boolean;
  readonly contiguous: boolean;
}

const DAY_END = 24 * 60 * 60 - 1;

const chosen = (given: Given<number> | undefined, all: number): number =>
  given === undefined ? all : (given.negated ? all & ~given.value : given.value) >>> 0;

/** Each part that asks something, in the order of print; the end of all dates is printed though it asks nothing. */
const parts = (match: TimeMatch): { readonly [K in "time" | "monthdays" | "weekdays" | "start" | "stop"]: string } => ({
  time:
    match.timeStart === 0 && match.timeStop === DAY_END
      ? ""
      : `--timestart ${dayTimeText(match.timeStart)} --timestop ${dayTimeText(match.timeStop)}`,
  monthdays: match.monthdays === ALL_MONTHDAYS ? "" : `--monthdays ${monthdaysText(match.monthdays, false)}`,
  weekdays: match.weekdays === ALL_WEEKDAYS ? "" : `--weekdays ${weekdaysText(match.weekdays)}`,
  start: match.dateStart === 0 ? "" : `--datestart ${dateText(match.dateStart)}`,
  stop: `--datestop ${dateText(match.dateStop)}`,
});

const toSave = (match: TimeMatch): string =>
  Object.values(parts(match))
    .map((part) => part && ` ${part}`)
    .join("") +
  (match.kernelTimeZone ? " --kerneltz" : "") +
  (match.contiguous ? " --contiguous" : "");

type DayField = "daytime" | "weekday" | "monthday" | "date";

/** A time of day; one that ends before it starts goes round midnight, and one that ends when it starts is all day. */
const timesOfDay = ({ timeStart, timeStop }: TimeMatch): readonly (readonly [number, number])[] =>
  timeStart < timeStop
    ? [[timeStart, timeStop]]
    : [
        [timeStart, DAY_END],
        [0, timeStop],
      ];

const daysOf = (set: number): readonly (readonly [number, number])[] =>
  Array.from({ length: 32 }, (_, day) => [day, day] as const).filter(([day]) => ((set >>> day) & 1) === 1);

const LIST =
  /TIME(?: from (\S+) to (\S+))?(?: on ([A-Z][a-zA-Z,]+))?(?: on (\d[0-9a-z,]+))?(?: starting from (\S+ \S+))?(?: until date (\S+ \S+))?( UTC)?( contiguous)?(?=\s|$)/y;

export const time: MatchExtension<TimeMatch> = defineMatch<TimeMatch>()({
  kind: "time",
  summary: "when the packet comes",
  options: {
    timeStart: option("timestart", dayTime),
    timeStop: option("timestop", dayTime),
    monthdays: option("monthdays", monthdays, { negatable: true }),
    weekdays: option("weekdays", weekdays, { negatable: true }),
    dateStart: option("datestart", date),
    dateStop: option("datestop", date),
    kernelTimeZone: flag("kerneltz localtz"),
    utc: flag("utc"),
    contiguous: flag("contiguous"),
  },
  fromSave(given, context) {
    const timeStart = given.timeStart?.value ?? 0;
    const timeStop = given.timeStop?.value ?? DAY_END;
    if (given.contiguous && timeStart <= timeStop)
      context.fail("time: --contiguous needs a --timestop before --timestart");
    return {
      kind: "time",
      timeStart,
      timeStop,
      monthdays: chosen(given.monthdays, ALL_MONTHDAYS),
      weekdays: chosen(given.weekdays, ALL_WEEKDAYS),
      dateStart: given.dateStart?.value ?? 0,
      dateStop: given.dateStop?.value ?? NO_END,
      kernelTimeZone: given.kernelTimeZone !== undefined,
      contiguous: given.contiguous !== undefined,
    };
  },
  toSave,
  fromList(reader, context) {
    const found = reader.take(LIST);
    if (!found) return undefined;
    const [, from = "00:00", to = "23:59:59", week, month, start = "1970", stop, utc, contiguous] = found;
    const timeStart = dayTime.read(from, context);
    const timeStop = dayTime.read(to, context);
    const days = week === undefined ? ALL_WEEKDAYS : weekdays.read(week, context);
    const dates = month === undefined ? ALL_MONTHDAYS : monthdays.read(month.replace(/[a-z]/g, ""), context);
    const dateStart = date.read(start, context);
    const dateStop = stop === undefined ? NO_END : date.read(stop, context);
    if (timeStart === undefined || timeStop === undefined || days === undefined || dates === undefined)
      return undefined;
    if (dateStart === undefined || dateStop === undefined) return undefined;
    return {
      kind: "time",
      timeStart,
      timeStop,
      monthdays: dates,
      weekdays: days,
      dateStart,
      dateStop,
      kernelTimeZone: utc === undefined,
      contiguous: contiguous !== undefined,
    };
  },
  toList: (match) =>
    " TIME" +
    (match.timeStart === 0 && match.timeStop === DAY_END
      ? ""
      : ` from ${dayTimeText(match.timeStart)} to ${dayTimeText(match.timeStop)}`) +
    (match.weekdays === ALL_WEEKDAYS ? "" : ` on ${weekdaysText(match.weekdays)}`) +
    (match.monthdays === ALL_MONTHDAYS ? "" : ` on ${monthdaysText(match.monthdays, true)}`) +
    (match.dateStart === 0 ? "" : ` starting from ${dateText(match.dateStart, " ")}`) +
    (match.dateStop === NO_END ? "" : ` until date ${dateText(match.dateStop, " ")}`) +
    (match.kernelTimeZone ? "" : " UTC") +
    (match.contiguous ? " contiguous" : ""),
  meaning(match) {
    // The kernel's own zone is not known, and with --contiguous a time belongs to the day on which it began.
    if (match.kernelTimeZone || match.contiguous)
      return [condition(`-m time${toSave(match)}`, unmodelled("time", toSave(match)))];
    const words = parts(match);
    const one = (text: string, field: DayField, ranges: readonly (readonly [number, number])[]): Condition[] =>
      text === "" ? [] : [condition(text, inRanges(field, ranges))];
    return [
      ...one(words.start, "date", [[match.dateStart, NO_END]]),
      ...one(match.dateStop === NO_END ? "" : words.stop, "date", [[0, match.dateStop]]),
      ...one(words.time, "daytime", timesOfDay(match)),
      ...one(words.weekdays, "weekday", daysOf(match.weekdays)),
      ...one(words.monthdays, "monthday", daysOf(match.monthdays)),
    ];
  },
});
