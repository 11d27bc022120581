import { join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { confirm, findConfirmation, receiptPdf } from "../../data/consent/index.ts";
import { type Gardens, Language, websites } from "../../garden/index.ts";
import { Refusal } from "../../platform/refusal.ts";
import {
  answerSurvey,
  getPublicSurvey,
  type Holder,
  holderOf,
  newToken,
  reasonMax,
} from "../surveys/index.ts";
import { confirmPage } from "./confirm-page.ts";
import { consentsPage, ownReceipt } from "./consents.ts";
import { GivenAnswer } from "./data-routes.ts";
import { openDocument } from "./document.ts";
import { languageFor } from "./language.ts";
import { paletteOfGarden } from "./look.ts";
import { plainForm, plainMessage, plainThanks } from "./plain.ts";
import { privacyPage } from "./privacy.ts";
import { surveyPage } from "./survey-page.ts";

/** The pages themselves, `/s/<slug>` and `/p/…`: each in the language of who reads it, and readable without JavaScript. */
export function pageRoutes(
  app: FastifyInstance,
  { gardens, projectDir }: { gardens: Gardens; projectDir: string },
): void {
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

  /** A page that its holder's personal link opens, in the brand's colours; it needs JavaScript. */
  const holdersPage = (
    url: string,
    contentOf: (holder: Holder) => Promise<{ brand: string; data: unknown }>,
  ) =>
    app.get(url, { config, schema }, async (request, reply) => {
      const holder = await holderOf(gardens, queryOf(request).t);
      if (!holder) return missingPage(request, reply, 404, "unknown_link");
      const language = languageFor({
        ...wishOf(request),
        offered: Language.options,
        otherwise: holder.ctx.garden.language,
      });
      const html = await pageHtml({
        language,
        ...(await contentOf(holder)),
        palette: await paletteOfGarden(holder.ctx),
        plain: plainMessage(language, "needsScript"),
      });
      return reply.type("text/html").send(html);
    });
  holdersPage("/p/consents", async (holder) => {
    const page = await consentsPage(holder);
    return { brand: page.brand, data: { view: "consents", consents: page } };
  });
  holdersPage("/p/privacy", async (holder) => {
    const page = await privacyPage(holder);
    return { brand: page.brand, data: { view: "privacy", privacy: page } };
  });
}

/** Lets the brand's websites, or every site where none is named, show a page in a frame. */
function letWebsitesFrame(reply: FastifyReply, origins: readonly string[] | undefined): void {
  const name = "content-security-policy";
  const ancestors = ["frame-ancestors", "'self'", ...(origins ?? ["*"])].join(" ");
  reply.header(name, String(reply.getHeader(name)).replace(/frame-ancestors [^;]*/, ancestors));
  reply.removeHeader("x-frame-options");
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
