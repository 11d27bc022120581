import { z } from "zod";
import type { CustomerFilter } from "../../data/profiles/index.ts";
import type { Context } from "../../garden/index.ts";
import { Product } from "./model.ts";
import { findCurrentRun } from "./runs.ts";

const columns = `product_id, name, price_minor, currency, quantity, orders, customers, repeat_customers, recent_customers,
  formatDateTime(products_dated.last_bought_at, '%Y-%m-%dT%H:%i:%SZ') as last_bought_at, toBool(products_dated.repeatable) as repeatable, toBool(products_dated.offered) as offered`;

export const ProductSort = z.enum(["customers", "quantity", "last_bought", "name", "price"]);
export interface ProductsAsk {
  /** Part of the name or of the brand's id; empty for all. */
  words: string;
  sort: z.infer<typeof ProductSort>;
  offset: number;
  max: number;
}

/** A page of the catalogue of a run. */
export async function listProducts(
  ctx: Context,
  runId: number,
  ask: ProductsAsk,
): Promise<{ products: Product[]; total: number }> {
  const params = { run: runId, words: ask.words, sort: ask.sort, offset: ask.offset, max: ask.max };
  const fitting = `from products_dated where run_id = {run:UInt32}
    and ({words:String} = '' or positionCaseInsensitiveUTF8(name, {words:String}) > 0 or positionCaseInsensitiveUTF8(product_id, {words:String}) > 0)`;
  const [products, [count]] = await Promise.all([
    ctx.events.query(
      Product,
      params,
      `select ${columns} ${fitting}
      order by
        if({sort:String} = 'name', lowerUTF8(name), '') asc,
        multiIf({sort:String} = 'customers', toFloat64(customers), {sort:String} = 'quantity', quantity,
          {sort:String} = 'last_bought', toFloat64(toUnixTimestamp(products_dated.last_bought_at)), {sort:String} = 'price', toFloat64(ifNull(price_minor, 0)), 0) desc,
        product_id
      limit {max:UInt32} offset {offset:UInt32}`,
    ),
    ctx.events.query(
      z.object({ total: z.number() }),
      { run: runId, words: ask.words },
      `select count() as total ${fitting}`,
    ),
  ]);
  return { products, total: count?.total ?? 0 };
}

/** Products of a run by their ids; ids that the run does not know are left out. */
export async function productsById(
  ctx: Context,
  runId: number,
  ids: readonly string[],
): Promise<Map<string, Product>> {
  if (!ids.length) return new Map();
  const rows = await ctx.events.query(
    Product,
    { run: runId, ids: [...new Set(ids)] },
    `select ${columns} from products_dated where run_id = {run:UInt32} and product_id in {ids:Array(String)}`,
  );
  return new Map(rows.map((product) => [product.productId, product]));
}

/** What most customers bought lately, among what can be offered. */
export function popularProducts(ctx: Context, runId: number, max: number): Promise<Product[]> {
  return ctx.events.query(
    Product,
    { run: runId, max },
    `select ${columns} from products_dated
    where run_id = {run:UInt32} and products_dated.offered = 1 and recent_customers > 0
    order by recent_customers desc, product_id limit {max:UInt32}`,
  );
}

/** Customers who bought a product, by the orders of the current run. */
export const boughtProductFilter: CustomerFilter = {
  key: "bought_product",
  title: { en: "Bought this product", de: "Haben dieses Produkt gekauft" },
  async where(value, ctx) {
    const run = await findCurrentRun(ctx.pool);
    return {
      sql: "select distinct customer_id from bought_products_dated where run_id = {bought_product_run:UInt32} and product_id = {bought_product_id:String}",
      params: { bought_product_run: run?.id ?? 0, bought_product_id: value },
    };
  },
};
