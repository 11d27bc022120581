import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import type { Params } from "../../platform/clickhouse/index.ts";
import { publicId } from "../../platform/ids.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { survivorsOf } from "../identity/index.ts";
import type { CustomerFilter } from "./filters.ts";
import { type Customer, customersById } from "./store.ts";
import { isUnrated } from "./unrated.ts";

export const Ranked = z.object({
  customerId: z.number(),
  orders: z.number(),
  valueMinor: z.number().nullable(),
  unrated: z.number(),
  lastAt: z.string().nullable(),
});
const Count = z.object({ total: z.number() });

export interface ListedCustomer {
  id: string;
  /** The brand's own number of the customer, where it has one. */
  userId: string | null;
  name: string | null;
  known: boolean;
  orders: number;
  /** Paid so far net of refunds, in minor units of the garden's currency. */
  valueMinor: number | null;
  /** Orders and refunds that wait for an exchange rate, and are not in the value. */
  unrated: number;
  lastAt: string | null;
}

export interface CustomerSetAsk {
  search?: string | undefined;
  filter?: string | undefined;
  value?: string | undefined;
  known?: boolean | undefined;
}

export interface CustomerListAsk extends CustomerSetAsk {
  max: number;
  offset: number;
}

/** Orders, value and last touchpoint of each customer, as a subquery over `events`. */
export const orderColumns = `
  countIf(name = 'Order Completed') as orders,
  sumIf(amount_garden_minor, name in ('Order Completed', 'Order Refunded')) as value_minor,
  countIf(${isUnrated}) as unrated,
  max(happened_at) as last_at`;

/** Conditions on the table of customers that keep it to those asked for. Refuses customers.filter_unknown. */
export async function customerSet(ctx: Context, filters: readonly CustomerFilter[], ask: CustomerSetAsk) {
  const filter = ask.filter === undefined ? undefined : filters.find((one) => one.key === ask.filter);
  if (ask.filter !== undefined && !filter)
    refuse("invalid", "customers.filter_unknown", `There is no filter ${ask.filter}.`);
  const set = filter ? await filter.where(ask.value ?? "", ctx) : undefined;
  const found = ask.search?.trim() ? await searchIds(ctx, ask.search.trim()) : undefined;
  const params: Params = { ...(set?.params ?? {}), ...(found ? { found } : {}) };
  const conditions = [
    set ? `customer_id in (${set.sql})` : "",
    found ? "customer_id in {found:Array(UInt64)}" : "",
    ask.known ? "known = 1" : "",
  ].filter(Boolean);
  return { filter, params, conditions };
}

/**
 * Customers for a list, the latest buyers first: whom a number's filter selects, whom a search finds,
 * or all. Refuses customers.filter_unknown.
 */
export async function listCustomers(ctx: Context, filters: readonly CustomerFilter[], ask: CustomerListAsk) {
  const { filter, conditions, params: ofSet } = await customerSet(ctx, filters, ask);
  const params: Params = { ...ofSet, max: ask.max, offset: ask.offset };
  const condition = conditions.length ? `where ${conditions.join(" and ")}` : "";
  const [rows, counts] = await Promise.all([
    ctx.events.query(
      Ranked,
      params,
      `select c.customer_id as customer_id, o.orders as orders, o.value_minor as value_minor, o.unrated as unrated,
        if(o.last_at = toDateTime64(0, 3, 'UTC'), null, formatDateTime(o.last_at, '%Y-%m-%dT%H:%i:%SZ')) as last_at
      from (select customer_id from customers ${condition}) as c
      left join (
        select customer_id, ${orderColumns} from events group by customer_id
      ) as o on o.customer_id = c.customer_id
      order by o.last_at desc, customer_id desc limit {max:UInt32} offset {offset:UInt32}`,
    ),
    ctx.events.query(Count, params, `select count() as total from customers ${condition}`),
  ]);
  const names = new Map(
    (
      await customersById(
        ctx.pool,
        rows.map((row) => row.customerId),
      )
    ).map((one) => [one.id, one]),
  );
  const userIds = await userIdsOf(
    ctx,
    rows.map((row) => row.customerId),
  );
  return {
    title: filter?.title ?? null,
    total: counts[0]?.total ?? 0,
    items: rows.map(
      (row): ListedCustomer => ({
        id: publicId("customer", row.customerId),
        userId: userIds.get(row.customerId) ?? null,
        name: names.get(row.customerId)?.displayName ?? null,
        known: names.get(row.customerId)?.known ?? false,
        orders: row.orders,
        valueMinor: row.orders > 0 || row.valueMinor !== null ? (row.valueMinor ?? 0) : null,
        unrated: row.unrated,
        lastAt: row.lastAt,
      }),
    ),
  };
}

