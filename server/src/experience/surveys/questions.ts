import { z } from "zod";
import { idsOf } from "../../data/identity/index.ts";
import type { Context } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { AnswerChannel } from "./model.ts";
import { groupOf, NpsCounts, NpsEstimate, type NpsGroup, npsOf, scoresOf } from "./nps.ts";
import { withReason } from "./sealed.ts";

/** Half-open: `from` counts, `to` does not. */
export interface Period {
  from: Date;
  to: Date;
}

/** The score of all answers of a period. `estimate` is null where nobody answered. */
export const NpsScore = NpsCounts.extend({ answers: z.number(), estimate: NpsEstimate.nullable() });
export type NpsScore = z.infer<typeof NpsScore>;

const Counts = NpsCounts.extend({ surveyId: z.number().optional(), since: z.date().optional() });

const groups = sql.raw(`count(*) filter (where score >= ${scoresOf.promoter[0]})::int as promoters,
  count(*) filter (where score between ${scoresOf.passive[0]} and ${scoresOf.passive[1]})::int as passives,
  count(*) filter (where score <= ${scoresOf.detractor[1]})::int as detractors`);

/** The Net Promoter Score of the answers given in a period, of one survey or of all. */
export async function npsScore(ctx: Context, period: Period, surveyId?: number): Promise<NpsScore> {
  const [counts] = await query(
    ctx.pool,
    sql`select ${groups} from survey_answers
      where answered_at >= ${period.from} and answered_at < ${period.to}
        and (${surveyId ?? null}::bigint is null or survey_id = ${surveyId ?? null})`,
    Counts,
  );
  return scoreOf(counts!);
}

/** The score of each survey over all its answers; surveys that nobody answered are left out. */
export async function scoresBySurvey(ctx: Context): Promise<Map<number, NpsScore>> {
  const rows = await query(
    ctx.pool,
    sql`select survey_id, ${groups} from survey_answers group by survey_id`,
    Counts.extend({ surveyId: z.number() }),
  );
  return new Map(rows.map((row) => [row.surveyId, scoreOf(row)]));
}

export const TrendPoint = NpsScore.extend({ since: z.date() });
export type TrendPoint = z.infer<typeof TrendPoint>;
export const TrendStep = z.enum(["day", "week", "month"]);
export type TrendStep = z.infer<typeof TrendStep>;

/** The score step by step, in the garden's zone; weeks begin on Monday. Steps without an answer are left out. */
export async function npsTrend(
  ctx: Context,
  ask: { period: Period; step: TrendStep; surveyId?: number },
): Promise<TrendPoint[]> {
  const rows = await query(
    ctx.pool,
    sql`select date_trunc(${ask.step}, answered_at, ${ctx.garden.timezone}) as since, ${groups} from survey_answers
      where answered_at >= ${ask.period.from} and answered_at < ${ask.period.to}
        and (${ask.surveyId ?? null}::bigint is null or survey_id = ${ask.surveyId ?? null})
      group by 1 order by 1`,
    Counts.extend({ since: z.date() }),
  );
  return rows.map((row) => ({ ...scoreOf(row), since: row.since }));
}

/** How many gave each score from 0 to 10. */
export async function distribution(ctx: Context, surveyId: number, period: Period): Promise<number[]> {
  const rows = await query(
    ctx.pool,
    sql`select score, count(*)::int as answers from survey_answers
      where survey_id = ${surveyId} and answered_at >= ${period.from} and answered_at < ${period.to} group by score`,
    z.object({ score: z.number(), answers: z.number() }),
  );
  const counts = new Array<number>(11).fill(0);
  for (const row of rows) counts[row.score] = row.answers;
  return counts;
}

/** How many personal links were made, and how many of them were answered. */
export async function response(ctx: Context, surveyId: number): Promise<{ asked: number; answered: number }> {
  const [row] = await query(
    ctx.pool,
    sql`select
      (select count(distinct customer_id)::int from survey_links where survey_id = ${surveyId} and kind = 'personal') as asked,
      (select count(*)::int from survey_answers where survey_id = ${surveyId} and channel = 'personal') as answered`,
    z.object({ asked: z.number(), answered: z.number() }),
  );
  return row!;
}

export const CustomerAnswer = z.object({
  answerId: z.number(),
  surveyId: z.number(),
  surveyName: z.string(),
  slug: z.string(),
  customerId: z.number(),
  channel: AnswerChannel,
  score: z.number(),
  reason: z.string().nullable(),
  answeredAt: z.date(),
  changedAt: z.date().nullable(),
  alert: z.enum(["open", "done"]).nullable(),
});
export type CustomerAnswer = z.infer<typeof CustomerAnswer> & { group: NpsGroup };

/**
 * What these customers answered, newest first, the answers of ids joined into them included. The
 * answer's `customerId` is the one that was asked about.
 */
export async function answersOf(
  ctx: Context,
  customerIds: readonly number[],
  max = 50,
): Promise<CustomerAnswer[]> {
  const owners = new Map<number, number>();
  for (const id of customerIds) for (const each of await idsOf(ctx.pool, id)) owners.set(each, id);
  const rows = await answers(ctx, { customerIds: [...owners.keys()], max });
  return rows.map((row) => ({ ...row, customerId: owners.get(row.customerId!)!, group: groupOf(row.score) }));
}

const AnswerRow = CustomerAnswer.extend({ customerId: z.number().nullable() });

/** A page of answers, newest first. `before` is the last answer of the page before. */
export async function answers(
  ctx: Pick<Context, "pool" | "keys">,
  ask: {
    surveyId?: number;
    customerIds?: readonly number[];
    period?: Period;
    group?: NpsGroup;
    score?: number;
    withReason?: boolean;
    before?: { answeredAt: Date; answerId: number };
    max: number;
  },
): Promise<z.infer<typeof AnswerRow>[]> {
  const [low, high] =
    ask.score !== undefined ? [ask.score, ask.score] : ask.group ? scoresOf[ask.group] : [0, 10];
  const rows = await query(
    ctx.pool,
    sql`select a.id as answer_id, a.survey_id, s.name as survey_name, s.slug, a.customer_id, a.channel, a.score, a.reason,
        a.answered_at, a.changed_at, l.state as alert
      from survey_answers a join surveys s on s.id = a.survey_id left join survey_alerts l on l.answer_id = a.id
      where a.score between ${low} and ${high}
        ${ask.surveyId === undefined ? sql.empty : sql`and a.survey_id = ${ask.surveyId}`}
        ${ask.customerIds ? sql`and a.customer_id = any(${[...ask.customerIds]}::bigint[])` : sql.empty}
        ${ask.period ? sql`and a.answered_at >= ${ask.period.from} and a.answered_at < ${ask.period.to}` : sql.empty}
        ${ask.withReason ? sql`and a.reason is not null` : sql.empty}
        ${ask.before ? sql`and (a.answered_at, a.id) < (${ask.before.answeredAt}::timestamptz, ${ask.before.answerId}::bigint)` : sql.empty}
      order by a.answered_at desc, a.id desc limit ${ask.max}`,
    AnswerRow,
  );
  return rows.map((row) => withReason(ctx, row));
}

function scoreOf(counts: NpsCounts): NpsScore {
  const { promoters, passives, detractors } = counts;
  return {
    promoters,
    passives,
    detractors,
    answers: promoters + passives + detractors,
    estimate: npsOf(counts) ?? null,
  };
}
