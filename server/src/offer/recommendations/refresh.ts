import { z } from "zod";
import type { Context, Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import {
  basketMax,
  halfLifeDays,
  nextMax,
  partnersMax,
  restDays,
  shrinkage,
  speakingMax,
  togetherMin,
} from "./model.ts";

const Counts = z.object({ pairs: z.number(), buyers: z.number() });

/** Finds which products of a run belong together; see `model.ts` for the formula. */
export async function refreshPairs(ctx: Context, runId: number): Promise<{ pairs: number; buyers: number }> {
  const params = { run: runId, together: togetherMin, basket: basketMax, shrinkage, partners: partnersMax };
  await ctx.events.command(
    `insert into bought_together_dated
    with
      baskets as (
        select customer_id, groupArray(product_no) as nos
        from (
          select b.customer_id as customer_id, p.product_no as product_no, b.last_at as last_at
          from bought_products_dated b
          inner join (select product_id, product_no from products_dated where run_id = {run:UInt32} and customers >= {together:UInt32}) p
            on p.product_id = b.product_id
          where b.run_id = {run:UInt32} and b.customer_id in (select customer_id from customers where profile = 1)
          order by customer_id, last_at desc
          limit {basket:UInt32} by customer_id
        )
        group by customer_id
      ),
      (select uniqExact(customer_id) from bought_products_dated
        where run_id = {run:UInt32} and customer_id in (select customer_id from customers where profile = 1)) as buyers,
      singles as (select arrayJoin(nos) as no, count() as n from baskets group by no),
      pairs as (
        select first, second, count() as n
        from (select first, arrayJoin(nos) as second from (select nos, arrayJoin(nos) as first from baskets where length(nos) > 1))
        where first < second
        group by first, second having n >= {together:UInt32}
      ),
      both as (
        select first as a, second as b, n from pairs union all select second as a, first as b, n from pairs
      )
    select {run:UInt32}, pa.product_id, pb.product_id, both.n,
      both.n / sa.n as share,
      both.n * buyers / (sa.n * sb.n) as lift,
      both.n / (sa.n + {shrinkage:Float64}) * log(lift) as strength
    from both
    inner join singles sa on sa.no = both.a
    inner join singles sb on sb.no = both.b
    inner join (select product_no, product_id from products_dated where run_id = {run:UInt32}) pa on pa.product_no = both.a
    inner join (select product_no, product_id from products_dated where run_id = {run:UInt32}) pb on pb.product_no = both.b
    where lift > 1
    order by pa.product_id, strength desc
    limit {partners:UInt32} by pa.product_id
    settings max_bytes_before_external_group_by = 400000000`,
    params,
    { lane: "work" },
  );
  const [counts] = await ctx.events.query(
    Counts,
    { run: runId },
    `select count() as pairs,
      (select uniqExact(customer_id) from bought_products_dated
        where run_id = {run:UInt32} and customer_id in (select customer_id from customers where profile = 1)) as buyers
    from bought_together_dated where run_id = {run:UInt32}`,
    { lane: "work" },
  );
  return counts!;
}

/** Customers scored in one statement: bounds its memory, and lets progress be told. */
const sliceCustomers = 50_000;

/**
 * Scores the next best products of every buyer who allows conclusions. What a customer has is left out,
 * unless it is bought again and has rested for `restDays` before `at`.
 */
export async function refreshNextProducts(
  ctx: Context,
  runId: number,
  ask: { buyers: number; at: Date; progress: (share: number) => Promise<void> },
): Promise<void> {
  const slices = Math.max(1, Math.ceil(ask.buyers / sliceCustomers));
  for (let slice = 0; slice < slices; slice++) {
    await ask.progress(slice / slices);
    await ctx.events.command(
      `insert into next_products_dated
      with
        bought as (
          select customer_id, product_id, last_at from bought_products_dated
          where run_id = {run:UInt32} and customer_id % {slices:UInt32} = {slice:UInt32}
            and customer_id in (select customer_id from customers where profile = 1)
        ),
        speaking as (
          select customer_id, product_id, pow(0.5, greatest(0, dateDiff('day', last_at, {at:DateTime64(3, 'UTC')})) / {halfLife:Float64}) as weight
          from bought order by customer_id, last_at desc, product_id limit {speaking:UInt32} by customer_id
        ),
        offered as (select product_id, repeatable, recent_customers from products_dated where run_id = {run:UInt32} and offered = 1),
        owned as (
          select customer_id, product_id from bought
          where product_id not in (select product_id from offered where repeatable = 1)
            or last_at > {at:DateTime64(3, 'UTC')} - toIntervalDay({rest:UInt32})
        ),
        by_pairs as (
          select s.customer_id as customer_id, t.other_id as product_id, sum(s.weight * t.strength) as score,
            'bought_together' as reason,
            argMax(t.product_id, s.weight * t.strength) as because_id,
            toUInt32(argMax(t.customers, s.weight * t.strength)) as vouching
          from speaking s
          inner join (
            select product_id, other_id, customers, strength from bought_together_dated
            where run_id = {run:UInt32} and other_id in (select product_id from offered)
          ) t on t.product_id = s.product_id
          group by customer_id, product_id
        ),
        by_many as (
          select c.customer_id as customer_id, p.product_id as product_id, p.recent_customers / 1e12 as score,
            'popular' as reason, '' as because_id, toUInt32(p.recent_customers) as vouching
          from (select distinct customer_id from bought) c
          cross join (select product_id, recent_customers from offered where recent_customers >= {together:UInt32} order by recent_customers desc, product_id limit 20) p
        ),
        candidates as (
          select * from (select * from by_pairs union all select * from by_many)
          order by customer_id, product_id, score desc limit 1 by customer_id, product_id
        )
      select {run:UInt32}, customer_id, toUInt8(row_number() over (partition by customer_id order by score desc, product_id)) as place,
        product_id, score, reason, because_id, vouching
      from candidates
      where (customer_id, product_id) not in (select customer_id, product_id from owned)
      qualify place <= {next:UInt8}
      settings max_bytes_before_external_group_by = 400000000`,
      {
        run: runId,
        at: ask.at,
        slice,
        slices,
        halfLife: halfLifeDays,
        speaking: speakingMax,
        rest: restDays,
        together: togetherMin,
        next: nextMax,
      },
      { lane: "work" },
    );
  }
  await ask.progress(1);
}

/** What Postgres keeps of one recommendation: short keys, one row a customer. */
export const KeptProduct = z.object({
  p: z.string(),
  r: z.enum(["bought_together", "popular"]),
  b: z.string(),
  n: z.coerce.number(),
});
export type KeptProduct = z.infer<typeof KeptProduct>;

const KeptRow = z.object({ customerId: z.number(), products: z.string() });
const copyRows = 20_000;

/** Puts the next best products where one decision finds them at once, in the transaction of the switch. */
export async function copyNextProducts(tx: Tx, ctx: Context, runId: number): Promise<number> {
  await query(tx, sql`delete from next_products`);
  let after = 0;
  let copied = 0;
  for (;;) {
    const rows = await ctx.events.query(
      KeptRow,
      { run: runId, after, max: copyRows },
      `with (
        select max(customer_id) from (
          select customer_id from next_products_dated
          where run_id = {run:UInt32} and customer_id > {after:UInt64} and rank = 1 order by customer_id limit {max:UInt32}
        )
      ) as upto
      select customer_id, toJSONString(arrayMap(
        next -> map('p', next.2, 'r', next.3, 'b', next.4, 'n', toString(next.5)),
        arraySort(next -> next.1, groupArray((rank, product_id, toString(reason), because_id, customers)))
      )) as products
      from next_products_dated
      where run_id = {run:UInt32} and customer_id > {after:UInt64} and customer_id <= upto
      group by customer_id order by customer_id`,
      { lane: "work" },
    );
    if (!rows.length) return copied;
    await query(
      tx,
      sql`insert into next_products (customer_id, run_id, products)
        select customer_id, ${runId}::bigint, products::jsonb
        from unnest(${rows.map((row) => row.customerId)}::bigint[], ${rows.map((row) => row.products)}::text[]) as a (customer_id, products)
        on conflict (customer_id) do nothing`,
    );
    copied += rows.length;
    after = rows.at(-1)!.customerId;
  }
}
