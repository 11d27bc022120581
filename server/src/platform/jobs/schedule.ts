const minuteMs = 60_000;
/** Minutes that are made up for when the clock was not looked at: a machine that slept, a loop that was held up. */
const madeUpMax = 60;

/** Minutes of the day, in UTC, of `minute hour * * *`: one minute, and all hours or a list of them. Throws RangeError. */
function minutesOf(cron: string): ReadonlySet<number> {
  const [, minute, hours] = /^(\d{1,2}) (\*|\d{1,2}(?:,\d{1,2})*) \* \* \*$/.exec(cron) ?? [];
  if (minute === undefined || hours === undefined)
    throw new RangeError(
      `"${cron}" is no time of day. Write "minute hour * * *", with one minute and any hours.`,
    );
  const listed = hours === "*" ? Array.from({ length: 24 }, (_, hour) => hour) : hours.split(",").map(Number);
  if (Number(minute) > 59 || listed.some((hour) => hour > 23))
    throw new RangeError(`"${cron}" is no time of day: there is no such hour or minute.`);
  return new Set(listed.map((hour) => hour * 60 + Number(minute)));
}

/** Something that is due, and the minute for which it is: the same in every process. */
export interface Due {
  name: string;
  minute: string;
}

/**
 * Which jobs are due, by the clock. The job queue has a schedule of its own, which goes back through the hours for each job
 * every half a minute, and held the event loop for over 100 ms each time.
 */
export class Schedule {
  readonly #times = new Map<string, ReadonlySet<number>>();
  #seen: number;

  /** What is due within the very minute of `now` counts: the process before this one may have ended without seeing it. */
  constructor(now: Date) {
    this.#seen = Math.floor(now.getTime() / minuteMs) - 1;
  }

  /** `cron` is `minute hour * * *` in UTC. Throws RangeError for anything else. */
  add(name: string, cron: string): void {
    this.#times.set(name, minutesOf(cron));
  }

  /** What has become due since it was last asked. */
  due(now: Date): Due[] {
    const minute = Math.floor(now.getTime() / minuteMs);
    const from = Math.max(this.#seen, minute - madeUpMax) + 1;
    this.#seen = Math.max(this.#seen, minute);
    const found: Due[] = [];
    for (let at = from; at <= minute; at++)
      for (const [name, times] of this.#times)
        if (times.has(at % 1440)) found.push({ name, minute: new Date(at * minuteMs).toISOString() });
    return found;
  }
}
