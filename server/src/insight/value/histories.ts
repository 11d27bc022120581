import { z } from "zod";
import type { Context } from "../../garden/index.ts";

/** What the histories of a run are made from. Days are YYYY-MM-DD in the garden's zone. */
export interface HistoriesAsk {
  runId: number;
  /** Last day observed. */
  until: string;
  /** Last day of the calibration period; what follows is held back to test the model on. */
  calibrationEnd: string;
}

/**
 * When, and for how much, did each customer buy?
 *
 * An order is one `Order Completed` of a customer and an order id (the newest, where an import brings one
 * that was also told live), net of the refunds that name it; an order that was given back wholly is no purchase. Purchases of one
 * day are one, a day being a day in the garden's zone. Orders without an amount in the garden's currency
 * stay out, as do customers who may not be profiled. The mean is over the days after the first, as the
 * Gamma-Gamma model wants it.
 */
const historiesSql = `
  insert into value_histories
  with
    orders as (
      select
        customer_id,
        if(name = 'Order Completed' and order_id = '', toString(event_id), order_id) as order_key,
        countIf(name = 'Order Completed') as completed,
        toDate(minIf(happened_at, name = 'Order Completed'), {zone:String}) as day,
        argMaxIf(assumeNotNull(amount_garden_minor), (record_version, received_at), name = 'Order Completed') as ordered_minor,
        sumIf(assumeNotNull(amount_garden_minor), name = 'Order Refunded') as refunded_minor
      from events
      where name in ('Order Completed', 'Order Refunded')
        and customer_id > 0
        and amount_garden_minor is not null
        and toDate(happened_at, {zone:String}) <= {until:Date}
        and customer_id in (select customer_id from customers where profile = 1)
      group by customer_id, order_key
    ),
    netted as (
      select
        customer_id,
        day,
        ordered_minor + refunded_minor as net_minor,
        completed > 0 and not (refunded_minor < 0 and net_minor <= 0) as bought
      from orders
    ),
    purchase_days as (
      select
        customer_id,
        day,
        bought,
        countIf(bought) as orders_of_day,
        sumIf(net_minor, bought) as bought_minor,
        sum(net_minor) as net_of_day
      from netted
      group by customer_id, day, bought
    ),
    -- Levels of their own: a name that is used where it is made is worked out anew for every use of it.
    customers_days as (
      select
        customer_id,
        arraySort(groupArrayIf((day, bought_minor), bought)) as purchases,
        sum(orders_of_day) as orders_count,
        sum(net_of_day) as total_minor
      from purchase_days
      group by customer_id
    ),
    split as (
      select
        customer_id,
        purchases.1 as all_days,
        purchases.2 as amounts,
        countEqual(arrayMap(day -> day <= {calibrationEnd:Date}, all_days), 1) as calibration_days,
        orders_count,
        total_minor
      from customers_days
      where notEmpty(purchases)
    )
  select
    {run:UInt32},
    customer_id,
    all_days,
    orders_count,
    total_minor,
    if(length(amounts) > 1, arrayAvg(arrayPopFront(amounts)), 0),
    calibration_days,
    if(calibration_days = 0, toDate(0), all_days[calibration_days]),
    if(calibration_days > 1, arrayAvg(arraySlice(amounts, 2, calibration_days - 1)), 0)
  from split
  settings max_bytes_before_external_group_by = 134217728`;

/** Writes the purchase histories of a run, in one statement. */
export async function writeHistories(ctx: Context, ask: HistoriesAsk): Promise<void> {
  await ctx.events.command(
    historiesSql,
    { zone: ctx.garden.timezone, run: ask.runId, until: ask.until, calibrationEnd: ask.calibrationEnd },
    { lane: "work" },
  );
}

const Columns = z.object({
  ids: z.array(z.number()),
  purchaseDays: z.array(z.number()),
  orders: z.array(z.number()),
  firstDay: z.array(z.number()),
  lastDay: z.array(z.number()),
  valueMinor: z.array(z.number()),
  meanMinor: z.array(z.number()),
  calibrationDays: z.array(z.number()),
  calibrationLast: z.array(z.number()),
  calibrationMeanMinor: z.array(z.number()),
});

/** Histories in columns, one entry a customer. Days are counted from 1970-01-01. */
export interface HistoryColumns {
  ids: Float64Array;
  purchaseDays: Float64Array;
  orders: Float64Array;
  firstDay: Float64Array;
  lastDay: Float64Array;
  valueMinor: Float64Array;
  meanMinor: Float64Array;
  calibrationDays: Float64Array;
  calibrationLast: Float64Array;
  calibrationMeanMinor: Float64Array;
}

