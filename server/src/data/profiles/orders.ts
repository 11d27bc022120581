import { z } from "zod";
import type { Context } from "../../garden/index.ts";

/** What became of an order, as far as it was paid back; `refund` is one that names no known order. */
export const OrderState = z.enum(["paid", "partly_refunded", "refunded", "refund"]);

/** One order of a customer, or a refund that belongs to none of them. */
export const CustomerOrder = z.object({
  id: z.string(),
  /** The brand's own number of the order; null where nobody said it. */
  number: z.string().nullable(),
  at: z.string(),
  channel: z.string(),
  products: z.number(),
  /** As it was paid, in minor units of `currency`; negative for a refund, null where no amount was said. */
  amountMinor: z.number().nullable(),
  currency: z.string(),
  /** The same in the garden's currency; null while no rate is known. */
  amountGardenMinor: z.number().nullable(),
  /** Paid back since, in minor units of `currency`, 0 or below. */
  refundedMinor: z.number(),
  state: OrderState,
  /** The shop's own word, such as "delivered"; null where it sent none. */
  shopStatus: z.string().nullable(),
});
export type CustomerOrder = z.infer<typeof CustomerOrder>;

const Row = CustomerOrder.omit({ state: true }).extend({
  name: z.string(),
  refunds: z.number(),
  total: z.number(),
});

/**
 * Orders of one customer with what was paid back of each, newest first, and the refunds that name no
 * order of theirs. `ids` are the customer and all ids joined into it.
 */
export async function ordersOf(
  ctx: Context,
  ask: { ids: number[]; max: number; offset: number },
): Promise<{ total: number; items: CustomerOrder[] }> {
  const rows = await ctx.events.query(
    Row,
    { ids: ask.ids, max: ask.max, offset: ask.offset },
    `with
      records as (
        select toString(event_id) as id, name, happened_at, toString(channel) as via, amount_minor, toString(currency) as money,
          amount_garden_minor, ifNull(toString(properties.order_id), '') as order_no,
          ifNull(toString(properties.status), '') as shop_state,
          length(JSONExtractArrayRaw(toString(properties), 'products')) as product_count
        from events
        where written_customer_id in {ids:Array(UInt64)} and name in ('Order Completed', 'Order Refunded')
      ),
      refunds as (
        select order_no, sum(amount_minor) as refunded, count() as times from records
        where name = 'Order Refunded' and order_no != '' group by order_no
      )
    select r.id as id, r.name as name, nullIf(r.order_no, '') as number,
      formatDateTime(r.happened_at, '%Y-%m-%dT%H:%i:%SZ') as at, r.via as channel, r.product_count as products,
      r.amount_minor as amount_minor, r.money as currency, r.amount_garden_minor as amount_garden_minor,
      if(r.name = 'Order Completed', ifNull(b.refunded, 0), 0) as refunded_minor,
      if(r.name = 'Order Completed', ifNull(b.times, 0), 0) as refunds,
      nullIf(r.shop_state, '') as shop_status, count() over () as total
    from records as r left join refunds as b on b.order_no = r.order_no
    where r.name = 'Order Completed'
      or r.order_no not in (select order_no from records where name = 'Order Completed' and order_no != '')
    order by r.happened_at desc, r.id limit {max:UInt32} offset {offset:UInt32}`,
  );
  return {
    total: rows[0]?.total ?? 0,
    items: rows.map(({ name, refunds, total: _total, ...row }) => ({
      ...row,
      state: stateOf({ name, refunds, amountMinor: row.amountMinor, refundedMinor: row.refundedMinor }),
    })),
  };
}

/** A refund of all that was paid, or of an order whose amount nobody said, ends the order. */
export function stateOf(order: {
  name: string;
  refunds: number;
  amountMinor: number | null;
  refundedMinor: number;
}): z.infer<typeof OrderState> {
  if (order.name === "Order Refunded") return "refund";
  if (order.refunds === 0) return "paid";
  return -order.refundedMinor >= (order.amountMinor ?? 0) ? "refunded" : "partly_refunded";
}
