import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { Language } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { shownText } from "../../platform/shown-text.ts";

/** The question in each language that the survey offers. */
export const Question = z.object({ en: z.string().optional(), de: z.string().optional() });
export type Question = z.infer<typeof Question>;

export const SurveyState = z.enum(["draft", "open", "closed"]);
export type SurveyState = z.infer<typeof SurveyState>;

export const Survey = z.object({
  id: z.number(),
  name: z.string(),
  slug: z.string(),
  language: Language,
  question: Question,
  state: SurveyState,
  createdAt: z.date(),
  publishedAt: z.date().nullable(),
  closedAt: z.date().nullable(),
});
export type Survey = z.infer<typeof Survey>;

/** What an operator writes. */
export const SurveyDraft = z.object({
  name: shownText(120),
  slug: z
    .string()
    .trim()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$/, "2 to 60 small letters, digits and hyphens")
    .min(2),
  language: Language,
  question: z.object({
    en: z.string().trim().max(300).optional(),
    de: z.string().trim().max(300).optional(),
  }),
});
export type SurveyDraft = z.infer<typeof SurveyDraft>;

/** Empty questions are languages that are not offered. */
export function cleanDraft(draft: SurveyDraft): SurveyDraft {
  const question = Object.fromEntries(Object.entries(draft.question).filter(([, text]) => text));
  if (!question[draft.language]) {
    refuse(
      "invalid",
      "survey.no_question",
      `Write the question in the survey's own language (${draft.language}).`,
    );
  }
  return { ...draft, question };
}

export const languagesOf = (survey: Pick<Survey, "question">): Language[] =>
  Language.options.filter((language) => survey.question[language]);

/** By a personal link, by a visitor whom we knew, or by anyone. */
export const AnswerChannel = z.enum(["personal", "visitor", "open"]);
export type AnswerChannel = z.infer<typeof AnswerChannel>;

export const StoredAnswer = z.object({
  id: z.number(),
  surveyId: z.number(),
  customerId: z.number().nullable(),
  channel: AnswerChannel,
  score: z.number(),
  reason: z.string().nullable(),
  language: z.string(),
  answeredAt: z.date(),
  changedAt: z.date().nullable(),
  revision: z.number(),
});
export type StoredAnswer = z.infer<typeof StoredAnswer>;

export const SurveyLink = z.object({
  id: z.number(),
  surveyId: z.number(),
  customerId: z.number(),
  kind: z.enum(["personal", "visitor"]),
  expiresAt: z.date(),
});
export type SurveyLink = z.infer<typeof SurveyLink>;

/** The longest reason that is kept, in characters. */
export const reasonMax = 4000;

/** A reason as it is kept: without control characters and outer space; undefined where nothing is left. */
export function cleanReason(text: string | undefined): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out.
  const clean = text?.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "").trim();
  return clean ? clean.slice(0, reasonMax) : undefined;
}

/** 192 random bits, as text for an address. */
export const newToken = () => randomBytes(24).toString("base64url");

/** What is kept of a secret. It is long and random, so one round of SHA-256 is enough. */
export const hashOf = (secret: string) => createHash("sha256").update(secret).digest();

/** Has the shape of a token, so that anything else is refused without a question to the database. */
export const isToken = (text: string) => /^[A-Za-z0-9_-]{32}$/.test(text);

/** How long a personal link leads to its customer's pages, in days. */
export const personalLinkDays = 365;
/** How long the token of an answering visitor does. */
export const visitorLinkDays = 30;
