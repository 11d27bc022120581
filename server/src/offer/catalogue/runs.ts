import { z } from "zod";
import type { Context, Tx } from "../../garden/index.ts";
import { execute, query, queryOne, sql } from "../../platform/postgres/index.ts";

/** A dated run: everything that is offered comes from the one that is current. */
export const OfferRun = z.object({
  id: z.number(),
  /** Orders received before this instant are in it. */
  startedAt: z.date(),
  finishedAt: z.date().nullable(),
  summary: z.record(z.string(), z.unknown()),
});
export type OfferRun = z.infer<typeof OfferRun>;

/** Dated tables of the offer station, each with one partition a run. */
const datedTables = [
  "order_lines_dated",
  "products_dated",
  "bought_products_dated",
  "bought_together_dated",
  "next_products_dated",
] as const;

/** Runs kept beside the current one. */
const oldRunsKept = 2;

const Id = z.object({ id: z.number() });

export async function beginRun(ctx: Context): Promise<OfferRun> {
  const run = await queryOne(
    ctx.pool,
    sql`insert into offer_runs (state, started_at) values ('running', ${ctx.now()}) returning id, started_at, finished_at, summary`,
    OfferRun,
  );
  return run!;
}

/** The run that everyone reads, or undefined before the first. */
export function findCurrentRun(db: Pick<Context["pool"], "query"> | Tx): Promise<OfferRun | undefined> {
  return queryOne(
    db as Tx,
    sql`select id, started_at, finished_at, summary from offer_runs where state = 'current'`,
    OfferRun,
  );
}

/**
 * The switch: within this transaction the finished run takes the place of the one before. A run that a newer one has
 * overtaken is not shown any more: who waits for it finds the newer results.
 */
export async function makeCurrent(tx: Tx, ctx: Context, runId: number, summary: object): Promise<void> {
  // A run of insight and one of the offers alone may end at the same time.
  await query(tx, sql`lock table offer_runs in share row exclusive mode`);
  const newer = await queryOne(
    tx,
    sql`select id from offer_runs where state = 'current' and id > ${runId}`,
    Id,
  );
  if (newer) {
    await query(
      tx,
      sql`update offer_runs set state = 'old', finished_at = ${ctx.now()} where id = ${runId} and state = 'running'`,
    );
    return;
  }
  await query(tx, sql`update offer_runs set state = 'old' where state = 'current'`);
  const switched = await execute(
    tx,
    sql`update offer_runs set state = 'current', finished_at = ${ctx.now()}, summary = ${sql.json(summary)}
      where id = ${runId} and state = 'running'`,
  );
  if (switched !== 1)
    throw new Error(`The offer run ${runId} was given up before it ended; its results are not shown.`);
}

/** Marks a run that broke, and drops what it had written. */
export async function abandonRun(ctx: Context, runId: number): Promise<void> {
  await query(
    ctx.pool,
    sql`update offer_runs set state = 'failed', finished_at = ${ctx.now()} where id = ${runId} and state = 'running'`,
  );
  await dropRun(ctx, runId);
}

/** Drops what nobody reads any more: failed and interrupted runs at once, old ones but the newest few. */
export async function tidyRuns(ctx: Context): Promise<void> {
  // Marked first: a slower run that this one overtook then finds that it can no longer become current.
  const gone = await query(
    ctx.pool,
    sql`update offer_runs set state = 'failed'
      where state in ('failed', 'running') and id < (select max(id) from offer_runs where state = 'current')
        or id in (select id from offer_runs where state = 'old' order by id desc offset ${oldRunsKept})
      returning id`,
    Id,
  );
  for (const { id } of gone) await dropRun(ctx, id);
  await query(ctx.pool, sql`delete from offer_runs where id = any(${gone.map((run) => run.id)}::bigint[])`);
}

async function dropRun(ctx: Context, runId: number): Promise<void> {
  for (const table of datedTables) {
    await ctx.events.command(
      `alter table ${table} drop partition {run:UInt32}`,
      { run: runId },
      { lane: "work" },
    );
  }
}

/** The order lines serve only the run itself. */
export async function dropOrderLines(ctx: Context, runId: number): Promise<void> {
  await ctx.events.command(
    "alter table order_lines_dated drop partition {run:UInt32}",
    { run: runId },
    { lane: "work" },
  );
}
