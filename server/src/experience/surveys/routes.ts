import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { survivorsOf } from "../../data/identity/index.ts";
import { customersById } from "../../data/profiles/index.ts";
import { type Context, Language, type Route } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import { baseUrlOf, SurveyPath, type SurveysSurroundings, surveyIdOf } from "./addresses.ts";
import { AlertState, countAlerts, listAlerts, noteAlert, reopenAlert } from "./alerts.ts";
import { closeSurvey, createSurvey, deleteSurvey, editSurvey, getSurvey, publishSurvey } from "./edit.ts";
import { linksRoutes } from "./link-routes.ts";
import { AnswerChannel, Question, type Survey, SurveyDraft, SurveyState } from "./model.ts";
import { groupOf, NpsCounts, NpsEstimate, NpsGroup, npsChange } from "./nps.ts";
import {
  answers,
  distribution,
  NpsScore,
  npsScore,
  npsTrend,
  response,
  scoresBySurvey,
  TrendStep,
} from "./questions.ts";
import { listSurveys } from "./store.ts";

const tag = "Surveys";
const Instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const Said = z.object({ customer: z.object({ id: z.string(), name: z.string().nullable() }).nullable() });
const SurveyReply = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  /** The address that customers open. */
  url: z.string(),
  language: Language,
  question: Question,
  state: SurveyState,
  createdAt: z.date(),
  publishedAt: z.date().nullable(),
  closedAt: z.date().nullable(),
});
const ScoreReply = NpsScore;
const AnswerReply = Said.extend({
  id: z.number(),
  surveyId: z.string(),
  surveyName: z.string(),
  channel: AnswerChannel,
  score: z.number(),
  group: NpsGroup,
  reason: z.string().nullable(),
  answeredAt: z.date(),
  changedAt: z.date().nullable(),
  alert: AlertState.nullable(),
});
const AlertReply = Said.extend({
  id: z.number(),
  state: AlertState,
  openedAt: z.date(),
  doneAt: z.date().nullable(),
  surveyId: z.string(),
  surveyName: z.string(),
  score: z.number(),
  reason: z.string().nullable(),
  language: z.string(),
  notes: z.array(
    z.object({ text: z.string(), closed: z.boolean(), writtenBy: z.string(), writtenAt: z.date() }),
  ),
});
const PeriodQuery = z.object({ from: Instant.optional(), to: Instant.optional() });

/** The period asked for; open ends reach as far as there are answers. */
function periodOf(ctx: Context, ask: { from?: Date | undefined; to?: Date | undefined }) {
  return { from: ask.from ?? new Date(0), to: ask.to ?? new Date(ctx.now().getTime() + 1) };
}

