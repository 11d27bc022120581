import { parse } from "csv-parse/sync";
import { z } from "zod";
import type { Jobs } from "../../platform/jobs/index.ts";
import { type Executor, execute, query, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { type Context, record, type Tx } from "../context.ts";
import { Currency } from "../model.ts";
import { startRecompute } from "./recompute.ts";

/** What one unit of a currency was worth in the garden's currency, from a day on (in the garden's zone). */
export const Rate = z.object({
  currency: Currency,
  validFrom: z.iso.date(),
  /** A decimal as text, so that no digit is lost. */
  rate: z
    .string()
    .regex(/^\d{1,12}(\.\d{1,12})?$/)
    .refine((text) => Number(text) > 0, "A rate is above 0."),
});
export type Rate = z.infer<typeof Rate>;
export const StoredRate = Rate.extend({ rate: z.string(), currency: z.string(), addedAt: z.date() });
export type StoredRate = z.infer<typeof StoredRate>;

const ratesMax = 100_000;

/** The rates by currency, newest first. */
export function listRates(on: Executor): Promise<StoredRate[]> {
  return query(
    on,
    sql`select currency, valid_from, rate, added_at from exchange_rates order by currency, valid_from desc`,
    StoredRate,
  );
}

/** A rate that counts no more: another one stands for its day, or the garden counts in another currency than `base`. */
export const ReplacedRate = StoredRate.extend({
  id: z.number(),
  base: z.string(),
  replacedAt: z.date(),
  /** Unknown for what was replaced before this was written down. */
  replacedBy: z.string().nullable(),
});
export type ReplacedRate = z.infer<typeof ReplacedRate>;

/** What was replaced, the latest first; `before` is the id that the last page ended with. */
export function listReplacedRates(
  on: Executor,
  page: { before?: number | undefined; max: number },
): Promise<ReplacedRate[]> {
  return query(
    on,
    sql`select id, base, currency, valid_from, rate, added_at, replaced_at, replaced_by from exchange_rates_before
      where (${page.before ?? null}::bigint is null or id < ${page.before ?? null})
      order by id desc limit ${page.max}`,
    ReplacedRate,
  );
}

/**
 * Adds rates and starts the job that counts amounts anew. A rate of the same currency and day is replaced, and the one
 * before becomes history. Refuses rate.own_currency.
 */
export async function addRates(
  ctx: Context,
  jobs: Jobs,
  rates: readonly Rate[],
): Promise<{ added: number; jobId: string | null }> {
  ctx.require("settings:write");
  if (rates.some((rate) => rate.currency === ctx.garden.currency)) {
    refuse(
      "invalid",
      "rate.own_currency",
      `${ctx.garden.currency} is the garden's own currency and needs no rate.`,
    );
  }
  // Of two rates for the same day in one file the later line counts.
  const byDay = new Map(rates.map((rate) => [`${rate.currency} ${rate.validFrom}`, rate]));
  const list = [...byDay.values()];
  if (!list.length) return { added: 0, jobId: null };
  await ctx.inTransaction(async (tx) => {
    // Of two uploads at once the later one finds what the earlier one wrote.
    await execute(tx, sql`lock table exchange_rates in share row exclusive mode`);
    const given = sql`unnest(${list.map((rate) => rate.currency)}::text[], ${list.map((rate) => rate.validFrom)}::date[],
      ${list.map((rate) => rate.rate)}::numeric[]) as given (currency, valid_from, rate)`;
    const before = await query(
      tx,
      sql`insert into exchange_rates_before (base, currency, valid_from, rate, added_at, replaced_at, replaced_by)
        select ${ctx.garden.currency}, old.currency, old.valid_from, old.rate, old.added_at, ${ctx.now()}, ${ctx.actor.name}
        from exchange_rates old join ${given} using (currency, valid_from)
        where old.rate <> given.rate
        returning currency, valid_from, rate, added_at`,
      StoredRate,
    );
    await execute(
      tx,
      sql`insert into exchange_rates (currency, valid_from, rate, added_at)
        select currency, valid_from, rate, ${ctx.now()} from ${given}
        on conflict (currency, valid_from) do update set rate = excluded.rate, added_at = excluded.added_at
          where exchange_rates.rate <> excluded.rate`,
    );
    const shown = (rows: readonly Rate[]) =>
      rows.slice(0, 100).map(({ currency, validFrom, rate }) => ({ currency, validFrom, rate }));
    await record(tx, ctx, "rates.added", `${list.length}`, before.length ? shown(before) : null, shown(list));
  });
  const jobId = await startRecompute(ctx, jobs);
  return { added: list.length, jobId };
}

/** The mark that the first line uses most: a comma further down may be a decimal mark. */
function delimiterOf(text: string): string {
  const header = text.split(/\r?\n/, 1)[0] ?? "";
  const uses = (mark: string) => header.split(mark).length;
  return [",", ";", "\t"].reduce((best, mark) => (uses(mark) > uses(best) ? mark : best));
}

/** Takes all rates out of use, because the garden counts in another currency than `base` from now on. */
export async function setRatesAside(tx: Tx, base: string, ctx: Context): Promise<void> {
  await execute(
    tx,
    sql`with moved as (delete from exchange_rates returning currency, valid_from, rate, added_at)
      insert into exchange_rates_before (base, currency, valid_from, rate, added_at, replaced_at, replaced_by)
      select ${base}, currency, valid_from, rate, added_at, ${ctx.now()}, ${ctx.actor.name} from moved`,
  );
}

/** What is wrong with a line, by the column that is. */
const faultCodes = {
  currency: "rate.line_currency",
  validFrom: "rate.line_day",
  rate: "rate.line_rate",
} as const;

/**
 * Rates from a CSV file with the columns currency, valid_from (or date) and rate; comma, semicolon or tab.
 * Refuses rate.file_unreadable, rate.file_too_long, and with the first line that cannot be used and the
 * others after it rate.line_currency, rate.line_day, rate.line_rate.
 */
export function parseRates(text: string): Rate[] {
  let lines: Record<string, string>[];
  try {
    lines = parse(text, {
      bom: true,
      columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
      delimiter: delimiterOf(text),
      skip_empty_lines: true,
      trim: true,
      to: ratesMax + 1,
    });
  } catch (error) {
    refuse("invalid", "rate.file_unreadable", `The file is no CSV: ${(error as Error).message}`);
  }
  if (lines.length > ratesMax) {
    refuse("too_large", "rate.file_too_long", `A file may hold ${ratesMax} rates. Split it.`);
  }
  const faults: { line: number; code: string; value: string; message: string }[] = [];
  const rates: Rate[] = [];
  for (const [at, line] of lines.entries()) {
    const read = {
      currency: line.currency?.toUpperCase(),
      validFrom: line.valid_from ?? line.date,
      // A German spreadsheet writes 0,92.
      rate: line.rate?.replace(",", "."),
    };
    const parsed = Rate.safeParse(read);
    if (parsed.success) {
      rates.push(parsed.data);
      continue;
    }
    const [issue] = parsed.error.issues;
    const column = (issue?.path[0] ?? "rate") as keyof typeof faultCodes;
    faults.push({
      line: at + 2,
      code: faultCodes[column],
      value: read[column] ?? "",
      message: `line ${at + 2}: ${column}: ${issue?.message}`,
    });
  }
  const [first] = faults;
  if (first) {
    refuse("invalid", first.code, `No rate was added: ${first.message}`, {
      line: first.line,
      value: first.value,
      lines: faults.slice(0, 20).map((fault) => fault.message),
    });
  }
  if (!rates.length) {
    refuse(
      "invalid",
      "rate.file_unreadable",
      "The file needs the columns currency, valid_from (as 2026-01-31) and rate. It has no line.",
    );
  }
  return rates;
}
