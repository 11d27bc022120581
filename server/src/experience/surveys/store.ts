import type { Pool } from "pg";
import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { execute, query, queryOne, sql } from "../../platform/postgres/index.ts";
import { type AnswerChannel, StoredAnswer, Survey, type SurveyDraft, SurveyLink } from "./model.ts";

type Db = Pool | Tx;

const surveyColumns = sql.raw(
  "id, name, slug, language, question, state, created_at, published_at, closed_at",
);
const answerColumns = sql.raw(
  "id, survey_id, customer_id, channel, score, reason, language, answered_at, changed_at, revision",
);
const linkColumns = sql.raw("id, survey_id, customer_id, kind, expires_at");

export function listSurveys(db: Db): Promise<Survey[]> {
  return query(
    db,
    sql`select ${surveyColumns} from surveys order by created_at desc, id desc limit 500`,
    Survey,
  );
}

export function findSurvey(db: Db, id: number): Promise<Survey | undefined> {
  return queryOne(db, sql`select ${surveyColumns} from surveys where id = ${id}`, Survey);
}

export function findSurveyBySlug(db: Db, slug: string): Promise<Survey | undefined> {
  return queryOne(db, sql`select ${surveyColumns} from surveys where slug = ${slug}`, Survey);
}

export function lockSurvey(tx: Tx, id: number): Promise<Survey | undefined> {
  return queryOne(tx, sql`select ${surveyColumns} from surveys where id = ${id} for update`, Survey);
}

/** Keeps the survey from being closed or changed until the transaction ends; many may hold it at once. */
export function holdSurvey(tx: Tx, id: number): Promise<Survey | undefined> {
  return queryOne(tx, sql`select ${surveyColumns} from surveys where id = ${id} for share`, Survey);
}

export async function insertSurvey(tx: Tx, draft: SurveyDraft, at: Date): Promise<Survey> {
  const saved = await queryOne(
    tx,
    sql`insert into surveys (name, slug, language, question, created_at)
      values (${draft.name}, ${draft.slug}, ${draft.language}, ${sql.json(draft.question)}, ${at})
      returning ${surveyColumns}`,
    Survey,
  );
  return saved!;
}

export async function saveSurvey(tx: Tx, survey: Survey): Promise<void> {
  await query(
    tx,
    sql`update surveys set name = ${survey.name}, slug = ${survey.slug}, language = ${survey.language},
        question = ${sql.json(survey.question)}, state = ${survey.state}, published_at = ${survey.publishedAt},
        closed_at = ${survey.closedAt}
      where id = ${survey.id}`,
  );
}

export async function deleteSurvey(tx: Tx, id: number): Promise<void> {
  await query(tx, sql`delete from surveys where id = ${id}`);
}

/** Takes an address for this garden; false when another survey of any garden has it. */
export async function takeSlug(tx: Tx, garden: string, slug: string): Promise<boolean> {
  const taken = await execute(
    tx,
    sql`insert into rondell.public_slugs (slug, garden, kind) values (${slug}, ${garden}, 'survey') on conflict do nothing`,
  );
  return taken === 1;
}

export async function freeSlug(tx: Tx, garden: string, slug: string): Promise<void> {
  await query(
    tx,
    sql`delete from rondell.public_slugs where slug = ${slug} and garden = ${garden} and kind = 'survey'`,
  );
}

/** The garden behind an address. `db` is any pool: the table stands in the schema `rondell`. */
export async function gardenOfSlug(db: Db, slug: string): Promise<string | undefined> {
  const row = await queryOne(
    db,
    sql`select garden from rondell.public_slugs where slug = ${slug} and kind = 'survey'`,
    z.object({ garden: z.string() }),
  );
  return row?.garden;
}

