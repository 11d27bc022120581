import type { Context } from "../../garden/index.ts";
import { csvLines } from "../../platform/csv.ts";
import { publicId } from "../../platform/ids.ts";
import { minorText } from "../../platform/money.ts";
import { type CustomerSetAsk, customerSet, orderColumns, Ranked, userIdsOf } from "./customers.ts";
import type { CustomerFilter } from "./filters.ts";
import { customersById } from "./store.ts";

/** Customers of one part of the file: few enough for memory, many enough that the events are read seldom. */
const partMax = 20_000;

const head = [
  "customer",
  "customer_number",
  "name",
  "email",
  "known",
  "orders",
  "paid_so_far",
  "currency",
  "amounts_without_rate",
  "last_touchpoint",
];

/**
 * All customers that a list shows, on however many pages, as CSV part by part in the order of their ids.
 * What is refused is refused before the first part: the set is worked out by `customersCsv` itself.
 * Refuses customers.filter_unknown.
 */
export async function customersCsv(
  ctx: Context,
  filters: readonly CustomerFilter[],
  ask: CustomerSetAsk,
  size = partMax,
): Promise<AsyncIterable<string>> {
  const set = await customerSet(ctx, filters, ask);
  const condition = ["customer_id > {after:UInt64}", ...set.conditions].join(" and ");
  return (async function* parts() {
    // With the mark that spreadsheets need to read it as UTF-8.
    yield `\ufeff${csvLines([head])}`;
    for (let after = 0; ; ) {
      const rows = await ctx.events.query(
        Ranked,
        { ...set.params, after, size },
        `with part as (select customer_id from customers where ${condition} order by customer_id limit {size:UInt32})
        select part.customer_id as customer_id, o.orders as orders, o.value_minor as value_minor, o.unrated as unrated,
          if(o.last_at = toDateTime64(0, 3, 'UTC'), null, formatDateTime(o.last_at, '%Y-%m-%dT%H:%i:%SZ')) as last_at
        from part left join (
          select customer_id, ${orderColumns} from events
          where customer_id in (select customer_id from part) group by customer_id
        ) as o on o.customer_id = part.customer_id
        order by part.customer_id`,
      );
      const ids = rows.map((row) => row.customerId);
      const people = new Map((await customersById(ctx.pool, ids)).map((one) => [one.id, one]));
      const userIds = await userIdsOf(ctx, ids);
      yield csvLines(
        rows.map((row) => {
          const person = people.get(row.customerId);
          return [
            publicId("customer", row.customerId),
            userIds.get(row.customerId) ?? "",
            person?.displayName ?? "",
            person?.email ?? "",
            person?.known ? "yes" : "no",
            row.orders,
            row.valueMinor === null ? "" : minorText(row.valueMinor, ctx.garden.currency),
            ctx.garden.currency,
            row.unrated,
            row.lastAt ?? "",
          ];
        }),
      );
      if (rows.length < size) return;
      after = ids.at(-1)!;
    }
  })();
}
