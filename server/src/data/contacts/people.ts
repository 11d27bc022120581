import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { survivorsOf } from "../identity/index.ts";
import { customersById, userIdsOf } from "../profiles/index.ts";

export interface Person {
  id: string;
  name: string | null;
  email: string | null;
  userId: string | null;
  /** What the search found them by. */
  by: "name" | "email" | "phone" | "order" | "number";
}

const foundMax = 8;
const Hit = z.object({ id: z.number(), by: z.enum(["name", "email", "phone", "order", "number"]) });

/** People behind what somebody says on the phone or at the till: a name, an e-mail, a telephone, an order or customer number. */
export async function findPeople(ctx: Context, said: string): Promise<Person[]> {
  const text = said.trim();
  const lower = text.toLowerCase();
  const prefix = `${lower.replace(/[\\%_]/g, "\\$&")}%`;
  const digits = text.replace(/\D/g, "").replace(/^00/, "").replace(/^0/, "");
  const isPhone = /^[\d\s()+/.-]{7,}$/.test(text) && digits.length >= 7;
  const hits = await query(
    ctx.pool,
    sql`(select id, 'name' as by from customers where known and lower(display_name) like ${prefix} limit ${foundMax})
      union all (select id, 'name' as by from customers where known and lower(regexp_replace(display_name, '^.*\\s', '')) like ${prefix} limit ${foundMax})
      union all (select id, 'email' as by from customers where known and email like ${prefix} limit ${foundMax})
      union all (select customer_id, 'number' as by from identifiers where kind <> 'anonymous_id' and value = any(${[text, lower]}::text[]) limit ${foundMax})
      union all (select customer_id, 'order' as by from live_records where record_key = ${`order:${text.replace(/^#/, "")}`} limit ${foundMax})
      union all (select id, 'phone' as by from customers
        where ${isPhone} and traits ? 'phone' and right(regexp_replace(traits->>'phone', '\\D', '', 'g'), 7) = ${digits.slice(-7)} limit ${foundMax})`,
    Hit,
  );
  // Orders of imports stand in the event store alone: looked for only where nothing else was found.
  if (!hits.length && /\d/.test(text)) hits.push(...(await byImportedOrder(ctx, text.replace(/^#/, ""))));
  const survivors = await survivorsOf(
    ctx.pool,
    hits.map((hit) => hit.id),
  );
  const found = new Map<number, Person["by"]>();
  for (const hit of hits) {
    const id = survivors.get(hit.id);
    if (id !== undefined && !found.has(id)) found.set(id, hit.by);
  }
  const ids = [...found.keys()].slice(0, foundMax);
  const [customers, userIds] = await Promise.all([customersById(ctx.pool, ids), userIdsOf(ctx, ids)]);
  const byId = new Map(customers.map((customer) => [customer.id, customer]));
  return ids.flatMap((id) => {
    const customer = byId.get(id);
    if (!customer) return [];
    const { displayName: name, email } = customer;
    return [
      { id: publicId("customer", id), name, email, userId: userIds.get(id) ?? null, by: found.get(id)! },
    ];
  });
}

async function byImportedOrder(ctx: Context, order: string): Promise<z.infer<typeof Hit>[]> {
  const rows = await ctx.events.query(
    z.object({ id: z.number() }),
    { order, max: foundMax },
    `select distinct customer_id as id from events where name = 'Order Completed' and order_id = {order:String} limit {max:UInt32}`,
  );
  return rows.map(({ id }) => ({ id, by: "order" as const }));
}