/** Customers in an answer: reading more of them at once would hold up everybody else. */
const pageRows = 10_000;

/** Reads the histories of a run, a page at a time. */
export async function readHistories(ctx: Context, runId: number): Promise<HistoryColumns> {
  const [{ customers } = { customers: 0 }] = await ctx.events.query(
    z.object({ customers: z.number() }),
    { run: runId },
    "select count() as customers from value_histories where run_id = {run:UInt32}",
    { lane: "work" },
  );
  const names = Object.keys(Columns.shape) as (keyof HistoryColumns)[];
  const columns = Object.fromEntries(
    names.map((name) => [name, new Float64Array(customers)]),
  ) as unknown as HistoryColumns;
  for (let at = 0, after = 0; at < customers; ) {
    const [page] = await ctx.events.query(
      Columns,
      { run: runId, after, rows: pageRows },
      `select
        groupArray(customer_id) as ids,
        groupArray(length(days)) as purchase_days,
        groupArray(orders) as orders,
        groupArray(toUInt16(days[1])) as first_day,
        groupArray(toUInt16(days[-1])) as last_day,
        groupArray(value_minor) as value_minor,
        groupArray(repeat_mean_minor) as mean_minor,
        groupArray(calibration_days) as calibration_days,
        groupArray(toUInt16(calibration_last)) as calibration_last,
        groupArray(calibration_mean_minor) as calibration_mean_minor
      from (
        select * from value_histories
        where run_id = {run:UInt32} and customer_id > {after:UInt64}
        order by customer_id limit {rows:UInt32}
      )`,
      { lane: "work" },
    );
    if (!page?.ids.length) throw new Error(`Of ${customers} histories of run ${runId} ${at} were read.`);
    for (const name of names) columns[name].set(page[name], at);
    after = page.ids.at(-1)!;
    at += page.ids.length;
  }
  return columns;
}

export const Exclusions = z.object({
  /** Orders of any kind up to the last day observed. */
  orders: z.number(),
  /** In a currency for which no rate was given. */
  ordersWithoutRate: z.number(),
  /** Without a customer: they count in revenue only. */
  ordersWithoutCustomer: z.number(),
  /** Buyers who did not allow conclusions about themselves. */
  buyersWithoutConsent: z.number(),
  firstOrder: z.string().nullable(),
});
export type Exclusions = z.infer<typeof Exclusions>;

/** What the scores leave out, and how much of it there is. */
export async function countExclusions(ctx: Context, until: string): Promise<Exclusions> {
  const [row] = await ctx.events.query(
    Exclusions,
    { zone: ctx.garden.timezone, until },
    `select
      count() as orders,
      countIf(amount_garden_minor is null) as orders_without_rate,
      countIf(customer_id = 0) as orders_without_customer,
      uniqExactIf(customer_id, customer_id > 0 and customer_id not in (select customer_id from customers where profile = 1)) as buyers_without_consent,
      if(orders = 0, null, toString(toDate(min(happened_at), {zone:String}))) as first_order
    from events
    where name = 'Order Completed' and toDate(happened_at, {zone:String}) <= {until:Date}`,
    { lane: "work" },
  );
  return row!;
}

const WeekCount = z.object({ week: z.number(), purchases: z.number() });
const FirstDays = z.object({ day: z.number(), customers: z.number() });

/** Repeat purchases by week since the first purchase of all, and how many customers began on which day. */
export async function readTracking(
  ctx: Context,
  runId: number,
): Promise<{ weeks: { week: number; purchases: number }[]; firsts: { day: number; customers: number }[] }> {
  const weeks = await ctx.events.query(
    WeekCount,
    { run: runId },
    `with (select min(days[1]) from value_histories where run_id = {run:UInt32}) as start
    select intDiv(day - start, 7) as week, count() as purchases
    from (select arrayJoin(arraySlice(days, 2)) as day from value_histories where run_id = {run:UInt32})
    group by week order by week`,
    { lane: "work" },
  );
  const firsts = await ctx.events.query(
    FirstDays,
    { run: runId },
    `select toUInt16(days[1]) as day, count() as customers from value_histories
    where run_id = {run:UInt32} group by day order by day`,
    { lane: "work" },
  );
  return { weeks, firsts };
}
