import type { PoolClient } from "pg";
import { z } from "zod";
import { queryOne, sql } from "../postgres/index.ts";
import type { Outgoing } from "./delivery.ts";

/**
 * Puts rows on their way into a table of the event store: after the commit, in order, exactly once.
 * Bytes and token are fixed here, so that a batch resent after a crash is recognised.
 */
export async function enqueue(tx: PoolClient, table: string, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  await enqueueLines(tx, table, Buffer.from(rows.map((row) => JSON.stringify(row)).join("\n")));
}

/** The same with ready JSON lines. Gives the batch, for a sender that will not wait to find it. */
export async function enqueueLines(tx: PoolClient, table: string, lines: Buffer): Promise<Outgoing> {
  const row = await queryOne(
    tx,
    sql`insert into outbox (target, lines) values (${table}, ${lines}) returning id`,
    z.object({ id: z.number() }),
  );
  return { id: row!.id, target: table, lines };
}
