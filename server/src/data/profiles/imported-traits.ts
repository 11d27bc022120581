import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { isBlank, patchTraits, type TraitPatch } from "./store.ts";

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
  await unfold(
    tx,
    importId,
    patches.map((one) => one.customerId),
  );
  const noted = await noteFirst(tx, importId, patches);
  const others = patches.filter((one) => !noted.has(one.customerId));
  if (others.length)
    await query(
      tx,
      sql`insert into import_traits as t (import_id, customer_id, key, value, said_at, before, before_at)
        select ${importId}::bigint, c.id, p.key, nullif(p.value, 'null'::jsonb), a.said_at, c.traits -> p.key, c.trait_times ->> p.key
        from unnest(${others.map((one) => one.customerId)}::bigint[], ${others.map((one) => JSON.stringify(one.traits))}::jsonb[], ${others.map((one) => one.at.toISOString())}::text[])
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

/** Notes by one row each the customers of whom nothing was known, and gives them. */
async function noteFirst(
  tx: Tx,
  importId: number,
  patches: readonly TraitPatch[],
): Promise<ReadonlySet<number>> {
  const seen = new Set<number>();
  const twice = new Set<number>();
  for (const { customerId } of patches) (seen.has(customerId) ? twice : seen).add(customerId);
  const plain = patches.filter(
    (one) => !twice.has(one.customerId) && !Object.values(one.traits).includes(null),
  );
  const rows = await query(
    tx,
    sql`insert into import_first_traits (customer_id, import_id, said_at, traits)
      select c.id, ${importId}::bigint, a.said_at, a.traits
      from unnest(${plain.map((one) => one.customerId)}::bigint[], ${plain.map((one) => JSON.stringify(one.traits))}::jsonb[], ${plain.map((one) => one.at.toISOString())}::text[])
        as a (id, traits, said_at)
      join customers c on c.id = a.id
      where ${isBlank}
      returning customer_id`,
    z.object({ customerId: z.number() }),
  );
  return new Set(rows.map((row) => row.customerId));
}

/** Makes of what an import noted by one row for each customer what it notes for each trait, where more is to be said. */
async function unfold(tx: Tx, importId: number, customerIds: readonly number[]): Promise<void> {
  await query(
    tx,
    sql`with first as (
        delete from import_first_traits where import_id = ${importId} and customer_id = any(${[...customerIds]}::bigint[]) returning *
      )
      insert into import_traits (import_id, customer_id, key, value, said_at)
      select f.import_id, f.customer_id, t.key, t.value, f.said_at from first f, jsonb_each(f.traits) as t (key, value)
      on conflict do nothing`,
  );
}

/**
 * Takes back the traits that an import set for these customers: what stood before stands again. Where something set a
 * trait later, that stays; a later import then remembers what stood before this one.
 */
export async function retractTraits(tx: Tx, importId: number, customerIds: readonly number[]): Promise<void> {
  if (!customerIds.length) return;
  const ids = [...customerIds];
  await unfold(tx, importId, ids);
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
