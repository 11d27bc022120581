import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";

/** Until the transaction ends, no other takes events of this garden out of the inbox, and none is doing so now. */
export async function holdPipeline(tx: Tx, garden: string): Promise<void> {
  await query(tx, sql`select pg_advisory_xact_lock(hashtext(${`pipeline ${garden}`}))`);
}
