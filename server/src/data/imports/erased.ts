import type { Context } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { erasedSince, suppressedAmong } from "../suppression/index.ts";
import { identifierKindOf, type Mapping } from "./model.ts";
import type { StoredImport } from "./store.ts";

/**
 * Takes out again what an import wrote of people who were erased while it worked: it had found them before. Called
 * after the last row is written, and before any is shown.
 */
export async function forgetErased(ctx: Context, one: StoredImport): Promise<void> {
  const ids = await erasedSince(ctx.pool, one.startedAt ?? one.createdAt);
  if (!ids.length) return;
  const params = { ids, id: one.id };
  const events = "import_id = {id:UInt32} and customer_id in {ids:Array(UInt64)}";
  await ctx.events.command(
    `delete from import_records where import_id = {id:UInt32} and event_id in (select event_id from events_stored where ${events})
      settings lightweight_deletes_sync = 2`,
    params,
  );
  await ctx.events.command(
    `delete from events_stored where ${events} settings lightweight_deletes_sync = 2`,
    params,
  );
  await ctx.inTransaction(async (tx) => {
    await query(
      tx,
      sql`delete from review_texts where import_id = ${one.id} and customer_id = any(${ids}::bigint[])`,
    );
    await query(
      tx,
      sql`delete from import_customers where import_id = ${one.id} and customer_id = any(${ids}::bigint[])`,
    );
  });
}

/** Those of some lines that name somebody who was erased, by their place: they stand in no list. */
export async function erasedAmongLines(
  ctx: Context,
  mapping: Pick<Mapping, "source" | "rules">,
  lines: readonly (readonly string[])[],
): Promise<ReadonlySet<number>> {
  const kind = identifierKindOf(mapping);
  const named: { kind: string; value: string; line: number }[] = lines.flatMap((cells, line) =>
    cells.flatMap((cell) => {
      const value = cell.trim();
      if (!value || value.length > 255) return [];
      const email = value.includes("@") ? [{ kind: "email", value: value.toLowerCase(), line }] : [];
      return [{ kind, value, line }, ...email];
    }),
  );
  const found = await suppressedAmong(ctx.pool, ctx, named);
  return new Set([...found].map((at) => named[at]!.line));
}
