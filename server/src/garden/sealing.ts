import type { Pool } from "pg";
import { z } from "zod";
import { type KeyRing, sealedWith } from "../platform/keys/index.ts";
import { query, sql, withTransaction } from "../platform/postgres/index.ts";
import { refuse } from "../platform/refusal.ts";
import type { Context } from "./context.ts";

/** A column of free text that is sealed with a key outside of the database. Each domain declares its own. */
export interface SealedColumn {
  table: string;
  column: string;
}

type Keyed = Pick<Context, "keys">;

/** A text as it is kept; `place` is `table.column`. */
export const sealText = ({ keys }: Keyed, text: string, place: string): string =>
  keys.ring().seal(text, place);

/** A text as it was written. Refuses key.missing, key.damaged. */
export const openText = ({ keys }: Keyed, text: string, place: string): string =>
  keys.ring().open(text, place);

/** Rows that one transaction seals. */
const atOnce = 500;

/**
 * Seals everything that is still as it was written, and what was sealed with a former key, with the newest. Each
 * transaction is whole: what was cut short goes on where it stopped. Gives how many texts were sealed.
 */
export async function sealAll(
  pool: Pool,
  ring: KeyRing,
  columns: readonly SealedColumn[],
  progress: (done: number) => Promise<void> = async () => {},
): Promise<number> {
  let done = 0;
  const own = `sealed:${ring.currentId}:%`;
  for (const { table, column } of columns) {
    const [t, c] = [sql.ident(table), sql.ident(column)];
    for (;;) {
      const sealed = await withTransaction(pool, async (tx) => {
        const rows = await query(
          tx,
          sql`select ctid::text as at, ${c} as text from ${t} where ${c} is not null and ${c} not like ${own} limit ${atOnce} for update`,
          z.object({ at: z.string(), text: z.string() }),
        );
        const place = `${table}.${column}`;
        const texts = rows.map((row) => ring.seal(ring.open(row.text, place), place));
        await query(
          tx,
          sql`update ${t} as t set ${c} = a.text from unnest(${rows.map((row) => row.at)}::text[], ${texts}::text[]) as a (at, text)
            where t.ctid = a.at::tid`,
        );
        return rows.length;
      });
      done += sealed;
      await progress(done);
      if (sealed < atOnce) break;
    }
  }
  return done;
}

/** Whether any text waits to be sealed with the newest key. Refuses key.missing where one needs a key that is not here. */
export async function waitsToBeSealed(
  pool: Pool,
  ring: KeyRing,
  columns: readonly SealedColumn[],
): Promise<boolean> {
  const own = `sealed:${ring.currentId}:%`;
  let waits = false;
  for (const { table, column } of columns) {
    const [t, c] = [sql.ident(table), sql.ident(column)];
    const rows = await query(
      pool,
      sql`select distinct case when ${c} like 'sealed:%' then left(${c}, 16) || 'AA==' else '' end as text from ${t}
        where ${c} is not null and ${c} not like ${own} limit 100`,
      z.object({ text: z.string() }),
    );
    for (const { text } of rows) {
      waits = true;
      const id = sealedWith(text);
      if (id !== undefined && !ring.ids.includes(id))
        refuse(
          "conflict",
          "key.missing",
          `Texts of this garden are sealed with the key ${id}, which is not here. Put secrets/encryption.keys back from where the data was, or add the key to RONDELL_ENCRYPTION_KEY.`,
          { key: id },
        );
    }
  }
  return waits;
}
