import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { patchTraits, type TraitPatch } from "./store.ts";

/**
 * Sets traits for an import, and notes what stood there before, so that the import can be taken back. A value that
 * was said later than the import's stays, and is nothing that the import changed.
 */
export async function patchImportedTraits(
  tx: Tx,
  importId: number,
  patches: readonly TraitPatch[],
): Promise<void> {
  if (!patches.length) return;
  await query(
    tx,
    sql`insert into import_traits as t (import_id, customer_id, key, value, said_at, before, before_at)
      select ${importId}::bigint, c.id, p.key, nullif(p.value, 'null'::jsonb), a.said_at, c.traits -> p.key, c.trait_times ->> p.key
      from unnest(${patches.map((one) => one.customerId)}::bigint[], ${patches.map((one) => JSON.stringify(one.traits))}::jsonb[], ${patches.map((one) => one.at.toISOString())}::text[])
        as a (id, traits, said_at)
      join customers c on c.id = a.id
      cross join lateral jsonb_each(a.traits) as p (key, value)
      where (c.trait_times ->> p.key is null or c.trait_times ->> p.key <= a.said_at)
        and not (coalesce(c.traits -> p.key, 'null'::jsonb) = p.value and c.trait_times ->> p.key = a.said_at)
      -- Begun anew after it was cut short, the import still knows what stood before its first attempt.
      on conflict (customer_id, key, import_id) do update set value = excluded.value, said_at = excluded.said_at`,
  );
  await patchTraits(tx, patches);
}

/**
 * Takes back the traits that an import set for these customers: what stood before stands again. Where something set a
 * trait later, that stays; a later import then remembers what stood before this one.
 */
export async function retractTraits(tx: Tx, importId: number, customerIds: readonly number[]): Promise<void> {
  if (!customerIds.length) return;
  const ids = [...customerIds];
  await query(
    tx,
    sql`with gone as (
        delete from import_traits where import_id = ${importId} and customer_id = any(${ids}::bigint[]) returning *
      ), later as (
        update import_traits t set before = g.before, before_at = g.before_at
        from gone g
        where t.customer_id = g.customer_id and t.key = g.key and t.import_id <> g.import_id
          and t.before_at = g.said_at and t.before is not distinct from g.value
        returning t.customer_id, t.key
      ), standing as (
        select g.* from gone g join customers c on c.id = g.customer_id
        where c.trait_times ->> g.key = g.said_at and c.traits -> g.key is not distinct from g.value
      ), back as (
        select customer_id, array_agg(key) as keys,
          coalesce(jsonb_object_agg(key, before) filter (where before is not null), '{}') as traits,
          coalesce(jsonb_object_agg(key, before_at) filter (where before_at is not null), '{}') as times
        from standing group by customer_id
      )
      update customers c set traits = (c.traits - back.keys) || back.traits, trait_times = (c.trait_times - back.keys) || back.times
      from back where back.customer_id = c.id`,
  );
  // The name and the address that are shown follow from the traits.
  await patchTraits(
    tx,
    ids.map((customerId) => ({ customerId, traits: {}, at: new Date(0) })),
  );
}
