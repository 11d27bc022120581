import { join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { confirm, findConfirmation, Receipt, receiptPdf } from "../../data/consent/index.ts";
import { type Archives, openArchive } from "../../data/privacy/index.ts";
import { type Gardens, Language, type Route, router, websites } from "../../garden/index.ts";
import { servePages } from "../../platform/http/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { Refusal, refuse } from "../../platform/refusal.ts";
import {
  answerSurvey,
  getPublicSurvey,
  type Holder,
  holderOf,
  newToken,
  reasonMax,
} from "../surveys/index.ts";
import { confirmPage } from "./confirm-page.ts";
import { ConsentChange, ConsentsPage, changeConsents, consentsPage, ownReceipt } from "./consents.ts";
import { openDocument } from "./document.ts";
import { languageFor } from "./language.ts";
import { paletteOfGarden } from "./look.ts";
import { plainForm, plainMessage, plainThanks } from "./plain.ts";
import { askPrivacy, PrivacyAsk, PrivacyPage, privacyPage } from "./privacy.ts";
import { SurveyPage, surveyPage } from "./survey-page.ts";

export interface PortalSurroundings {
  gardens: Gardens;
  projectDir: string;
  jobs: Jobs;
  archives: Archives;
}

const tag = "Customers' pages";
const tokenHeader = "x-rondell-token";
const Slug = z.object({ slug: z.string().max(100) });

const GivenAnswer = z.object({
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

/**
 * Requests of one address in a minute; more get 429. An office or a mobile network shares one address.
 * Loopback is a proxy on this machine, with all customers behind it, unless RONDELL_TRUST_PROXY names them.
 */
const perMinute = (address: string) => (/^(?:127\.|::1$|::ffff:127\.)/.test(address) ? 12_000 : 600);

/**
 * The customers' side: the pages `/s/<slug>` and `/p/consents`, and the data they ask for. A token is the
 * only thing that opens a customer's page here: an operator's session means nothing on these routes.
 */
export async function portalRoutes(app: FastifyInstance, around: PortalSurroundings): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook(
      "onRequest",
      scope.rateLimit({ max: (_request, address) => perMinute(address), timeWindow: "1 minute" }),
    );
    scope.addHook("onSend", async (_request, reply) => {
      // A token stands in the address of a page: no other site may learn it, and no cache keep it.
      reply.header("referrer-policy", "no-referrer").header("cache-control", "no-store");
    });
    dataRoutes(router(scope, { gardens: around.gardens, identify: async () => undefined }), around);
    await scope.register(async (forms) => {
      // Only here: a form of another site must never reach a route that an operator's session opens.
      forms.addContentTypeParser(
        "application/x-www-form-urlencoded",
        { parseAs: "string", bodyLimit: 32_768 },
        (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))),
      );
      pageRoutes(forms, around);
    });
  });
  await servePages(app, { dir: join(around.projectDir, "portal/dist"), prefix: "/p/", pages: [] });
}