export async function insertLinks(
  tx: Tx,
  links: { customerId: number; hash: Buffer }[],
  shared: { surveyId: number; kind: "personal" | "visitor"; by: string; at: Date; expiresAt: Date },
): Promise<void> {
  await query(
    tx,
    sql`insert into survey_links (survey_id, customer_id, kind, token_hash, created_by, created_at, expires_at)
      select ${shared.surveyId}, customer_id, ${shared.kind}, token_hash, ${shared.by}, ${shared.at}, ${shared.expiresAt}
      from unnest(${links.map((link) => link.customerId)}::bigint[], ${links.map((link) => link.hash)}::bytea[])
        as l (customer_id, token_hash)`,
  );
}

export function findLink(db: Db, hash: Buffer): Promise<SurveyLink | undefined> {
  return queryOne(db, sql`select ${linkColumns} from survey_links where token_hash = ${hash}`, SurveyLink);
}

/** The answer of a customer in this way, if there is one. */
export function findAnswerOf(
  db: Db,
  ask: { surveyId: number; customerIds: readonly number[]; channel: AnswerChannel },
): Promise<StoredAnswer | undefined> {
  return queryOne(
    db,
    sql`select ${answerColumns} from survey_answers
      where survey_id = ${ask.surveyId} and channel = ${ask.channel} and customer_id = any(${[...ask.customerIds]}::bigint[])
      order by answered_at desc limit 1`,
    StoredAnswer,
  );
}

export function findAnswerByKey(db: Db, surveyId: number, hash: Buffer): Promise<StoredAnswer | undefined> {
  return queryOne(
    db,
    sql`select ${answerColumns} from survey_answers where survey_id = ${surveyId} and key_hash = ${hash}`,
    StoredAnswer,
  );
}

export type NewAnswer = Pick<
  StoredAnswer,
  "surveyId" | "customerId" | "channel" | "score" | "reason" | "language" | "answeredAt"
> & { keyHash: Buffer };

/** Saves an answer; undefined when the same one was saved by another request at this very time. */
export function insertAnswer(tx: Tx, answer: NewAnswer): Promise<StoredAnswer | undefined> {
  return queryOne(
    tx,
    sql`insert into survey_answers (survey_id, customer_id, channel, key_hash, score, reason, language, answered_at)
      values (${answer.surveyId}, ${answer.customerId}, ${answer.channel}, ${answer.keyHash}, ${answer.score},
        ${answer.reason}, ${answer.language}, ${answer.answeredAt})
      on conflict do nothing returning ${answerColumns}`,
    StoredAnswer,
  );
}

export async function changeAnswer(
  tx: Tx,
  id: number,
  to: { score: number; reason: string | null; language: string; at: Date },
): Promise<StoredAnswer> {
  const saved = await queryOne(
    tx,
    sql`update survey_answers set score = ${to.score}, reason = ${to.reason}, language = ${to.language},
        changed_at = ${to.at}, revision = revision + 1
      where id = ${id} returning ${answerColumns}`,
    StoredAnswer,
  );
  return saved!;
}

/** Opens an alert for an answer that has none. */
export async function openAlert(tx: Tx, answerId: number, at: Date): Promise<void> {
  await query(
    tx,
    sql`insert into survey_alerts (answer_id, opened_at) values (${answerId}, ${at}) on conflict (answer_id) do nothing`,
  );
}

const CustomerRow = z.object({ customerId: z.number() });

/** The customers, as their ids were when they answered, whose scores lie in these bounds. */
export async function customersWho(
  db: Db,
  ask: { surveyId?: number; from?: Date; to?: Date; low: number; high: number },
): Promise<number[]> {
  const rows = await query(
    db,
    sql`select distinct customer_id from survey_answers
      where customer_id is not null and score between ${ask.low} and ${ask.high}
        and (${ask.surveyId ?? null}::bigint is null or survey_id = ${ask.surveyId ?? null})
        and (${ask.from ?? null}::timestamptz is null or answered_at >= ${ask.from ?? null})
        and (${ask.to ?? null}::timestamptz is null or answered_at < ${ask.to ?? null})`,
    CustomerRow,
  );
  return rows.map((row) => row.customerId);
}
