import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { Receipt } from "../../data/consent/index.ts";
import { type Archives, openArchive } from "../../data/privacy/index.ts";
import { type Gardens, Language, type Route } from "../../garden/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { answerSurvey, getPublicSurvey, type Holder, holderOf, reasonMax } from "../surveys/index.ts";
import { ConsentChange, ConsentsPage, changeConsents, consentsPage, ownReceipt } from "./consents.ts";
import { askPrivacy, PrivacyAsk, PrivacyPage, privacyPage } from "./privacy.ts";
import { SurveyPage, surveyPage } from "./survey-page.ts";

const tag = "Customers' pages";
const tokenHeader = "x-rondell-token";
const Slug = z.object({ slug: z.string().max(100) });

/** An answer as a page or a form without JavaScript sends it. */
export const GivenAnswer = z.object({
  score: z.number().int().min(0).max(10),
  reason: z.string().max(reasonMax).optional(),
  language: Language.optional(),
  token: z.string().max(100).optional(),
  anonymousId: z.string().max(255).optional(),
  key: z.string().min(16).max(100),
  at: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional(),
});

/** What the pages ask for, below `/p/api`: a token alone opens what is a customer's. */
export function dataRoutes(
  route: Route,
  { gardens, jobs, archives }: { gardens: Gardens; jobs: Jobs; archives: Archives },
): void {
  route({
    method: "GET",
    url: "/p/api/surveys/:slug",
    access: "public",
    tag,
    summary: "What the page of a survey shows",
    description: `A personal link's token goes into the header ${tokenHeader}.`,
    params: Slug,
    reply: SurveyPage,
    refusals: ["survey.missing"],
    handler: async ({ params, request }) => {
      const { ctx, survey } = await getPublicSurvey(gardens, params.slug);
      return surveyPage(ctx.garden.brand, survey, await holderOf(gardens, tokenOf(request), ctx.garden.id));
    },
  });

  route({
    method: "POST",
    url: "/p/api/surveys/:slug/answers",
    access: "public",
    tag,
    summary: "Answer a survey, or change the answer",
    description:
      "The same `key`, or the same customer's token, changes the answer given before. `at` is only for synthetic gardens.",
    params: Slug,
    body: GivenAnswer,
    reply: z.object({
      score: z.number(),
      /** Leads to the customer's consents at `/p/consents?t=…`; null for an answer without a name. */
      token: z.string().nullable(),
    }),
    refusals: ["survey.missing", "survey.closed", "link.unknown", "answer.busy", "answer.time_not_allowed"],
    bodyLimit: 65_536,
    handler: async ({ params, body }) => {
      const { answer, token } = await answerSurvey(gardens, { slug: params.slug, ...body });
      return { score: answer.score, token: token ?? null };
    },
  });

  route({
    method: "GET",
    url: "/p/api/consents",
    access: "public",
    tag,
    summary: "What the holder of a token allows",
    description: `The token goes into the header ${tokenHeader}.`,
    reply: ConsentsPage,
    refusals: ["link.unknown"],
    handler: async ({ request }) => consentsPage(await getHolder(gardens, tokenOf(request))),
  });

  route({
    method: "POST",
    url: "/p/api/consents",
    access: "public",
    tag,
    summary: "Grant or withdraw",
    description: "Each answer carries the version of the words that were read. A withdrawal works at once.",
    body: z.object({ token: z.string().max(100), answers: z.array(ConsentChange).min(1).max(50) }),
    reply: ConsentsPage,
    refusals: [
      "link.unknown",
      "purpose.missing",
      "consent.wording_changed",
      "consent.grant_not_allowed",
      "consent.no_address",
    ],
    bodyLimit: 16_384,
    handler: async ({ body }) => changeConsents(await getHolder(gardens, body.token), body.answers),
  });

  route({
    method: "GET",
    url: "/p/api/consents/receipt",
    access: "public",
    tag,
    summary: "The consent receipt of the holder of a token, in the fields of ISO/IEC TS 27560",
    description: `The token goes into the header ${tokenHeader}.`,
    query: z.object({ language: Language.optional() }),
    reply: Receipt,
    refusals: ["link.unknown", "consent.receipt_not_allowed"],
    handler: async ({ request, query }) => {
      const holder = await getHolder(gardens, tokenOf(request));
      return ownReceipt(holder, query.language ?? holder.ctx.garden.language);
    },
  });

  route({
    method: "GET",
    url: "/p/api/privacy",
    access: "public",
    tag,
    summary: "What the holder of a token asked about their own data",
    description: `The token goes into the header ${tokenHeader}.`,
    reply: PrivacyPage,
    refusals: ["link.unknown"],
    handler: async ({ request }) => privacyPage(await getHolder(gardens, tokenOf(request))),
  });

  route({
    method: "POST",
    url: "/p/api/privacy",
    access: "public",
    tag,
    summary: "Ask about one's own data",
    description: "A personal link proves who asks. The file with everything is made at once.",
    body: PrivacyAsk.extend({ language: Language.default("en") }),
    reply: PrivacyPage,
    refusals: ["link.unknown", "request.not_proven"],
    bodyLimit: 16_384,
    handler: async ({ body }) => askPrivacy(await getHolder(gardens, body.token), jobs, body),
  });

  route({
    method: "GET",
    url: "/p/api/privacy/files/:id",
    access: "public",
    tag,
    summary: "The file with everything about the holder of a token, as zip",
    description: `The token goes into the header ${tokenHeader}.`,
    params: z.object({ id: z.uuid() }),
    refusals: ["link.unknown", "export.missing"],
    handler: async ({ params, request, reply }) => {
      const holder = await getHolder(gardens, tokenOf(request));
      const isOwn = (await privacyPage(holder)).access === "full";
      const file = await openArchive(holder.ctx, archives, params.id, isOwn ? holder.customerIds : []);
      return reply
        .type("application/zip")
        .header("content-disposition", 'attachment; filename="person.zip"')
        .send(file);
    },
  });
}

async function getHolder(gardens: Gardens, token: string | undefined): Promise<Holder> {
  return (
    (await holderOf(gardens, token)) ??
    refuse("missing", "link.unknown", "This link is not known, or its time is over. Ask for a new one.")
  );
}

function tokenOf(request: FastifyRequest): string | undefined {
  const header = request.headers[tokenHeader];
  return typeof header === "string" && header ? header : undefined;
}
