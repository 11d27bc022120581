import { z } from "zod";
import { alone, type Context, type Person, schemaOf } from "../../garden/index.ts";
import { dropDeletedParts } from "../../platform/clickhouse/index.ts";
import type { JobContext } from "../../platform/jobs/index.ts";
import { type DiskStep, query, sql, takeOffTheDisk } from "../../platform/postgres/index.ts";
import { holdPipeline } from "../collect/index.ts";
import { flushOutbox } from "../events/index.ts";
import { holdCustomerRows } from "../profiles/index.ts";
import type { ErasureParts } from "./erase.ts";
import { Receipt } from "./model.ts";

const Pending = z.object({ id: z.string(), subjects: z.array(z.coerce.number()), receipt: Receipt });
type Pending = z.infer<typeof Pending>;

/** Tables that each erasure passes through, whatever it removed there. */
const passedThrough = ["inbox", "outbox", "facts", "customers", "identifiers", "erasures"];

/**
 * Takes the bytes of everybody who was erased off the disks, and says so in their receipts. What work under way had
 * written of them meanwhile goes first: imports are waited for.
 */
export async function sweep(
  ctx: Context,
  parts: ErasureParts & { ownServer: boolean },
  job: Pick<JobContext, "progress">,
): Promise<Record<string, unknown>> {
  return alone(ctx, async () => {
    const pending = await query(
      ctx.pool,
      sql`select id, subjects, receipt from erasures where gone_at is null order by unreachable_at`,
      Pending,
    );
    if (!pending.length) return { erasures: 0 };
    await job.progress(0.05);
    const late = await eraseLate(ctx, parts, pending);
    await job.progress(0.2);
    const dropped = await dropDeletedParts(ctx.events);
    await job.progress(0.6);
    const steps: DiskStep[] = [
      { step: "clickhouse.tables_rewritten", count: dropped.rewritten, guaranteed: true },
      { step: "clickhouse.old_parts_removed", count: dropped.removed, guaranteed: dropped.isGone },
      ...(await takeOffTheDisk(ctx.pool, touchedTables(ctx, pending), parts)),
    ];
    await job.progress(0.95);
    const at = ctx.now();
    const disks = steps.map((step) => ({ ...step, at: at.toISOString() }));
    for (const one of pending) {
      await query(
        ctx.pool,
        sql`update erasures set gone_at = ${at}, subjects = null, receipt = receipt || ${sql.json({ disks })} where id = ${one.id}`,
      );
    }
    return { erasures: pending.length, late, guaranteed: steps.every((step) => step.guaranteed) };
  });
}

/** What a run or a batch wrote of them that had read them before they were erased; gives how many rows. */
async function eraseLate(
  ctx: Context,
  { stores }: ErasureParts,
  pending: readonly Pending[],
): Promise<number> {
  const late = await ctx.inTransaction(async (tx) => {
    await holdPipeline(tx, ctx.garden.id);
    await holdCustomerRows(tx);
    await flushOutbox(ctx);
    let rows = 0;
    const ids = pending.flatMap((one) => one.subjects);
    const nameless: Person = { customerId: ids[0]!, ids, identifiers: [], texts: [] };
    for (const store of stores) rows += await store.erase(tx, ctx, nameless);
    return rows;
  });
  await flushOutbox(ctx);
  return late;
}

/** Every table of Postgres from which something was removed. */
function touchedTables(ctx: Context, pending: readonly Pending[]): { schema: string; table: string }[] {
  const schema = schemaOf(ctx.garden.id);
  const names = new Set(passedThrough);
  for (const { receipt } of pending)
    for (const { engine, store, count } of receipt.stores)
      if (engine === "postgres" && count > 0) names.add(store);
  const together: Record<string, string[]> = {
    consent_answers: ["consent_answers", "consent_current"],
    device_users: ["device_users", "shared_devices"],
    event_names: ["event_names", "event_days", "event_properties", "event_violations"],
    survey_alerts: ["survey_alerts", "survey_alert_notes"],
    exports: ["privacy_exports"],
  };
  const tables = [...names].flatMap((name) => together[name] ?? [name]);
  return [
    ...[...tables, "privacy_requests", "privacy_exports"].map((table) => ({ schema, table })),
    { schema: "rondell", table: "job_runs" },
    { schema: "jobs", table: "job" },
  ];
}
