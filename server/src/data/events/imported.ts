import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import type { Params } from "../../platform/clickhouse/index.ts";
import { convertedMinorSql, minorFactor } from "../../platform/money.ts";
import { query, sql } from "../../platform/postgres/index.ts";

const columns = `event_id, subject_id, customer_id, happened_at, received_at, source_id, import_id, name, channel, medium,
  campaign, record_key, record_version, amount_minor, currency, amount_garden_minor, synthetic, properties`;

/**
 * Writes events of an import by one statement; `select` gives the columns above. Nobody sees them until
 * `showImport`.
 */
export async function storeImported(ctx: Context, select: string, params: Params): Promise<void> {
  await ctx.events.command(`insert into events_stored (${columns}) ${select}`, params, { lane: "work" });
}

/** Hides older versions of records as soon as the import is shown; `select` gives event_id and import_id. */
export async function supersedeByImport(ctx: Context, select: string, params: Params): Promise<void> {
  await ctx.events.command(`insert into superseded (event_id, import_id) ${select}`, params, {
    lane: "work",
  });
}

/** All of an import becomes visible, or invisible, by one row. */
export async function showImport(
  ctx: Context,
  importId: number,
  shown: boolean,
  version: number,
): Promise<void> {
  await ctx.events.command(
    "insert into imports_shown (import_id, shown, version) select {import_id:UInt32}, {shown:UInt8}, {version:UInt64}",
    { import_id: importId, shown, version },
  );
}

export async function isImportShown(ctx: Context, importId: number): Promise<boolean> {
  const [row] = await ctx.events.query(
    z.object({ shown: z.number() }),
    { import_id: importId },
    "select argMax(shown, version) as shown from imports_shown where import_id = {import_id:UInt32}",
  );
  return row?.shown === 1;
}

/** Removes what an attempt that was cut short has written. Only for an import that was never shown. */
export async function forgetImported(ctx: Context, importId: number): Promise<void> {
  for (const table of ["events_stored", "superseded"] as const) {
    const [row] = await ctx.events.query(
      z.object({ count: z.number() }),
      { import_id: importId },
      `select count() as count from ${table} where import_id = {import_id:UInt32}`,
      { lane: "work" },
    );
    if (!row?.count) continue;
    await ctx.events.command(
      `alter table ${table} delete where import_id = {import_id:UInt32} settings mutations_sync = 1`,
      { import_id: importId },
      { lane: "work" },
    );
  }
}

/** SQL of an amount in the garden's currency by the rate of its day in the garden's zone; null where there is none. */
export const gardenAmountSql = `multiIf(isNull(amount_minor), null, currency = {garden_currency:String}, amount_minor,
  arrayLastIndex((c, d) -> c = currency and d <= toDate(happened_at, {garden_zone:String}), {rate_currencies:Array(String)}, {rate_days:Array(Date)}) as rate_at = 0, null,
  ${convertedMinorSql("assumeNotNull(amount_minor)", "{rate_values:Array(Float64)}[rate_at]")})`;

/** The parameters of `gardenAmountSql`: dated rates, scaled from minor units to minor units. */
export async function gardenAmountParams(ctx: Context): Promise<Params> {
  const rates = await query(
    ctx.pool,
    sql`select currency, valid_from::text as valid_from, rate::float8 as rate from exchange_rates order by currency, valid_from`,
    z.object({ currency: z.string(), validFrom: z.string(), rate: z.number() }),
  );
  return {
    garden_currency: ctx.garden.currency,
    garden_zone: ctx.garden.timezone,
    rate_currencies: rates.map((rate) => rate.currency),
    rate_days: rates.map((rate) => rate.validFrom),
    rate_values: rates.map((rate) => minorFactor(rate.rate, rate.currency, ctx.garden.currency)),
  };
}
