import { join } from "node:path";
import cors from "@fastify/cors";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { accountRoutes } from "./data/accounts/index.ts";
import { collectRoutes, type Inbox } from "./data/collect/index.ts";
import { collectViewRoutes } from "./data/collect/views.ts";
import { webhookConfigRoutes } from "./data/collect/webhooks/routes.ts";
import { ledgerRoutes, mailRoutes, purposeRoutes } from "./data/consent/index.ts";
import { contactRoutes, contactWords } from "./data/contacts/index.ts";
import { duplicatesRoutes } from "./data/duplicates/index.ts";
import { identityRoutes } from "./data/identity/index.ts";
import { importFileRoutes, importsRoutes, reviewWords, Staging } from "./data/imports/index.ts";
import { mergesRoutes } from "./data/merges/index.ts";
import { outboundRoutes } from "./data/outbound/index.ts";
import { Archives, privacyRoutes } from "./data/privacy/index.ts";
import { type CustomerFilter, customerConsentRoutes, profileRoutes } from "./data/profiles/index.ts";
import { openNetworkSight, qualityRoutes } from "./data/quality/index.ts";
import { touchpointRoutes } from "./data/touchpoints/index.ts";
import { lookRoutes, portalRoutes } from "./experience/portal/index.ts";
import { surveyFilter, surveysRoutes } from "./experience/surveys/index.ts";
import { type GardenDeps, gardenRoutes, identifier, keyRoutes, router } from "./garden/index.ts";
import { jobsRoutes } from "./garden/jobs.ts";
import { attributionFilters, attributionRoutes } from "./insight/attribution/index.ts";
import { journeyFilters, journeyRoutes } from "./insight/journeys/index.ts";
import { lifecycleFilters, lifecycleRoutes } from "./insight/lifecycle/index.ts";
import { insightRunsRoutes } from "./insight/runs/index.ts";
import { valueFilters, valueRoutes } from "./insight/value/index.ts";
import { jobRights } from "./job-rights.ts";
import { accountViewRoutes } from "./loop/account/index.ts";
import { customerRoutes } from "./loop/customer/index.ts";
import { loopFilters, turnRoutes } from "./loop/turn/index.ts";
import { decideRoutes, offerFilters, offerRoutes } from "./offer/index.ts";
import { personStores } from "./person-stores.ts";
import { guardPages, servePages, serveScripts } from "./platform/http/index.ts";
import { type Figure, openMetrics, type Ready } from "./platform/metrics.ts";
import { sampleRoutes } from "./sample/index.ts";

/** What the routes stand on. Declaring them touches none of it: the OpenAPI document is made without engines. */
export interface RouteParts extends GardenDeps {
  inbox(garden: string): Inbox;
  ready(): Promise<Ready>;
  figures(): Promise<readonly Figure[]>;
  pipelines(): Record<string, { batches: number; events: number; kept: number }>;
}

/** The customer lists behind the numbers of every domain. */
const setsOfCustomers: CustomerFilter[] = [
  ...valueFilters,
  ...lifecycleFilters,
  ...offerFilters,
  surveyFilter,
  ...loopFilters,
];
const customerFilters: CustomerFilter[] = [
  ...setsOfCustomers,
  ...journeyFilters(setsOfCustomers),
  ...attributionFilters(setsOfCustomers),
];

/** Declares every route of the server, stations in the order of the loop. */
export async function registerRoutes(http: FastifyInstance, parts: RouteParts): Promise<void> {
  const { config, gardens, auth, now } = parts;
  const around = { gardens, identify: identifier({ gardens, auth }) };
  const metrics = openMetrics(http, {
    ready: parts.ready,
    gardens: parts.pipelines,
    figures: parts.figures,
  });

  // What websites and programs call: any origin may ask.
  await http.register(async (scope) => {
    await scope.register(cors, {
      origin: true,
      credentials: true,
      exposedHeaders: ["Retry-After"],
      maxAge: 600,
    });
    decideRoutes(router(scope, around), { gardens, inbox: parts.inbox });
    await serveScripts(scope, { dir: join(config.projectDir, "browser/dist") });
    await scope.register(async (raw) => {
      // Bodies come as they were sent.
      raw.removeAllContentTypeParsers();
      raw.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
      collectRoutes(raw, {
        gardens,
        inbox: parts.inbox,
        networkOf: openNetworkSight(gardens),
        now,
        publicUrl: config.publicUrl,
        count: metrics.collect,
      });
    });
  });

  await http.register((pages) => pageRoutes(pages, parts));
}

/** What browsers' pages call and show, and everything else that is not asked thousands of times a second. */
async function pageRoutes(scope: FastifyInstance, parts: RouteParts): Promise<void> {
  const { config, gardens, auth, jobs } = parts;
  const around = { gardens, identify: identifier({ gardens, auth }) };
  await guardPages(scope);

  // Files come as streams of any length.
  const staging = new Staging(config.dataDir);
  await scope.register(async (files) => {
    files.removeAllContentTypeParsers();
    files.addContentTypeParser("*", (_request, body, done) => done(null, body));
    importFileRoutes(router(files, around), { jobs, staging });
  });

  const route = router(scope, around);
  gardenRoutes(route, parts);
  keyRoutes(route, { jobs });
  jobsRoutes(route, { jobs, rights: jobRights });
  identityRoutes(route);
  purposeRoutes(route);
  ledgerRoutes(route, { jobs });
  mailRoutes(route);
  profileRoutes(route, { filters: customerFilters, words: [reviewWords, contactWords] });
  accountRoutes(route);
  contactRoutes(route);
  touchpointRoutes(route);
  outboundRoutes(route, { allowPrivate: config.webhookAllowPrivate });
  customerConsentRoutes(route);
  duplicatesRoutes(route, { jobs });
  qualityRoutes(route);
  mergesRoutes(route);
  const streams = new Map<AbortController, string>();
  scope.addHook("preClose", async () => {
    for (const stream of streams.keys()) stream.abort();
  });
  collectViewRoutes(route, { open: streams, identify: around.identify });
  webhookConfigRoutes(route, { publicUrl: config.publicUrl });
  const archives = new Archives(config.dataDir);
  privacyRoutes(route, {
    jobs,
    archives,
    stores: personStores({ archives, staging, dataDir: config.dataDir }),
    dataDir: config.dataDir,
  });
  importsRoutes(route, { jobs, staging });
  insightRunsRoutes(route, { jobs });
  journeyRoutes(route, { filters: setsOfCustomers });
  attributionRoutes(route, { filters: setsOfCustomers });
  valueRoutes(route);
  lifecycleRoutes(route);
  offerRoutes(route, { jobs });
  surveysRoutes(route, { publicUrl: config.publicUrl });
  lookRoutes(route);
  customerRoutes(route);
  accountViewRoutes(route);
  turnRoutes(route);
  sampleRoutes(route, parts);
  await portalRoutes(scope, { gardens, projectDir: config.projectDir, jobs, archives });

  await scope.register(fastifyStatic, { root: config.projectDir, serve: false });
  await servePages(scope, { dir: join(config.projectDir, "admin/dist"), prefix: "/", pages: ["/", "/*"] });
}
