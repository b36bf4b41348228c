import type { ValueType } from "../extension/value.ts";

const pad = (value: number): string => `${value}`.padStart(2, "0");

/** `hh:mm[:ss]` as seconds of the day. Source: libxt_time.c, time_parse_minutes. */
export const dayTime: ValueType<number> = {
  expected: "a time of day as hh:mm or hh:mm:ss",
  read(word) {
    const found = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?$/.exec(word);
    const [hours, minutes, seconds] = [Number(found?.[1]), Number(found?.[2]), Number(found?.[3] ?? 0)];
    return found && hours < 24 && minutes < 60 && seconds < 60 ? (hours * 60 + minutes) * 60 + seconds : undefined;
  },
};

/** `08:05:00`. */
export const dayTimeText = (seconds: number): string =>
  [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(pad).join(":");

/** The last second that 32 bits count, which iptables takes for "no end". */
export const NO_END = 0x7fffffff;

/** `YYYY[-MM[-DD[Thh[:mm[:ss]]]]]` as seconds since 1970. Source: libxt_time.c, time_parse_date. */
export const date: ValueType<number> = {
  expected: "a date from 1970 to 2038 as YYYY-MM-DDThh:mm:ss, or the beginning of one",
  read(word) {
    const found = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?)?)?)?$/.exec(word);
    if (!found) return undefined;
    const [year = 0, month = 1, day = 1, hours = 0, minutes = 0, seconds = 0] = found
      .slice(1)
      .map((part) => (part === undefined ? undefined : Number(part)));
    if (month < 1 || month > 12 || day < 1 || day > 31 || hours > 23 || minutes > 59 || seconds > 59) return undefined;
    const value = Date.UTC(year, month - 1, day, hours, minutes, seconds) / 1000;
    return value >= 0 && value <= NO_END ? value : undefined;
  },
};

/** `2020-02-01T00:00:00`, or with another character in the middle. */
export const dateText = (seconds: number, middle = "T"): string =>
  new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", middle);

/** By number, Monday being 1. */
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
export const ALL_WEEKDAYS = 0xfe;
export const ALL_MONTHDAYS = 0xfffffffe;

function daySet(word: string, numberOf: (item: string) => number): number | undefined {
  let set = 0;
  for (const item of word.split(",")) {
    const day = numberOf(item);
    if (day < 1 || Number.isNaN(day)) return undefined;
    set |= 1 << day;
  }
  return set >>> 0;
}

/** `Mon,Tue`, `Mo,Tu` or `1,2`, as a set of bits 1 << day. */
export const weekdays: ValueType<number> = {
  expected: "days of the week as Mon,Tue or 1,2",
  read: (word) =>
    daySet(word, (item) =>
      /^[1-7]$/.test(item)
        ? Number(item)
        : DAYS.findIndex((day) => [day, day.slice(0, 2)].some((one) => one.toLowerCase() === item.toLowerCase())) + 1,
    ),
};

/** `1,15`, in listings `1st,15th`, as a set of bits 1 << day. */
export const monthdays: ValueType<number> = {
  expected: "days of the month from 1 to 31, separated by commas",
  read: (word) => daySet(word, (item) => (/^([12]?\d|3[01])$/.test(item) ? Number(item) : Number.NaN)),
};

const members = (set: number): number[] =>
  Array.from({ length: 31 }, (_, at) => at + 1).filter((day) => set & (1 << day));

export const weekdaysText = (set: number): string =>
  members(set)
    .map((day) => DAYS[day - 1])
    .join(",");

/** iptables' own endings: 11st, 12nd, 13rd. */
const ENDINGS: Readonly<Record<number, string>> = { 1: "st", 2: "nd", 3: "rd" };

export const monthdaysText = (set: number, endings: boolean): string =>
  members(set)
    .map((day) => (endings ? `${day}${ENDINGS[day % 10] ?? "th"}` : `${day}`))
    .join(",");