/** The first userId of each customer, those of ids joined into it included. */
export async function userIdsOf(ctx: Context, ids: number[]): Promise<Map<number, string>> {
  const rows = await query(
    ctx.pool,
    sql`select distinct on (owner) owner, value from (
        select coalesce(l.customer_id, i.customer_id) as owner, i.value, i.first_seen_at
        from identifiers i left join customer_links l on l.subject_id = i.customer_id
        where i.kind = 'user_id' and (i.customer_id = any(${ids}::bigint[]) or l.customer_id = any(${ids}::bigint[]))
      ) as found order by owner, first_seen_at, value`,
    z.object({ owner: z.number(), value: z.string() }),
  );
  return new Map(rows.map((row) => [row.owner, row.value]));
}

const IdRow = z.object({ id: z.number() });

/** At most this many customers are found by a search. */
const foundMax = 500;

/** Customers by the beginning of a name or e-mail, or by an identifier as it is. */
async function searchIds(ctx: Context, text: string): Promise<number[]> {
  const prefix = `${text.toLowerCase().replace(/[\\%_]/g, "\\$&")}%`;
  const rows = await query(
    ctx.pool,
    sql`select coalesce(l.customer_id, hit.id) as id from (
        select id from customers where lower(display_name) like ${prefix} or email like ${prefix}
        union select customer_id as id from identifiers where value = ${text}
        union select customer_id as id from identifiers where kind = 'email' and value = ${text.toLowerCase()}
      ) as hit left join customer_links l on l.subject_id = hit.id
      limit ${foundMax}`,
    IdRow,
  );
  return [...new Set(rows.map((row) => row.id))];
}

/** The customer behind an id, or whom it was joined into. Refuses customer.missing. */
export async function getCustomer(ctx: Context, id: number | undefined): Promise<Customer> {
  const survivor = id === undefined ? undefined : (await survivorsOf(ctx.pool, [id])).get(id);
  const [customer] = survivor === undefined ? [] : await customersById(ctx.pool, [survivor]);
  return customer ?? refuse("missing", "customer.missing", "There is no such customer.");
}

const OrderSums = z.object({
  orders: z.number(),
  valueMinor: z.number(),
  unrated: z.number(),
  unratedRefunds: z.number(),
  firstAt: z.string().nullable(),
  lastAt: z.string().nullable(),
  touchpoints: z.number(),
});

/** Orders, value and touchpoints of one customer in the garden's currency. */
export async function orderSums(ctx: Context, ids: number[]): Promise<z.infer<typeof OrderSums>> {
  const [sums] = await ctx.events.query(
    OrderSums,
    { ids },
    `select countIf(name = 'Order Completed') as orders,
      coalesce(sumIf(amount_garden_minor, name in ('Order Completed', 'Order Refunded')), 0) as value_minor,
      countIf(name = 'Order Completed' and ${isUnrated}) as unrated,
      countIf(name = 'Order Refunded' and ${isUnrated}) as unrated_refunds,
      if(orders = 0, null, formatDateTime(minIf(happened_at, name = 'Order Completed'), '%Y-%m-%dT%H:%i:%SZ')) as first_at,
      if(orders = 0, null, formatDateTime(maxIf(happened_at, name = 'Order Completed'), '%Y-%m-%dT%H:%i:%SZ')) as last_at,
      count() as touchpoints
    from events where written_customer_id in {ids:Array(UInt64)}`,
  );
  return sums!;
}
