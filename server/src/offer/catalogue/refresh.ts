import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { currencyDecimals } from "../../platform/money.ts";
import { offeredDays, recentDays, repeatableCustomersMin, repeatableShare } from "./model.ts";

const Currencies = z.object({ currency: z.string() });
const Counts = z.object({
  products: z.number(),
  offered: z.number(),
  orders: z.number(),
  newestOrderAt: z.string().nullable(),
});
export type CatalogueCounts = z.infer<typeof Counts>;

/**
 * Reads the catalogue of a run out of the orders: first the lines of all orders, taken apart once, then
 * a row for each product, and one for each customer and product.
 *
 * A product is known by `product_id`, else `sku`, else its name. Name and price are those of the
 * newest line that has them. Lines without any of the three, or with no positive quantity, are left out.
 */
export async function refreshCatalogue(ctx: Context, runId: number): Promise<CatalogueCounts> {
  await storeOrderLines(ctx, runId);
  await ctx.events.command(
    `insert into bought_products_dated
    select run_id, customer_id, product_id, uniqExact(event_id), sum(quantity), min(happened_at), max(happened_at),
      arraySort(groupArray(1000)(happened_at))
    from order_lines_dated where run_id = {run:UInt32} and customer_id <> 0
    group by run_id, customer_id, product_id`,
    { run: runId },
    { lane: "work" },
  );
  await ctx.events.command(
    `insert into products_dated
    with
      (select max(happened_at) from order_lines_dated where run_id = {run:UInt32}) as newest,
      again as (
        select product_id, countIf(orders >= 2) as repeat_customers
        from bought_products_dated where run_id = {run:UInt32} group by product_id
      ),
      grouped as (
        select
          product_id,
          argMaxIf(name, happened_at, name <> '') as newest_name,
          argMaxIf((unit_minor, currency), happened_at, unit_minor is not null) as price,
          sum(quantity) as pieces,
          uniqExact(event_id) as order_count,
          uniqExactIf(customer_id, customer_id <> 0) as customer_count,
          uniqExactIf(customer_id, customer_id <> 0 and happened_at > newest - toIntervalDay({recent:UInt32})) as recently,
          min(happened_at) as first_at,
          max(happened_at) as last_at
        from order_lines_dated where run_id = {run:UInt32} group by product_id
      )
    select
      {run:UInt32}, product_id,
      row_number() over (order by customer_count desc, product_id),
      newest_name, price.1, price.2, pieces, order_count, customer_count, again.repeat_customers, recently, first_at, last_at,
      again.repeat_customers >= {repeatMin:UInt32} and again.repeat_customers >= {repeatShare:Float64} * customer_count,
      last_at > newest - toIntervalDay({offered:UInt32}) and (price.1 is null or price.1 > 0)
    from grouped left join again on again.product_id = grouped.product_id`,
    {
      run: runId,
      recent: recentDays,
      offered: offeredDays,
      repeatMin: repeatableCustomersMin,
      repeatShare: repeatableShare,
    },
    { lane: "work" },
  );
  const [counts] = await ctx.events.query(
    Counts,
    { run: runId },
    `select count() as products, countIf(offered = 1) as offered,
      (select uniqExact(event_id) from order_lines_dated where run_id = {run:UInt32}) as orders,
      if(count() = 0, null, formatDateTime(max(last_bought_at), '%Y-%m-%dT%H:%i:%SZ')) as newest_order_at
    from products_dated where run_id = {run:UInt32}`,
    { lane: "work" },
  );
  return counts!;
}

async function storeOrderLines(ctx: Context, runId: number): Promise<void> {
  const currencies = await ctx.events.query(
    Currencies,
    {},
    "select distinct currency from events where name = 'Order Completed' and currency <> ''",
    { lane: "work" },
  );
  const known = currencies.map((row) => row.currency).filter((currency) => /^[A-Z]{3}$/.test(currency));
  await ctx.events.command(
    `insert into order_lines_dated
    select
      {run:UInt32}, customer_id, event_id, happened_at,
      trim(multiIf(line.product_id <> '', line.product_id, line.sku <> '', line.sku, line.name)) as product_id,
      trim(line.name),
      if(line.quantity > 0, assumeNotNull(line.quantity), 1) as pieces,
      multiIf(
        line.amount_minor is not null, toInt64(round(line.amount_minor / pieces)),
        line.price is not null and has({currencies:Array(String)}, currency),
          toInt64(round(line.price * arrayElement({factors:Array(UInt32)}, indexOf({currencies:Array(String)}, currency)))),
        null),
      currency
    from (
      select customer_id, event_id, happened_at, currency,
        arrayJoin(order_lines) as line
      from events where name = 'Order Completed'
    )
    where product_id <> '' and ifNull(line.quantity, 0) >= 0`,
    { run: runId, currencies: known, factors: known.map((currency) => 10 ** currencyDecimals(currency)) },
    { lane: "work" },
  );
}
