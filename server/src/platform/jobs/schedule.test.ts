import { expect, test } from "vitest";
import { Schedule } from "./schedule.ts";

const at = (time: string) => new Date(`2026-03-01T${time}Z`);
const names = (schedule: Schedule, time: string) => schedule.due(at(time)).map(({ name }) => name);

test("a job is due once in its minute, and for the same minute in every process", () => {
  const schedule = new Schedule(at("03:40:10"));
  schedule.add("tidy", "41 3 * * *");
  expect(names(schedule, "03:40:50")).toEqual([]);
  expect(schedule.due(at("03:41:05"))).toEqual([{ name: "tidy", minute: "2026-03-01T03:41:00.000Z" }]);
  expect(names(schedule, "03:41:35")).toEqual([]);
  expect(names(schedule, "03:42:05")).toEqual([]);
});

test("what is due in the minute in which a process starts is seen by it", () => {
  const schedule = new Schedule(at("03:41:20"));
  schedule.add("tidy", "41 3 * * *");
  schedule.add("before", "40 3 * * *");
  expect(names(schedule, "03:41:35")).toEqual(["tidy"]);
});

test("every hour, some hours, and midnight", () => {
  const schedule = new Schedule(at("00:00:00"));
  schedule.add("hourly", "17 * * * *");
  schedule.add("twice", "23 2,14 * * *");
  schedule.add("midnight", "0 0 * * *");
  const counts = new Map<string, number>();
  for (let minute = 1; minute < 1_440; minute++) {
    const now = new Date(at("00:00:00").getTime() + minute * 60_000);
    for (const { name } of schedule.due(now)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  expect(Object.fromEntries(counts)).toEqual({ hourly: 24, twice: 2, midnight: 1 });
});

test("a clock that was not looked at is made up for, by an hour at most; one that goes back does nothing twice", () => {
  const schedule = new Schedule(at("01:00:00"));
  schedule.add("tidy", "41 1 * * *");
  expect(names(schedule, "01:59:00")).toEqual(["tidy"]);
  expect(names(schedule, "01:30:00")).toEqual([]);
  expect(names(schedule, "01:58:00")).toEqual([]);
  const asleep = new Schedule(at("01:00:00"));
  asleep.add("tidy", "41 1 * * *");
  expect(names(asleep, "09:00:00")).toEqual([]);
});

test.each(["* * * * *", "61 1 * * *", "1 24 * * *", "*/5 * * * *", "1 1 * * 1", "", "1 1"])(
  "%j is no time of day",
  (cron) => {
    expect(() => new Schedule(at("00:00:00")).add("job", cron)).toThrow(RangeError);
  },
);
