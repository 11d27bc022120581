import {
  eraseInClickHouse,
  type Person,
  type PersonStore,
  rowsInPostgres,
  type Tx,
} from "../../garden/index.ts";
import { execute, query, sql } from "../../platform/postgres/index.ts";

/**
 * A browser that others use as well stays theirs, and forgets the person: nameless events on it are whose who identified
 * last among them. One that nobody else uses is forgotten.
 */
async function eraseDevices(tx: Tx, { ids }: Person): Promise<number> {
  const own = [...ids];
  const gone = await execute(tx, sql`delete from device_users where customer_id = any(${own}::bigint[])`);
  await query(
    tx,
    sql`update shared_devices d set current_id = u.customer_id
      from (select distinct on (visitor_id) visitor_id, customer_id from device_users order by visitor_id, first_at desc, customer_id desc) as u
      where u.visitor_id = d.visitor_id and d.current_id = any(${own}::bigint[]) and d.visitor_id <> all(${own}::bigint[])`,
  );
  // The browser as a visitor was the person's own: whoever comes by it now is a new one.
  await query(tx, sql`delete from device_users where visitor_id = any(${own}::bigint[])`);
  const devices = await execute(
    tx,
    sql`delete from shared_devices where visitor_id = any(${own}::bigint[]) or current_id = any(${own}::bigint[])`,
  );
  return gone + devices;
}

/** Pairs of others may have been seen in an event that says the person's name. */
async function eraseProposals(tx: Tx, { ids, texts }: Person): Promise<number> {
  const own = [...ids];
  const gone = await execute(
    tx,
    sql`delete from merge_proposals where customer_a = any(${own}::bigint[]) or customer_b = any(${own}::bigint[])`,
  );
  const told = await execute(
    tx,
    sql`update merge_proposals as t set evidence = evidence - 'sightings'
      where exists (select from unnest(${[...texts]}::text[]) as a (text) where position(a.text in t.evidence::text) > 0)`,
  );
  return gone + told;
}

/** Who is who. The rows of customers themselves are those of profiles. */
export const identityStores: PersonStore[] = [
  rowsInPostgres({ table: "identifiers", read: "kind, value, first_seen_at" }),
  {
    name: "merge_proposals",
    engine: "postgres",
    read: (ctx, { ids }) =>
      query(
        ctx.pool,
        sql`select created_at, reason, state from merge_proposals
          where customer_a = any(${[...ids]}::bigint[]) or customer_b = any(${[...ids]}::bigint[]) order by created_at`,
      ),
    erase: (tx, _ctx, person) => eraseProposals(tx, person),
  },
  rowsInPostgres({ table: "customer_parts", columns: ["customer_id", "survivor_id"] }),
  {
    name: "device_users",
    engine: "postgres",
    read: (ctx, { ids }) =>
      query(
        ctx.pool,
        sql`select first_at from device_users where customer_id = any(${[...ids]}::bigint[]) order by first_at`,
      ),
    erase: (tx, _ctx, person) => eraseDevices(tx, person),
  },
  rowsInPostgres({ table: "customer_links", columns: ["subject_id", "customer_id"] }),
];

/** The same links in the event store. They go last: until then they say which events are whose. */
export const linkStores: PersonStore[] = [
  {
    name: "customer_links",
    engine: "clickhouse",
    async erase(_tx, ctx, { ids }) {
      const condition = "subject_id in {ids:Array(UInt64)} or customer_id in {ids:Array(UInt64)}";
      const count = await eraseInClickHouse(ctx, "customer_links", condition, { ids });
      if (count) await ctx.events.command("system reload dictionary links", {}, { lane: "work" });
      return count;
    },
  },
];
