import { z } from "zod";
import { openAnchors } from "../../src/data/consent/anchors.ts";
import { verifyLedger } from "../../src/data/consent/verify.ts";
import type { Context } from "../../src/garden/index.ts";
import { query, sql } from "../../src/platform/postgres/index.ts";

export type Brought = Awaited<ReturnType<typeof whatImportsBrought>>;

/** What imports of every kind have left in both stores, counted by what each record is known by. Reads every row. */
export async function whatImportsBrought(ctx: Context, dataDir: string) {
  const rows = <T>(shape: z.ZodType<T>, statement: ReturnType<typeof sql>) =>
    query(ctx.pool, statement, shape);
  const [profiles] = await rows(
    z.object({ customers: z.number(), numbers: z.number(), emails: z.number(), digest: z.number() }),
    sql`select count(*)::int as customers, count(distinct traits ->> 'number')::int as numbers, count(distinct email)::int as emails,
        coalesce(sum((traits ->> 'number')::bigint), 0)::bigint as digest from customers where traits ? 'number'`,
  );
  const [noted] = await rows(
    z.object({ customers: z.number() }),
    sql`select count(*)::int as customers from (
      select customer_id from import_first_traits union select customer_id from import_traits where key = 'number') as a`,
  );
  const [answers] = await rows(
    z.object({ entries: z.number(), answers: z.number(), customers: z.number(), yes: z.number() }),
    sql`select count(*)::int as entries, count(distinct (customer_id, purpose, at))::int as answers, count(distinct customer_id)::int as customers,
        count(*) filter (where granted)::int as yes from consent_answers where origin = 'imported answer'`,
  );
  const [words] = await rows(
    z.object({ texts: z.number(), keys: z.number() }),
    sql`select count(*)::int as texts, count(distinct record_key)::int as keys from review_texts`,
  );
  const events = await ctx.events.query(
    z.object({
      name: z.string(),
      events: z.number(),
      keys: z.number(),
      customers: z.number(),
      minor: z.number(),
    }),
    {},
    `select toString(name) as name, count() as events, uniqExact(record_key) as keys, uniqExact(customer_id) as customers,
      coalesce(sum(amount_minor), 0) as minor from events where import_id != 0 group by name order by name`,
  );
  const ledger = await verifyLedger(ctx, openAnchors(dataDir));
  return {
    profiles: profiles!,
    noted: noted!.customers,
    answers: answers!,
    words: words!,
    events,
    ledgerFault: ledger.fault,
    tablesLeft: (
      await ctx.events.query(
        z.object({ name: z.string() }),
        {},
        "select name from system.tables where database = currentDatabase() and match(name, '^import_\\\\d')",
      )
    ).map((table) => table.name),
  };
}
