import { type Context, openText, type SealedColumn, sealText } from "../../garden/index.ts";

/** Words of customers, and of operators about them. */
export const sealedBySurveys: SealedColumn[] = [
  { table: "survey_answers", column: "reason" },
  { table: "survey_alert_notes", column: "text" },
];

type Keyed = Pick<Context, "keys">;

export const sealReason = (ctx: Keyed, reason: string | null) =>
  reason === null ? null : sealText(ctx, reason, "survey_answers.reason");

/** An answer with its reason as it was written. */
export const withReason = <T extends { reason: string | null }>(ctx: Keyed, answer: T): T => ({
  ...answer,
  reason: answer.reason === null ? null : openText(ctx, answer.reason, "survey_answers.reason"),
});

export const sealNote = (ctx: Keyed, text: string) => sealText(ctx, text, "survey_alert_notes.text");
export const openNote = (ctx: Keyed, text: string) => openText(ctx, text, "survey_alert_notes.text");
