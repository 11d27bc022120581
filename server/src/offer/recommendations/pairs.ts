import { z } from "zod";
import type { CustomerFilter } from "../../data/profiles/index.ts";
import type { Context } from "../../garden/index.ts";
import { findCurrentRun } from "../catalogue/index.ts";

export const Pair = z.object({
  productId: z.string(),
  title: z.string(),
  otherId: z.string(),
  otherTitle: z.string(),
  /** Customers who have both. */
  customers: z.number(),
  /** Of the customers of the first, those who have the other too. */
  share: z.number(),
  lift: z.number(),
});
export type Pair = z.infer<typeof Pair>;

/**
 * The pairs that most belong together. Of one product: its partners, strongest first. Of all: of each
 * product its strongest partner, and each pair once, in the direction that is stronger.
 */
export function listPairs(
  ctx: Context,
  runId: number,
  ask: { productId: string; max: number },
): Promise<Pair[]> {
  return ctx.events.query(
    Pair,
    { run: runId, product: ask.productId, max: ask.max },
    `select t.product_id as product_id, if(a.name <> '', a.name, a.product_id) as title,
      t.other_id as other_id, if(b.name <> '', b.name, b.product_id) as other_title, t.customers as customers, t.share as share, t.lift as lift
    from (
      select * from (
        select product_id, other_id, customers, share, lift, strength from bought_together_dated
        where run_id = {run:UInt32} and ({product:String} = '' or product_id = {product:String})
        order by strength desc, product_id, other_id
        limit 1 by least(product_id, other_id), greatest(product_id, other_id)
      )
      where {product:String} <> '' or (product_id, other_id) in (
        select product_id, other_id from bought_together_dated where run_id = {run:UInt32}
        order by strength desc, other_id limit 1 by product_id
      )
      order by strength desc, product_id, other_id limit {max:UInt32}
    ) t
    inner join (select product_id, name from products_dated where run_id = {run:UInt32}) a on a.product_id = t.product_id
    inner join (select product_id, name from products_dated where run_id = {run:UInt32}) b on b.product_id = t.other_id
    order by t.strength desc, product_id, other_id`,
  );
}

/** Customers who have both products of a pair; the value is a JSON array of their two ids. */
export const boughtTogetherFilter: CustomerFilter = {
  key: "bought_together",
  title: { en: "Bought both products", de: "Haben beide Produkte gekauft" },
  async where(value, ctx) {
    const run = await findCurrentRun(ctx.pool);
    const ids = z.tuple([z.string(), z.string()]).safeParse(parsed(value)).data ?? ["", ""];
    return {
      sql: `select customer_id from bought_products_dated
        where run_id = {bought_together_run:UInt32} and product_id in {bought_together_ids:Array(String)}
          and customer_id in (select customer_id from customers where profile = 1)
        group by customer_id having uniqExact(product_id) = 2`,
      params: { bought_together_run: run?.id ?? 0, bought_together_ids: ids },
    };
  },
};

/** Customers whose next best product is this one. */
export const nextProductFilter: CustomerFilter = {
  key: "next_product",
  title: { en: "This is their next best product", de: "Dieses Produkt passt als Nächstes" },
  async where(value, ctx) {
    const run = await findCurrentRun(ctx.pool);
    return {
      sql: `select customer_id from next_products_dated
        where run_id = {next_product_run:UInt32} and rank = 1 and product_id = {next_product_id:String}
          and customer_id in (select customer_id from customers where profile = 1)`,
      params: { next_product_run: run?.id ?? 0, next_product_id: value },
    };
  },
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
