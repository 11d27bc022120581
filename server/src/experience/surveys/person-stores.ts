import { type PersonStore, rowsInPostgres } from "../../garden/index.ts";
import { execute, sql } from "../../platform/postgres/index.ts";

/** What operators wrote about an answer goes with the person, also where the score stays. */
export const surveyStores: PersonStore[] = [
  {
    name: "survey_alerts",
    engine: "postgres",
    erase: (tx, _ctx, { ids }) =>
      execute(
        tx,
        sql`delete from survey_alerts where answer_id in (select id from survey_answers where customer_id = any(${[...ids]}::bigint[]))`,
      ),
  },
  rowsInPostgres({
    table: "survey_answers",
    read: "answered_at, survey_id, channel, score, reason, language, changed_at",
    sealed: ["reason"],
    move: "reason = null",
  }),
  rowsInPostgres({ table: "survey_links", read: "created_at, survey_id, kind, expires_at" }),
];