function dataRoutes(route: Route, { gardens, jobs, archives }: PortalSurroundings): void {
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

function pageRoutes(app: FastifyInstance, { gardens, projectDir }: PortalSurroundings): void {
  const pageHtml = openDocument(join(projectDir, "portal/dist"));
  const config = { access: "public" as const };
  const schema = { hide: true };

  /** A page for people also where something is refused: the words in their language, and the right status. */
  const missingPage = async (
    request: FastifyRequest,
    reply: FastifyReply,
    status: number,
    view: "missing" | "unknown_link",
  ) => {
    const language = languageFor({ ...wishOf(request), offered: Language.options, otherwise: "en" });
    const content = {
      language,
      brand: "",
      data: { view },
      plain: plainMessage(language, "missing"),
    };
    return reply
      .status(status)
      .type("text/html")
      .send(await pageHtml(content));
  };

  app.get<{ Params: { slug: string } }>("/s/:slug", { config, schema }, async (request, reply) => {
    const found = await getPublicSurvey(gardens, request.params.slug).catch(unlessRefused);
    if (!found) return missingPage(request, reply, 404, "missing");
    const { ctx, survey } = found;
    const { t: token, aid: anonymousId } = queryOf(request);
    const page = await surveyPage(ctx.garden.brand, survey, await holderOf(gardens, token, ctx.garden.id));
    const language = languageFor({ ...wishOf(request), offered: page.languages, otherwise: page.language });
    const plain =
      page.state === "open"
        ? plainForm(page, language, { key: newToken(), token, anonymousId })
        : plainMessage(language, "closed");
    const palette = await paletteOfGarden(ctx);
    // A personal page stands in no frame: there others could make a customer click unseen.
    if (!token) letWebsitesFrame(reply, await websites(ctx.pool));
    const html = await pageHtml({
      language,
      brand: page.brand,
      palette,
      data: { view: "survey", survey: page },
      plain,
    });
    return reply.type("text/html").send(html);
  });

  // The form of a browser without JavaScript.
  app.post<{ Params: { slug: string } }>("/s/:slug", { config, schema }, async (request, reply) => {
    const found = await getPublicSurvey(gardens, request.params.slug).catch(unlessRefused);
    if (!found) return missingPage(request, reply, 404, "missing");
    const { ctx, survey } = found;
    const form = (request.body ?? {}) as Record<string, string>;
    const language = languageFor({
      ...wishOf(request),
      asked: form.lang,
      offered: Language.options,
      otherwise: survey.language,
    });
    const given = GivenAnswer.safeParse({
      score: form.score === undefined || form.score === "" ? undefined : Number(form.score),
      reason: form.reason?.slice(0, reasonMax),
      language,
      ...(form.t ? { token: form.t } : {}),
      ...(form.aid ? { anonymousId: form.aid } : {}),
      key: form.key,
    });
    const { brand } = ctx.garden;
    const palette = await paletteOfGarden(ctx);
    const send = async (status: number, plain: string) =>
      reply
        .status(status)
        .type("text/html")
        .send(await pageHtml({ language, brand, palette, data: { view: "plain" }, plain }));
    if (!given.success) return send(400, plainMessage(language, "failed"));
    const taken = await answerSurvey(gardens, { slug: survey.slug, ...given.data }).catch(unlessRefused);
    if (!taken) return send(409, plainMessage(language, survey.state === "closed" ? "closed" : "failed"));
    return send(200, plainThanks(language, taken.token));
  });

  const confirmation = async (
    request: FastifyRequest,
    reply: FastifyReply,
    form?: Record<string, string>,
  ) => {
    const token = form ? form.t : queryOf(request).t;
    const found = await findConfirmation(gardens, token);
    if (!found || !token) return missingPage(request, reply, 404, "unknown_link");
    const state = form ? await confirm(found.ctx, token) : found.state;
    const { garden } = found.ctx;
    const language = languageFor({
      asked: form?.lang ?? queryOf(request).lang ?? found.language,
      accepted: undefined,
      offered: Language.options,
      otherwise: garden.language,
    });
    const html = await pageHtml({
      language,
      brand: garden.brand,
      palette: await paletteOfGarden(found.ctx),
      data: { view: "plain" },
      plain: confirmPage(language, state, { purpose: found.purpose, token }),
      isStatic: true,
    });
    return reply
      .status(state === "over" ? 410 : 200)
      .type("text/html")
      .send(html);
  };
  app.get("/p/confirm", { config, schema }, (request, reply) => confirmation(request, reply));
  app.post("/p/confirm", { config, schema }, (request, reply) =>
    confirmation(request, reply, (request.body ?? {}) as Record<string, string>),
  );

  app.get("/p/consents/receipt.pdf", { config, schema }, async (request, reply) => {
    const holder = await holderOf(gardens, queryOf(request).t);
    if (!holder) return missingPage(request, reply, 404, "unknown_link");
    const language = languageFor({
      ...wishOf(request),
      offered: Language.options,
      otherwise: holder.ctx.garden.language,
    });
    const receipt = await ownReceipt(holder, language).catch(unlessRefused);
    if (!receipt) return missingPage(request, reply, 403, "unknown_link");
    return reply
      .header("content-disposition", `attachment; filename="consent-${receipt.pii_principal_id}.pdf"`)
      .type("application/pdf")
      .send(await receiptPdf(receipt, holder.ctx.garden.timezone));
  });

  app.get("/p/consents", { config, schema }, async (request, reply) => {
    const holder = await holderOf(gardens, queryOf(request).t);
    if (!holder) return missingPage(request, reply, 404, "unknown_link");
    const page = await consentsPage(holder);
    const { garden } = holder.ctx;
    const language = languageFor({
      ...wishOf(request),
      offered: Language.options,
      otherwise: garden.language,
    });
    const html = await pageHtml({
      language,
      brand: page.brand,
      palette: await paletteOfGarden(holder.ctx),
      data: { view: "consents", consents: page },
      plain: plainMessage(language, "needsScript"),
    });
    return reply.type("text/html").send(html);
  });

  app.get("/p/privacy", { config, schema }, async (request, reply) => {
    const holder = await holderOf(gardens, queryOf(request).t);
    if (!holder) return missingPage(request, reply, 404, "unknown_link");
    const page = await privacyPage(holder);
    const { garden } = holder.ctx;
    const language = languageFor({
      ...wishOf(request),
      offered: Language.options,
      otherwise: garden.language,
    });
    const html = await pageHtml({
      language,
      brand: page.brand,
      palette: await paletteOfGarden(holder.ctx),
      data: { view: "privacy", privacy: page },
      plain: plainMessage(language, "needsScript"),
    });
    return reply.type("text/html").send(html);
  });
}

/** Lets the brand's websites, or every site where none is named, show a page in a frame. */
function letWebsitesFrame(reply: FastifyReply, origins: readonly string[] | undefined): void {
  const name = "content-security-policy";
  const ancestors = ["frame-ancestors", "'self'", ...(origins ?? ["*"])].join(" ");
  reply.header(name, String(reply.getHeader(name)).replace(/frame-ancestors [^;]*/, ancestors));
  reply.removeHeader("x-frame-options");
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

function queryOf(request: FastifyRequest): { t?: string; aid?: string; lang?: string } {
  const query = request.query as Record<string, unknown>;
  const text = (name: string) =>
    typeof query[name] === "string" && query[name] !== ""
      ? { [name]: (query[name] as string).slice(0, 255) }
      : {};
  return { ...text("t"), ...text("aid"), ...text("lang") };
}

const wishOf = (request: FastifyRequest) => ({
  asked: queryOf(request).lang,
  accepted: request.headers["accept-language"],
});

/** Nothing where a verb refused; a bug goes on. */
function unlessRefused(error: unknown): undefined {
  if (error instanceof Refusal) return undefined;
  throw error;
}
