import { type PersonStore, rowsInPostgres } from "../../garden/index.ts";

/** Alerts and notes about an answer go with it. */
export const surveyStores: PersonStore[] = [
  rowsInPostgres({
    table: "survey_answers",
    read: "answered_at, survey_id, channel, score, reason, language, changed_at",
    sealed: ["reason"],
    move: "reason = null",
  }),
  rowsInPostgres({ table: "survey_links", read: "created_at, survey_id, kind, expires_at" }),
];
