import { z } from "zod";
import { type Context, record } from "../../garden/index.ts";
import { execute, query, queryOne, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { openNote, sealNote, withReason } from "./sealed.ts";

export const AlertState = z.enum(["open", "done"]);
export type AlertState = z.infer<typeof AlertState>;

const AlertRow = z.object({
  id: z.number(),
  state: AlertState,
  openedAt: z.date(),
  doneAt: z.date().nullable(),
  answerId: z.number(),
  surveyId: z.number(),
  surveyName: z.string(),
  customerId: z.number().nullable(),
  score: z.number(),
  reason: z.string().nullable(),
  language: z.string(),
});
const NoteRow = z.object({
  alertId: z.number(),
  text: z.string(),
  closed: z.boolean(),
  writtenBy: z.string(),
  writtenAt: z.date(),
});
export type Alert = z.infer<typeof AlertRow> & { notes: z.infer<typeof NoteRow>[] };

const columns =
  sql.raw(`l.id, l.state, l.opened_at, l.done_at, a.id as answer_id, a.survey_id, s.name as survey_name,
  a.customer_id, a.score, a.reason, a.language`);

/**
 * The alerts of one state: the open ones oldest first, since they have waited longest; the others
 * newest first. An alert shows the answer as it is now, also when the customer changed it.
 */
export async function listAlerts(
  ctx: Context,
  ask: { state?: AlertState; after?: number; max: number },
): Promise<Alert[]> {
  const direction = ask.state === "open" ? sql.raw("asc") : sql.raw("desc");
  const beyond = ask.state === "open" ? sql.raw(">") : sql.raw("<");
  const rows = await query(
    ctx.pool,
    sql`select ${columns} from survey_alerts l join survey_answers a on a.id = l.answer_id join surveys s on s.id = a.survey_id
      where (${ask.state ?? null}::text is null or l.state = ${ask.state ?? null})
        ${ask.after === undefined ? sql.empty : sql`and l.id ${beyond} ${ask.after}::bigint`}
      order by l.id ${direction} limit ${ask.max}`,
    AlertRow,
  );
  return withNotes(ctx, rows);
}

/** Refuses: alert.missing. */
export async function getAlert(ctx: Context, id: number): Promise<Alert> {
  const row = await queryOne(
    ctx.pool,
    sql`select ${columns} from survey_alerts l join survey_answers a on a.id = l.answer_id join surveys s on s.id = a.survey_id
      where l.id = ${id}`,
    AlertRow,
  );
  if (!row) refuse("missing", "alert.missing", "There is no such alert.");
  return (await withNotes(ctx, [row]))[0]!;
}

const AlertCount = z.object({ open: z.number(), oldest: z.date().nullable() });

/** How many wait, and since when the oldest does. */
export async function countAlerts(ctx: Context): Promise<z.infer<typeof AlertCount>> {
  const row = await queryOne(
    ctx.pool,
    sql`select count(*)::int as open, min(opened_at) as oldest from survey_alerts where state = 'open'`,
    AlertCount,
  );
  return row!;
}

/**
 * Writes down what was done about an unhappy customer, and closes the alert where nothing is left to
 * do. A note on a closed alert may follow later. Refuses: alert.missing.
 */
export async function noteAlert(
  ctx: Context,
  id: number,
  note: { text: string; close: boolean },
): Promise<Alert> {
  ctx.require("experience:write");
  await ctx.inTransaction(async (tx) => {
    const before = await queryOne(
      tx,
      sql`select state from survey_alerts where id = ${id} for update`,
      z.object({ state: AlertState }),
    );
    if (!before) refuse("missing", "alert.missing", "There is no such alert.");
    await query(
      tx,
      sql`insert into survey_alert_notes (alert_id, text, closed, written_by, written_at)
        values (${id}, ${sealNote(ctx, note.text)}, ${note.close}, ${ctx.actor.name}, ${ctx.now()})`,
    );
    if (note.close) {
      await execute(
        tx,
        sql`update survey_alerts set state = 'done', done_at = ${ctx.now()} where id = ${id} and state = 'open'`,
      );
    }
    // The words stay with the alert: the trail says that something was noted.
    const after = { state: note.close ? "done" : before.state };
    await record(
      tx,
      ctx,
      note.close ? "survey.alert_closed" : "survey.alert_noted",
      `alert ${id}`,
      before,
      after,
    );
  });
  return getAlert(ctx, id);
}

/** Puts a closed alert back among those that wait. Refuses: alert.missing. */
export async function reopenAlert(ctx: Context, id: number): Promise<Alert> {
  ctx.require("experience:write");
  await ctx.inTransaction(async (tx) => {
    const touched = await execute(
      tx,
      sql`update survey_alerts set state = 'open', done_at = null where id = ${id} and state = 'done'`,
    );
    if (touched)
      await record(tx, ctx, "survey.alert_reopened", `alert ${id}`, { state: "done" }, { state: "open" });
  });
  return getAlert(ctx, id);
}

async function withNotes(ctx: Context, rows: z.infer<typeof AlertRow>[]): Promise<Alert[]> {
  if (!rows.length) return [];
  const notes = await query(
    ctx.pool,
    sql`select alert_id, text, closed, written_by, written_at from survey_alert_notes
      where alert_id = any(${rows.map((row) => row.id)}::bigint[]) order by id`,
    NoteRow,
  );
  return rows.map((row) => ({
    ...withReason(ctx, row),
    notes: notes
      .filter((note) => note.alertId === row.id)
      .map((note) => ({ ...note, text: openNote(ctx, note.text) })),
  }));
}