/** What operators do with surveys, their answers and alerts. */
export function surveysRoutes(route: Route, around: SurveysSurroundings): void {
  const shown = (survey: Survey, request: FastifyRequest) => ({
    ...survey,
    id: publicId("survey", survey.id),
    url: `${baseUrlOf(around, request)}/s/${survey.slug}`,
  });

  route({
    method: "GET",
    url: "/api/surveys",
    access: { right: "experience:read" },
    tag,
    summary: "List surveys with their scores",
    reply: z.object({ surveys: z.array(SurveyReply.extend({ score: ScoreReply.nullable() })) }),
    handler: async ({ ctx, request }) => {
      const [surveys, scores] = [await listSurveys(ctx.pool), await scoresBySurvey(ctx)];
      return {
        surveys: surveys.map((one) => ({ ...shown(one, request), score: scores.get(one.id) ?? null })),
      };
    },
  });

  route({
    method: "POST",
    url: "/api/surveys",
    access: { right: "experience:write" },
    tag,
    summary: "Begin a survey",
    body: SurveyDraft,
    reply: SurveyReply,
    refusals: ["survey.slug_taken", "survey.no_question"],
    status: 201,
    handler: async ({ ctx, body, request }) => shown(await createSurvey(ctx, body), request),
  });

  route({
    method: "GET",
    url: "/api/surveys/:id",
    access: { right: "experience:read" },
    tag,
    summary: "One survey",
    params: SurveyPath,
    reply: SurveyReply,
    refusals: ["survey.missing"],
    handler: async ({ ctx, params, request }) => shown(await getSurvey(ctx, surveyIdOf(params.id)), request),
  });

  route({
    method: "PATCH",
    url: "/api/surveys/:id",
    access: { right: "experience:write" },
    tag,
    summary: "Change a survey",
    description: "A draft may change in full; of an open survey only the name.",
    params: SurveyPath,
    body: SurveyDraft.partial(),
    reply: SurveyReply,
    refusals: ["survey.missing", "survey.not_draft", "survey.slug_taken", "survey.no_question"],
    handler: async ({ ctx, params, body, request }) =>
      shown(await editSurvey(ctx, surveyIdOf(params.id), body), request),
  });

  route({
    method: "DELETE",
    url: "/api/surveys/:id",
    access: { right: "experience:write" },
    tag,
    summary: "Throw a draft away",
    params: SurveyPath,
    reply: z.object({ deleted: z.boolean() }),
    refusals: ["survey.missing", "survey.not_draft"],
    handler: async ({ ctx, params }) => {
      await deleteSurvey(ctx, surveyIdOf(params.id));
      return { deleted: true };
    },
  });

  for (const [verb, work, summary, refusal] of [
    ["publish", publishSurvey, "Open a survey to answers", "survey.not_draft"],
    ["close", closeSurvey, "Close a survey for good", "survey.not_open"],
  ] as const) {
    route({
      method: "POST",
      url: `/api/surveys/:id/${verb}`,
      access: { right: "experience:write" },
      tag,
      summary,
      params: SurveyPath,
      reply: SurveyReply,
      refusals: ["survey.missing", refusal],
      handler: async ({ ctx, params, request }) => shown(await work(ctx, surveyIdOf(params.id)), request),
    });
  }

  route({
    method: "GET",
    url: "/api/surveys/:id/results",
    access: { right: "experience:read" },
    tag,
    summary: "Score, distribution and trend of a survey",
    params: SurveyPath,
    query: PeriodQuery.extend({ step: TrendStep.default("week") }),
    reply: z.object({
      score: ScoreReply,
      /** How many gave each score from 0 to 10. */
      distribution: z.array(z.number()),
      trend: z.array(ScoreReply.extend({ since: z.date() })),
      /** Of the newest step against the one before; null while there are not two. */
      change: z.object({ estimate: NpsEstimate, before: NpsCounts, after: NpsCounts }).nullable(),
      response: z.object({ asked: z.number(), answered: z.number() }),
    }),
    refusals: ["survey.missing"],
    handler: async ({ ctx, params, query }) => {
      const survey = await getSurvey(ctx, surveyIdOf(params.id));
      const period = periodOf(ctx, query);
      const trend = await npsTrend(ctx, { period, step: query.step, surveyId: survey.id });
      const [before, after] = trend.slice(-2);
      const estimate = before && after ? npsChange(before, after) : undefined;
      return {
        score: await npsScore(ctx, period, survey.id),
        distribution: await distribution(ctx, survey.id, period),
        trend,
        change: estimate && before && after ? { estimate, before, after } : null,
        response: await response(ctx, survey.id),
      };
    },
  });

  route({
    method: "GET",
    url: "/api/surveys/:id/answers",
    access: { right: "experience:read" },
    tag,
    summary: "Answers of a survey, newest first",
    params: SurveyPath,
    query: PeriodQuery.extend({
      group: NpsGroup.optional(),
      score: z.coerce.number().int().min(0).max(10).optional(),
      withReason: z.stringbool().optional(),
      /** The `next` of the page before. */
      before: z.string().optional(),
      max: z.coerce.number().int().min(1).max(200).default(50),
    }),
    reply: z.object({ answers: z.array(AnswerReply), next: z.string().nullable() }),
    refusals: ["survey.missing", "page.invalid"],
    handler: async ({ ctx, params, query }) => {
      const survey = await getSurvey(ctx, surveyIdOf(params.id));
      const { group, score, withReason, max } = query;
      const rows = await answers(ctx, {
        surveyId: survey.id,
        period: periodOf(ctx, query),
        ...(group ? { group } : {}),
        ...(score === undefined ? {} : { score }),
        ...(withReason ? { withReason } : {}),
        ...(query.before ? { before: placeOf(query.before) } : {}),
        max,
      });
      const customers = await customersOf(ctx, rows);
      const last = rows.length === max ? rows.at(-1) : undefined;
      return {
        answers: rows.map(({ answerId, surveyId, customerId, ...row }) => ({
          ...row,
          id: answerId,
          surveyId: publicId("survey", surveyId),
          customer: customers(customerId),
          group: groupOf(row.score),
        })),
        next: last ? `${last.answeredAt.getTime()}-${last.answerId}` : null,
      };
    },
  });

  route({
    method: "GET",
    url: "/api/nps",
    access: { right: "experience:read" },
    tag,
    summary: "The Net Promoter Score over all surveys",
    query: PeriodQuery.extend({ step: TrendStep.default("week") }),
    reply: z.object({ score: ScoreReply, trend: z.array(ScoreReply.extend({ since: z.date() })) }),
    handler: async ({ ctx, query }) => {
      const period = periodOf(ctx, query);
      return { score: await npsScore(ctx, period), trend: await npsTrend(ctx, { period, step: query.step }) };
    },
  });

  route({
    method: "GET",
    url: "/api/survey-alerts",
    access: { right: "experience:read" },
    tag,
    summary: "Unhappy customers, and what was done about them",
    description: "Open alerts come oldest first, all others newest first.",
    query: z.object({
      state: AlertState.optional(),
      /** The id of the last alert of the page before. */
      after: z.coerce.number().int().optional(),
      max: z.coerce.number().int().min(1).max(200).default(50),
    }),
    reply: z.object({ alerts: z.array(AlertReply), open: z.number(), oldest: z.date().nullable() }),
    handler: async ({ ctx, query: { state, after, max } }) => {
      const found = await listAlerts(ctx, {
        ...(state ? { state } : {}),
        ...(after === undefined ? {} : { after }),
        max,
      });
      return { alerts: await shownAlerts(ctx, found), ...(await countAlerts(ctx)) };
    },
  });

  route({
    method: "GET",
    url: "/api/survey-alerts/count",
    access: { right: "experience:read" },
    tag,
    summary: "How many alerts wait",
    reply: z.object({ open: z.number(), oldest: z.date().nullable() }),
    handler: async ({ ctx }) => countAlerts(ctx),
  });

  route({
    method: "POST",
    url: "/api/survey-alerts/:id/notes",
    access: { right: "experience:write" },
    tag,
    summary: "Write down what was done, and close the alert",
    params: z.object({ id: z.coerce.number().int() }),
    body: z.object({ text: z.string().trim().min(1).max(2000), close: z.boolean().default(true) }),
    reply: AlertReply,
    refusals: ["alert.missing"],
    handler: async ({ ctx, params, body }) =>
      (await shownAlerts(ctx, [await noteAlert(ctx, params.id, body)]))[0]!,
  });

  route({
    method: "POST",
    url: "/api/survey-alerts/:id/reopen",
    access: { right: "experience:write" },
    tag,
    summary: "Put a closed alert back",
    params: z.object({ id: z.coerce.number().int() }),
    reply: AlertReply,
    refusals: ["alert.missing"],
    handler: async ({ ctx, params }) => (await shownAlerts(ctx, [await reopenAlert(ctx, params.id)]))[0]!,
  });

  linksRoutes(route, around);
}

