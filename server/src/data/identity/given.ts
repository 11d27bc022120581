import type { Pool } from "pg";
import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { hashOf } from "./hash.ts";
import { type Identifier, identifierKey } from "./model.ts";

type Db = Pool | Tx;

const Owner = z.object({ kind: z.string(), value: z.string(), customerId: z.number() });

/** Kinds of which a customer gets only so many. */
export const isLimited = (kind: string) =>
  /^(?:user_id|anonymous_id|(?:email|phone)(?:_sha256)?)$/.test(kind);

/**
 * To whom these identifiers were given, by `identifierKey`. Plain values and their hashes are the same identifier: who has
 * the one is found by the other.
 */
export async function ownersOf(db: Db, identifiers: readonly Identifier[]): Promise<Map<string, number>> {
  const hashes = identifiers.flatMap(({ kind, value }) =>
    kind === "email" || kind === "phone" ? [{ kind: `${kind}_sha256`, value: hashOf(value) }] : [],
  );
  const asked = [...identifiers, ...hashes];
  const hashed = asked.filter(({ kind }) => kind.endsWith("_sha256"));
  const rows = await query(
    db,
    sql`select i.kind, i.value, i.customer_id from identifiers i
      join unnest(${asked.map((one) => one.kind)}::text[], ${asked.map((one) => one.value)}::text[]) as a (kind, value)
        on i.kind = a.kind and i.value = a.value`,
    Owner,
  );
  const owners = new Map(rows.map((row) => [identifierKey(row.kind, row.value), row.customerId]));
  if (hashed.length) {
    const plain = await query(
      db,
      sql`select i.kind || '_sha256' as kind, i.sha256 as value, i.customer_id from identifiers i
        where i.sha256 = any(${hashed.map((one) => one.value)}::text[]) and i.kind in ('email', 'phone')`,
      Owner,
    );
    // The plain value stands above a hash that was there first.
    for (const row of plain) owners.set(identifierKey(row.kind, row.value), row.customerId);
  }
  return owners;
}

/** At most so many of a kind are read of each customer: no limit is higher. */
const readMax = 1000;

/** Which identifiers these customers were given, and which visitors joined them, the latest of each kind. */
export function givenTo(
  db: Db,
  customerIds: readonly number[],
): Promise<{ id: number; kind: string; at: Date }[]> {
  if (!customerIds.length) return Promise.resolve([]);
  return query(
    db,
    sql`select a.id, g.kind, g.at from unnest(${[...customerIds]}::bigint[]) as a (id), lateral (
        (select replace(kind, '_sha256', '') as kind, first_seen_at as at from identifiers
          where customer_id = a.id and kind <> 'anonymous_id' order by first_seen_at desc limit ${readMax})
        union all
        (select 'anonymous_id' as kind, linked_at as at from customer_links
          where part_id = a.id and subject_id <> a.id order by linked_at desc limit ${readMax})
      ) as g`,
    z.object({ id: z.number(), kind: z.string(), at: z.date() }),
  );
}
