import { condition, type Predicate, type Range, unmodelled } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

/** The end of all dates, which is printed though it asks nothing. */
const NO_END = "--datestop 2038-01-19T03:14:07";

const when = (field: "daytime" | "weekday" | "monthday" | "date", ...ranges: Range["ranges"]): Predicate => ({
  kind: "range",
  field,
  ranges,
  negated: false,
});

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--timestart 8:05 --weekdays mo,3 --datestart 2020-02",
      save: `--timestart 08:05:00 --timestop 23:59:59 --weekdays Mon,Wed --datestart 2020-02-01T00:00:00 ${NO_END}`,
      list: " TIME from 08:05:00 to 23:59:59 on Mon,Wed starting from 2020-02-01 00:00:00 UTC",
      means: [
        condition("--datestart 2020-02-01T00:00:00", when("date", [1_580_515_200, 0x7fffffff])),
        condition("--timestart 08:05:00 --timestop 23:59:59", when("daytime", [29_100, 86_399])),
        condition("--weekdays Mon,Wed", when("weekday", [1, 1], [3, 3])),
      ],
    },
    {
      typed: "--timestart 22:00 --timestop 06:00",
      save: `--timestart 22:00:00 --timestop 06:00:00 ${NO_END}`,
      list: " TIME from 22:00:00 to 06:00:00 UTC",
      means: [condition("--timestart 22:00:00 --timestop 06:00:00", when("daytime", [0, 21_600], [79_200, 86_399]))],
    },
    // A time that ends when it starts is all day.
    {
      typed: "--timestart 08:00 --timestop 08:00",
      save: `--timestart 08:00:00 --timestop 08:00:00 ${NO_END}`,
      list: " TIME from 08:00:00 to 08:00:00 UTC",
      means: [condition("--timestart 08:00:00 --timestop 08:00:00", when("daytime", [0, 86_399]))],
    },
    {
      typed: "--monthdays 1,15 --datestop 2021",
      save: "--monthdays 1,15 --datestop 2021-01-01T00:00:00",
      list: " TIME on 1st,15th until date 2021-01-01 00:00:00 UTC",
      means: [
        condition("--datestop 2021-01-01T00:00:00", when("date", [0, 1_609_459_200])),
        condition("--monthdays 1,15", when("monthday", [1, 1], [15, 15])),
      ],
    },
    {
      typed: "! --weekdays Sat,Sun",
      save: `--weekdays Mon,Tue,Wed,Thu,Fri ${NO_END}`,
      list: " TIME on Mon,Tue,Wed,Thu,Fri UTC",
      means: [condition("--weekdays Mon,Tue,Wed,Thu,Fri", when("weekday", [1, 5]))],
    },
    { typed: "", save: NO_END, list: " TIME UTC", means: [] },
    {
      typed: "--timestart 22:00 --timestop 06:00 --contiguous",
      save: `--timestart 22:00:00 --timestop 06:00:00 ${NO_END} --contiguous`,
      list: " TIME from 22:00:00 to 06:00:00 UTC contiguous",
      means: [
        condition(
          `-m time --timestart 22:00:00 --timestop 06:00:00 ${NO_END} --contiguous`,
          unmodelled("time", ` --timestart 22:00:00 --timestop 06:00:00 ${NO_END} --contiguous`),
        ),
      ],
    },
    {
      typed: "--kerneltz --weekdays 1",
      save: `--weekdays Mon ${NO_END} --kerneltz`,
      list: " TIME on Mon",
      means: [
        condition(
          `-m time --weekdays Mon ${NO_END} --kerneltz`,
          unmodelled("time", ` --weekdays Mon ${NO_END} --kerneltz`),
        ),
      ],
    },
  ],
  refused: [{ typed: "--contiguous", reason: /--timestop before/ }],
};