async function shownAlerts(ctx: Context, alerts: Awaited<ReturnType<typeof listAlerts>>) {
  const customers = await customersOf(ctx, alerts);
  return alerts.map(({ customerId, surveyId, answerId: _, ...alert }) => ({
    ...alert,
    surveyId: publicId("survey", surveyId),
    customer: customers(customerId),
  }));
}

/** Whom the ids of answers stand for now, with the name to show. */
async function customersOf(ctx: Context, rows: readonly { customerId: number | null }[]) {
  const ids = [...new Set(rows.flatMap((row) => row.customerId ?? []))];
  const survivors = await survivorsOf(ctx.pool, ids);
  const found = await customersById(ctx.pool, [...new Set(survivors.values())]);
  const names = new Map(found.map((customer) => [customer.id, customer.displayName ?? customer.email]));
  return (id: number | null) => {
    const survivor = id === null ? undefined : survivors.get(id);
    if (survivor === undefined) return null;
    return { id: publicId("customer", survivor), name: names.get(survivor) ?? null };
  };
}

function placeOf(text: string): { answeredAt: Date; answerId: number } {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text);
  if (!match)
    refuse("invalid", "page.invalid", "This page of the list cannot be found. Start from the first.");
  return { answeredAt: new Date(Number(match[1])), answerId: Number(match[2]) };
}
