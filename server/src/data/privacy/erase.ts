import { randomUUID } from "node:crypto";
import { z } from "zod";
import {
  announce,
  type Context,
  type Person,
  type PersonStore,
  record,
  type Tx,
} from "../../garden/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { holdPipeline } from "../collect/index.ts";
import { flushOutbox } from "../events/index.ts";
import { hashedNames, newCustomerIds } from "../identity/index.ts";
import { holdCustomerRows, queueCustomerRows } from "../profiles/index.ts";
import { hashesOf, ownKind, suppress } from "../suppression/index.ts";
import { type ErasureMode, Receipt } from "./model.ts";
import { findPerson } from "./person.ts";
import { noteErasure } from "./replay.ts";

/** What an erasure works on, beside the garden. */
export interface ErasureParts {
  stores: readonly PersonStore[];
  /** Where the list of erasures stands, beside the databases. */
  dataDir: string;
}

export const Erasure = z.object({
  id: z.string(),
  mode: z.enum(["erase", "anonymise"]),
  askedBy: z.string(),
  unreachableAt: z.date(),
  /** Null until nothing of the person is on the disks any more. */
  goneAt: z.date().nullable(),
  receipt: Receipt,
});
export type Erasure = z.infer<typeof Erasure>;

const erasureColumns = sql.raw("id, mode, asked_by, unreachable_at, gone_at, receipt");

/**
 * Erases a person, or keeps what they did under nobody's id. When this returns no screen, query or export shows them,
 * and nothing that names them comes in again. Their bytes leave the disks by the job that follows. Everything of
 * Postgres goes in one transaction; what has gone from the event store before a crash is simply not there when the
 * call is made again. Refuses customer.missing.
 */
export async function erasePerson(
  ctx: Context,
  parts: ErasureParts,
  ask: { customerId: number; mode: ErasureMode },
): Promise<Erasure> {
  ctx.require("privacy:erase");
  const erasure = await ctx.inTransaction(async (tx) => {
    // Nothing moves between the two stores meanwhile, so nothing of the person can arrive behind us.
    await holdPipeline(tx, ctx.garden.id);
    await holdCustomerRows(tx);
    await flushOutbox(ctx);
    const person = await findPerson(tx, ask.customerId);
    if (!person) refuse("missing", "customer.missing", "There is no such customer.");
    return erase(tx, ctx, parts, person, ask);
  });
  await flushOutbox(ctx);
  await noteErasure(ctx, parts.dataDir, erasure.id);
  return erasure;
}

async function erase(
  tx: Tx,
  ctx: Context,
  { stores }: ErasureParts,
  person: Person,
  ask: { mode: ErasureMode },
): Promise<Erasure> {
  const id = randomUUID();
  const hashes = hashesOf(ctx, [
    ...person.identifiers,
    ...hashedNames(person.identifiers),
    ...person.ids.map((own) => ({ kind: ownKind, value: String(own) })),
  ]);
  const as = ask.mode === "anonymise" ? await nobodyNew(tx, ctx) : undefined;
  await suppress(tx, id, hashes, ctx.now());
  const runs = await countingRuns(ctx, person.ids);
  const asked = await query(
    tx,
    sql`select id from privacy_requests where customer_id = any(${person.ids}::bigint[]) and closed_at is null`,
    z.object({ id: z.string() }),
  );
  const receipt: Receipt = { subjects: person.ids.length, stores: [], recomputed: runs.length };
  for (const store of stores) {
    const kept = as !== undefined && store.anonymise !== undefined;
    const count = kept ? await store.anonymise!(tx, ctx, person, as) : await store.erase(tx, ctx, person);
    receipt.stores.push({
      engine: store.engine,
      store: store.name,
      count,
      kept,
      at: ctx.now().toISOString(),
    });
  }
  const saved = await queryOne(
    tx,
    sql`insert into erasures (id, mode, subjects, hashes, asked_by, unreachable_at, receipt)
      values (${id}, ${ask.mode}, ${person.ids}::bigint[], ${hashes}::bytea[], ${ctx.actor.name}, ${ctx.now()}, ${sql.json(receipt)})
      returning ${erasureColumns}`,
    Erasure,
  );
  // With the person every question of theirs is answered.
  await query(
    tx,
    sql`update privacy_requests set erasure_id = ${id}, state = 'done', closed_at = ${ctx.now()}
      where id = any(${asked.map((one) => one.id)}::uuid[])`,
  );
  await markRuns(tx, runs);
  if (as !== undefined) await queueCustomerRows(tx, [as], ctx.garden.synthetic);
  // The trail says that somebody was erased, and by whom; the receipt says how much. Neither says who it was.
  await record(tx, ctx, ask.mode === "erase" ? "privacy.erased" : "privacy.anonymised", id, null, {
    stores: receipt.stores.filter((one) => one.count > 0).length,
    rows: receipt.stores.reduce((sum, one) => sum + one.count, 0),
  });
  await announce(tx, "privacy.erased", { erasureId: id, recompute: runs.length > 0 });
  return saved!;
}

/** An id that leads to nobody, under which what a person did still counts. */
async function nobodyNew(tx: Tx, ctx: Context): Promise<number> {
  const [id] = await newCustomerIds(tx, 1);
  const day = new Date(ctx.now());
  day.setUTCHours(0, 0, 0, 0);
  await query(
    tx,
    sql`insert into customers (id, known, created_at, first_seen_at, last_seen_at) values (${id!}, false, ${day}, ${day}, ${day})`,
  );
  return id!;
}

/** Runs of insight in which the person is counted. */
async function countingRuns(ctx: Context, ids: readonly number[]): Promise<number[]> {
  const rows = await ctx.events.query(
    z.object({ runId: z.number() }),
    { ids: [...ids] },
    "select distinct run_id from value_histories where customer_id in {ids:Array(UInt64)}",
  );
  return rows.map((row) => row.runId);
}

/** Says of them that one person less is in what they found, until the next run. */
async function markRuns(tx: Tx, runs: readonly number[]): Promise<void> {
  await query(
    tx,
    sql`insert into insight_erased as e (run_id, people) select run_id, 1 from unnest(${[...runs]}::bigint[]) as r (run_id)
      on conflict (run_id) do update set people = e.people + 1`,
  );
}

export async function listErasures(ctx: Context, max: number): Promise<Erasure[]> {
  return query(
    ctx.pool,
    sql`select ${erasureColumns} from erasures order by unreachable_at desc, id limit ${max}`,
    Erasure,
  );
}

/** Refuses erasure.missing. */
export async function getErasure(ctx: Context, id: string): Promise<Erasure> {
  const found = await queryOne(
    ctx.pool,
    sql`select ${erasureColumns} from erasures where id = ${id}`,
    Erasure,
  );
  return found ?? refuse("missing", "erasure.missing", "There is no such erasure.");
}
