import type { Pool } from "pg";
import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";

/** A browser on which more than one known customer identified. */
export interface Device {
  /** Who identified on it, in the order in which they first did. */
  users: number[];
  /** Who identified last: nameless events are theirs, as long as few use it. */
  current: number;
  /** From many users on: the visitor for whom its nameless events are written, and who is never joined. */
  loose?: number;
}

const Row = z.object({
  visitorId: z.number(),
  currentId: z.number(),
  looseId: z.number().nullable(),
  users: z.array(z.coerce.number()),
});

/** Those of the visitors' browsers that several people use. */
export async function devicesOf(db: Pool | Tx, visitors: readonly number[]): Promise<Map<number, Device>> {
  if (!visitors.length) return new Map();
  const rows = await query(
    db,
    sql`select d.visitor_id, d.current_id, d.loose_id, array(
          select u.customer_id from device_users u where u.visitor_id = d.visitor_id order by u.first_at, u.customer_id
        ) as users
      from shared_devices d where d.visitor_id = any(${[...visitors]}::bigint[])`,
    Row,
  );
  return new Map(
    rows.map(({ visitorId, currentId, looseId, users }) => [
      visitorId,
      { users, current: currentId, ...(looseId === null ? {} : { loose: looseId }) },
    ]),
  );
}

/** Saves who uses browsers that several people use. */
export async function saveDevices(
  tx: Tx,
  devices: ReadonlyMap<number, Device & { at: Date }>,
): Promise<void> {
  const all = [...devices].map(([visitor, device]) => ({ visitor, ...device }));
  await query(
    tx,
    sql`insert into shared_devices (visitor_id, current_id, loose_id, shared_at)
      select visitor_id, current_id, loose_id, case when loose_id is not null then at end
      from unnest(${all.map((one) => one.visitor)}::bigint[], ${all.map((one) => one.current)}::bigint[],
        ${all.map((one) => one.loose ?? null)}::bigint[], ${all.map((one) => one.at)}::timestamptz[]) as d (visitor_id, current_id, loose_id, at)
      on conflict (visitor_id) do update set current_id = excluded.current_id, loose_id = excluded.loose_id,
        shared_at = coalesce(shared_devices.shared_at, excluded.shared_at)`,
  );
  const users = all.flatMap(({ visitor, users, at }) => users.map((user) => ({ visitor, user, at })));
  await query(
    tx,
    sql`insert into device_users (visitor_id, customer_id, first_at)
      select * from unnest(${users.map((one) => one.visitor)}::bigint[], ${users.map((one) => one.user)}::bigint[], ${users.map((one) => one.at)}::timestamptz[])
      on conflict do nothing`,
  );
}

/** Those of these ids that are browsers on which somebody else identified as well. */
export async function usedByOthers(db: Pool | Tx, ids: readonly number[]): Promise<number[]> {
  const own = [...ids];
  const rows = await query(
    db,
    sql`select distinct visitor_id from device_users
      where visitor_id = any(${own}::bigint[]) and customer_id <> all(${own}::bigint[])`,
    Row.pick({ visitorId: true }),
  );
  return rows.map((row) => row.visitorId);
}
