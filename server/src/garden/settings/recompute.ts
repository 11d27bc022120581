import { z } from "zod";
import type { Jobs } from "../../platform/jobs/index.ts";
import { convertedMinorSql, minorFactor } from "../../platform/money.ts";
import { type Executor, query, sql } from "../../platform/postgres/index.ts";
import { alone } from "../alone.ts";
import type { Context } from "../context.ts";
import type { Gardens } from "../gardens.ts";

export const recomputeJob = "garden.recompute";

/** Queues the job that counts the garden's amounts anew, and gives its run. */
export async function startRecompute(ctx: Context, jobs: Jobs): Promise<string> {
  const run = await jobs.start(recomputeJob, { garden: ctx.garden.id, by: ctx.actor.name });
  return run.id;
}

/**
 * Declares the job behind a change of currency, zone or rates. It waits for a running import, and `flush` sends what is
 * committed to the event store, so that nothing written by the old settings arrives after the count.
 */
export async function defineRecompute(around: {
  jobs: Jobs;
  gardens: Gardens;
  flush: (ctx: Context) => Promise<void>;
  /** What follows from the new amounts: insight counts in them. */
  onCounted: (ctx: Context) => Promise<void>;
}): Promise<void> {
  await around.jobs.define(recomputeJob, async ({ run, progress }) => {
    const ctx = around.gardens.context(run.garden!, { kind: "job", id: run.id, name: recomputeJob });
    await progress(null, { step: "waiting" });
    const counts = await alone(ctx, async () => {
      await progress(null, { step: "flush" });
      await around.flush(ctx);
      await progress(null, { step: "amounts" });
      return recomputeAmounts(ctx);
    });
    await around.onCounted(ctx);
    return counts;
  });
}

const RateOfDay = z.object({ currency: z.string(), validFrom: z.string(), rate: z.string() });

/**
 * Writes `amount_garden_minor` of every event anew, by the garden's currency and zone and the rates there are. The original
 * amount and currency are never touched. Gives how many amounts have a rate and how many wait for one.
 */
export async function recomputeAmounts(ctx: Context): Promise<{ counted: number; withoutRate: number }> {
  const { events, garden } = ctx;
  const factors = await factorsOf(ctx.pool, garden.currency);
  await events.command("truncate table exchange_factors", {}, { lane: "work" });
  if (factors.length) {
    await events.insertLines(
      "exchange_factors",
      Buffer.from(factors.map((factor) => JSON.stringify(factor)).join("\n")),
    );
  }
  await events.command("system reload dictionary exchange", {}, { lane: "work" });
  await events.command(
    `alter table events_stored
    update amount_garden_minor = if(currency = {currency:String}, amount_minor,
      ${convertedMinorSql(
        "amount_minor",
        `dictGetOrNull('${events.name}.exchange', 'factor', toString(currency), toDate(happened_at, {zone:String}))`,
      )})
    where amount_minor is not null
    settings mutations_sync = 2`,
    { currency: garden.currency, zone: garden.timezone },
    { lane: "work" },
  );
  const [counts] = await events.query(
    z.object({ counted: z.coerce.number(), withoutRate: z.coerce.number() }),
    {},
    `select countIf(amount_garden_minor is not null) as counted, countIf(amount_garden_minor is null) as without_rate
    from events where amount_minor is not null`,
  );
  return counts!;
}

/** The rates as factors between minor units, each until the day before the next. */
async function factorsOf(on: Executor, base: string) {
  const rates = await query(
    on,
    sql`select currency, valid_from, rate from exchange_rates where currency <> ${base} order by currency, valid_from`,
    RateOfDay,
  );
  return rates.map((rate, at) => {
    const next = rates[at + 1];
    const until = next?.currency === rate.currency ? dayBefore(next.validFrom) : lastDay;
    const factor = minorFactor(Number(rate.rate), rate.currency, base);
    return { currency: rate.currency, day: rate.validFrom, until, factor };
  });
}

/** The last day that a `Date` of ClickHouse can hold. */
const lastDay = "2149-06-06";

function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
