import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { queryOne, sql } from "../../platform/postgres/index.ts";
import { type OfferRun, type Product, popularProducts, productsById, titleOf } from "../catalogue/index.ts";
import { type Candidate, nextMax, ReasonCode, togetherMin } from "./model.ts";
import { boughtSince } from "./recent.ts";
import { KeptProduct } from "./refresh.ts";

const NextRow = z.object({ products: z.array(KeptProduct) });

/** Products of a run as decisions need them, kept in memory: few change between runs, and none within. */
const known = new WeakMap<
  Context["pool"],
  { runId: number; products: Map<string, Product>; popular: Promise<Product[]> }
>();
const knownMax = 20_000;

function knownOf(ctx: Context, runId: number) {
  let one = known.get(ctx.pool);
  if (!one || one.runId !== runId) {
    one = { runId, products: new Map(), popular: popularProducts(ctx, runId, 50) };
    one.popular.catch(() => known.delete(ctx.pool));
    known.set(ctx.pool, one);
  }
  return one;
}

/** Names and prices of products, from memory where this process has seen them before. */
async function describe(ctx: Context, runId: number, ids: readonly string[]): Promise<Map<string, Product>> {
  const { products } = knownOf(ctx, runId);
  const missing = ids.filter((id) => id && !products.has(id));
  if (missing.length) {
    if (products.size > knownMax) products.clear();
    for (const [id, product] of await productsById(ctx, runId, missing)) products.set(id, product);
  }
  return products;
}

/**
 * What could be offered to a customer now, best first: the products scored by the run, without what was
 * bought since; and what most bought lately, to somebody who has not bought anything yet.
 */
export async function nextForCustomer(ctx: Context, run: OfferRun, customerId: number): Promise<Candidate[]> {
  const [row, bought] = await Promise.all([
    queryOne(ctx.pool, sql`select products from next_products where customer_id = ${customerId}`, NextRow),
    boughtSince(ctx, run, customerId),
  ]);
  if (!row) return popular(ctx, run.id, bought);
  const left = row.products.filter((next) => !bought.has(next.p));
  const described = await describe(
    ctx,
    run.id,
    left.flatMap((next) => [next.p, next.b]),
  );
  const candidates: Candidate[] = [];
  for (const next of left) {
    const product = described.get(next.p);
    if (!product) continue;
    const because = next.b ? described.get(next.b) : undefined;
    candidates.push(
      candidate(product, {
        code: next.r,
        because: because ? { productId: because.productId, title: titleOf(because) } : null,
        customers: next.n,
      }),
    );
  }
  return candidates;
}

async function popular(ctx: Context, runId: number, without: ReadonlySet<string>): Promise<Candidate[]> {
  return (await knownOf(ctx, runId).popular)
    .filter((product) => product.recentCustomers >= togetherMin && !without.has(product.productId))
    .slice(0, nextMax)
    .map((product) =>
      candidate(product, { code: "popular", because: null, customers: product.recentCustomers }),
    );
}

function candidate(product: Product, reason: Candidate["reason"]): Candidate {
  return {
    productId: product.productId,
    title: titleOf(product),
    priceMinor: product.priceMinor,
    currency: product.currency,
    reason,
  };
}

const VisitorRow = z.object({
  productId: z.string(),
  becauseId: z.string(),
  customers: z.number(),
});
const Seen = z.object({ productId: z.string(), bought: z.boolean() });

/** Days that a visitor's look at a product speaks, and products of a visitor that speak. */
const lookDays = 90;
const looksMax = 10;

/**
 * What could be offered to a visitor: only by what was done in this browser. `ids` is the customer and
 * everyone joined into it, under whom the visitor's own rows lie; rows of other browsers, of the shop
 * or of the brand's servers are not read, whomever the visitor claims to be. Reasons speak of products
 * that the visitor looked at here, and of counts of customers.
 */
export async function nextForVisitor(
  ctx: Context,
  run: OfferRun,
  visitorId: number,
  ids: readonly number[],
  at: Date,
): Promise<Candidate[]> {
  const seen = await ctx.events.query(
    Seen,
    { ids: [...ids], visitor: visitorId, at, days: lookDays, max: looksMax },
    `select product_id, toBool(max(is_bought)) as bought from (
      select happened_at, name = 'Order Completed' as is_bought,
        arrayJoin(if(name = 'Order Completed',
          arrayMap(line -> multiIf(line.product_id <> '', line.product_id, line.sku <> '', line.sku, line.name), order_lines),
          [looked_at])) as product_id
      from events
      where written_customer_id in {ids:Array(UInt64)} and visitor_id = {visitor:UInt64} and visitor_id <> 0 and import_id = 0
        and name in ('Product Viewed', 'Product Added', 'Order Completed')
        and happened_at <= {at:DateTime64(3, 'UTC')} and happened_at > {at:DateTime64(3, 'UTC')} - toIntervalDay({days:UInt32})
    )
    where product_id <> ''
    group by product_id order by max(happened_at) desc limit {max:UInt32}`,
  );
  const bought = new Set(seen.filter((one) => one.bought).map((one) => one.productId));
  if (!seen.length) return popular(ctx, run.id, bought);
  const rows = await ctx.events.query(
    VisitorRow,
    { run: run.id, seen: seen.map((one) => one.productId), bought: [...bought], max: nextMax },
    `select t.other_id as product_id, argMax(t.product_id, t.strength) as because_id, toUInt32(argMax(t.customers, t.strength)) as customers
    from bought_together_dated t
    where t.run_id = {run:UInt32} and t.product_id in {seen:Array(String)} and t.other_id not in {bought:Array(String)}
      and t.other_id in (select p.product_id from products_dated p where p.run_id = {run:UInt32} and p.offered = 1)
    group by t.other_id order by sum(t.strength) desc, t.other_id limit {max:UInt32}`,
  );
  if (!rows.length) return popular(ctx, run.id, bought);
  const described = await describe(
    ctx,
    run.id,
    rows.flatMap((row) => [row.productId, row.becauseId]),
  );
  return rows.flatMap((row) => {
    const product = described.get(row.productId);
    const because = described.get(row.becauseId);
    if (!product || !because) return [];
    const code = bought.has(row.becauseId)
      ? ReasonCode.enum.bought_together
      : ReasonCode.enum.viewed_together;
    return [
      candidate(product, {
        code,
        because: { productId: because.productId, title: titleOf(because) },
        customers: row.customers,
      }),
    ];
  });
}
