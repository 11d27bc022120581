import { z } from "zod";
import type { Context } from "../../src/garden/index.ts";
import { query, sql } from "../../src/platform/postgres/index.ts";

const Count = z.object({ n: z.coerce.number() });
const Text = z.object({ digest: z.string() });

export type Agreement = Awaited<ReturnType<typeof storesAgree>>;

/**
 * What both stores say about the same things, side by side, and what should be empty. Reads every row:
 * only for small gardens of tests.
 */
export async function storesAgree(ctx: Context) {
  const inPostgres = async (statement: ReturnType<typeof sql>) =>
    (await query(ctx.pool, statement, Count))[0]!.n;
  const inEvents = async (statement: string) => (await ctx.events.query(Count, {}, statement))[0]!.n;
  const customersOfState = await query(
    ctx.pool,
    sql`select concat_ws(' ', c.id, c.known::int, (l.subject_id is not null)::int,
        coalesce(bool_and(a.granted) filter (where 'profile' = any(p.kinds)), false)::int) as digest
      from customers c left join customer_links l on l.subject_id = c.id
      left join consent_current a on a.customer_id = c.id left join purposes p on p.key = a.purpose
      group by c.id, l.subject_id order by c.id`,
    Text,
  );
  const customersOfEvents = await ctx.events.query(
    Text,
    {},
    `select concat(toString(customer_id), ' ', toString(known), ' ', toString(merged), ' ', toString(profile)) as digest
      from customers_stored final order by customer_id`,
  );
  const linksOfState = await query(
    ctx.pool,
    sql`select concat_ws(' ', subject_id, customer_id) as digest from customer_links order by subject_id`,
    Text,
  );
  const linksOfEvents = await ctx.events.query(
    Text,
    {},
    `select concat(toString(subject_id), ' ', toString(dictGet('${ctx.events.name}.links', 'customer_id', subject_id))) as digest
      from (select distinct subject_id from customer_links) order by subject_id`,
  );
  return {
    /** Nothing may wait any more. */
    waiting: {
      inbox: await inPostgres(sql`select count(*) as n from inbox`),
      outbox: await inPostgres(sql`select count(*) as n from outbox`),
      facts: await inPostgres(sql`select count(*) as n from facts`),
    },
    /** Pairs that must be the same list. */
    customers: [
      customersOfState.map((row) => row.digest),
      customersOfEvents.map((row) => row.digest),
    ] as const,
    links: [linksOfState.map((row) => row.digest), linksOfEvents.map((row) => row.digest)] as const,
    /** Events in the store that no customer of the state stands behind. */
    strayEvents: await inEvents(
      `select countIf(customer_id != 0 and customer_id not in (select customer_id from customers_stored)) as n from events_stored`,
    ),
    doubleEventIds: await inEvents("select count() - uniqExact(event_id) as n from events_stored"),
    chains: await inPostgres(
      sql`select count(*) as n from customer_links a join customer_links b on b.subject_id = a.customer_id`,
    ),
    doubleAnswers: await inPostgres(
      sql`select count(*) - count(distinct (customer_id, purpose, granted, at)) as n from consent_answers`,
    ),
    identifiers: await inPostgres(sql`select count(*) as n from identifiers`),
    orphanIdentifiers: await inPostgres(
      sql`select count(*) as n from identifiers where customer_id not in (select id from customers)`,
    ),
    counted: {
      customers: await inEvents("select count() as n from customers"),
      known: await inEvents("select countIf(known = 1) as n from customers"),
      events: await inEvents("select count() as n from events"),
    },
    events: await ctx.events.query(
      z.object({ n: z.number(), times: z.number() }),
      {},
      "select assumeNotNull(properties.n::Nullable(Int64)) as n, count() as times from events where import_id = 0 group by n order by n",
    ),
    /** By the customer that the view resolves to; the userId stands in a property. */
    byCustomer: await ctx.events.query(
      z.object({
        customerId: z.number(),
        user: z.string(),
        events: z.number(),
        orders: z.number(),
        minor: z.number(),
      }),
      {},
      `select customer_id, max(properties.user::String) as user, count() as events, countIf(name = 'Order Completed') as orders,
        coalesce(sumIf(amount_garden_minor, name = 'Order Completed'), 0) as minor
      from events where import_id = 0 and properties.user::String != '' group by customer_id order by customer_id`,
    ),
    imported: await ctx.events.query(
      z.object({ orders: z.number(), minor: z.number(), customers: z.number(), keys: z.number() }),
      {},
      `select countIf(name = 'Order Completed') as orders, coalesce(sum(amount_garden_minor), 0) as minor,
        uniqExactIf(customer_id, customer_id != 0) as customers, uniqExact(record_key) as keys from events where import_id != 0`,
    ),
    drops: await query(
      ctx.pool,
      sql`select reason, sum(events)::bigint as events from drop_counts group by reason`,
      z.object({ reason: z.string(), events: z.number() }),
    ),
    traits: await query(
      ctx.pool,
      sql`select i.value as user, c.traits ->> 'step' as step from identifiers i left join customer_links l on l.subject_id = i.customer_id
        join customers c on c.id = coalesce(l.customer_id, i.customer_id) where i.kind = 'user_id' and i.value like 'u-%' order by 1`,
      z.object({ user: z.string(), step: z.string().nullable() }),
    ),
  };
}
