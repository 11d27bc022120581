import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import type { Config } from "./config.ts";
import { forgetOld, forgetRecent } from "./data/collect/index.ts";
import { defineConsentJobs, openAnchors } from "./data/consent/index.ts";
import { defineDuplicatesJob } from "./data/duplicates/index.ts";
import { defineImportJobs, Staging, watchFolders } from "./data/imports/index.ts";
import { forgetDeliveries } from "./data/outbound/index.ts";
import { Archives, definePrivacyJobs, noteErasure } from "./data/privacy/index.ts";
import { queueCustomerRows } from "./data/profiles/index.ts";
import {
  defineRecompute,
  defineSealing,
  type Gardens,
  openAuth,
  openBackups,
  openGardens,
  openSetup,
  type Setup,
  sealWhatWaits,
} from "./garden/index.ts";
import { lifecycleStep } from "./insight/lifecycle/index.ts";
import { defineInsightJob, insightJob } from "./insight/runs/index.ts";
import { valueStep } from "./insight/value/index.ts";
import { defineOfferJob, forgetDecisions, offerListeners, offerStep } from "./offer/index.ts";
import { personStores } from "./person-stores.ts";
import type { ClickHouse } from "./platform/clickhouse/index.ts";
import { errorForLog } from "./platform/error-for-log.ts";
import { openHttp } from "./platform/http/index.ts";
import { type Jobs, openJobs } from "./platform/jobs/index.ts";
import { migrate, type PostgresConnection } from "./platform/postgres/index.ts";
import { figures, readiness } from "./readiness.ts";
import { registerRoutes } from "./routes.ts";
import { defineSampleJob } from "./sample/index.ts";
import { sealedColumns } from "./sealed-columns.ts";
import { openStores } from "./stores.ts";
import { type GardenListener, openWork, type Work } from "./work.ts";

export interface App {
  http: FastifyInstance;
  config: Config;
  gardens: Gardens;
  clickhouse: ClickHouse;
  jobs: Jobs;
  setup: Setup;
  work: Work;
  log: pino.Logger;
  /** Takes no more, ends what is under way, and closes both engines. */
  stop(): Promise<void>;
}

export interface AppOptions {
  now?: () => Date;
  /** A Postgres that is already there; tests share one. */
  connection?: PostgresConnection;
  log?: pino.Logger;
}

/** Boots one Rondell: both engines, every garden, its background work, and the HTTP server, not yet listening. */
export async function openApp(config: Config, options: AppOptions = {}): Promise<App> {
  const log = options.log ?? pino({ level: config.logLevel, base: null, serializers: { err: errorForLog } });
  const now = options.now ?? (() => new Date());
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.reverse()) await closer();
    closers.length = 0;
  };
  try {
    const stores = await openStores(config, {
      log,
      ...(options.connection ? { connection: options.connection } : {}),
    });
    closers.push(() => stores.close());
    const { connection, platformPool, clickhouse, keys } = stores;
    await migrate(platformPool, {
      schema: "rondell",
      dir: join(config.projectDir, "server/migrations/postgres/platform"),
      log,
    });
    const gardens = await openGardens({ config, connection, platformPool, clickhouse, keys, log, now });
    closers.push(() => gardens.close());
    const jobs = await openJobs({
      connection,
      platformPool,
      log,
      gardens: () => gardens.list().map((garden) => garden.id),
      alone: !config.databaseUrl,
    });
    closers.push(() => jobs.stop());

    const listeners = new Map<string, GardenListener[]>();
    const work = openWork({
      ...{ config, gardens, listeners, log, now },
      // A clock that a test moves does not reach into a thread.
      ...(options.now ? {} : { threadOn: { connection, keys } }),
    });
    closers.push(() => work.stop());

    const auth = await openAuth(config, platformPool, log);
    const setup = openSetup({ config, gardens, auth, now });
    const http = await openHttp({ log, trustProxy: config.trustProxy });
    const app: App = { http, config, gardens, clickhouse, jobs, setup, work, log, stop: close };
    closers.push(() => http.close());

    const backups = await openBackups({
      dataDir: config.dataDir,
      gardens,
      clickhouse,
      now,
      hold: (ids) => standStill(ids, jobs, work),
    });
    await registerRoutes(http, {
      config,
      gardens,
      auth,
      setup,
      jobs,
      clickhouse,
      now,
      backups,
      async drop(id) {
        await work.close(id);
        await gardens.drop(id);
      },
      inbox: (garden) => work.of(garden).inbox,
      ready: () => readiness(app),
      figures: () => figures(app),
      pipelines: () => work.counts(),
    });
    listeners.set("consent.changed", [
      async (fact) => {
        const { customerIds } = fact.payload as { customerIds: number[] };
        await fact.ctx.inTransaction((tx) => queueCustomerRows(tx, customerIds, fact.ctx.garden.synthetic));
      },
    ]);
    listeners.set("consent.withdrawn", [(fact) => forgetRecent(fact.ctx, fact.payload)]);
    for (const [name, listen] of Object.entries(offerListeners)) {
      listeners.set(name, [...(listeners.get(name) ?? []), (fact) => listen(fact.ctx, fact.payload)]);
    }
    // Insight that counted somebody who was erased is worked out anew.
    listeners.set("privacy.erased", [
      async ({ ctx, payload }) => {
        const { erasureId, recompute } = payload as { erasureId: string; recompute: boolean };
        // Where the process was killed after the erasure, the list hears of it here.
        await noteErasure(ctx, config.dataDir, erasureId);
        if (!recompute) return;
        await jobs.start(insightJob, { garden: ctx.garden.id, by: "privacy" });
      },
    ]);
    await defineInsightJob(
      jobs,
      (garden) => gardens.context(garden, { kind: "job", id: "insight", name: "insight.run" }),
      [valueStep, lifecycleStep, offerStep],
    );
    await defineOfferJob(jobs, (garden) =>
      gardens.context(garden, { kind: "job", id: "offer", name: "offer.refresh" }),
    );
    await defineRecompute({
      jobs,
      gardens,
      flush: (ctx) => work.of(ctx.garden.id).drained(),
      onCounted: async (ctx) => {
        await jobs.start(insightJob, { garden: ctx.garden.id, by: ctx.actor.name });
      },
    });
    const staging = new Staging(config.dataDir);
    const archives = new Archives(config.dataDir);
    await defineImportJobs({
      jobs,
      staging,
      contextOf: (garden) => gardens.context(garden, { kind: "job", id: "imports", name: "imports.run" }),
    });
    await defineConsentJobs({
      jobs,
      anchors: openAnchors(config.dataDir),
      contextOf: (garden) => gardens.context(garden, { kind: "job", id: "consent", name: "consent" }),
    });
    await defineDuplicatesJob(jobs, (garden) =>
      gardens.context(garden, { kind: "job", id: "duplicates", name: "identity.duplicates" }),
    );
    await definePrivacyJobs({
      jobs,
      parts: {
        stores: personStores({ archives, staging, dataDir: config.dataDir }),
        archives,
        dataDir: config.dataDir,
        ownServer: !config.databaseUrl,
      },
      contextOf: (garden) => gardens.context(garden, { kind: "job", id: "privacy", name: "privacy" }),
    });
    await defineSampleJob({ jobs, gardens, http, work: (garden) => work.of(garden) });
    await jobs.define(
      "data.forget",
      async ({ run }) => {
        const ctx = gardens.context(run.garden!, { kind: "job", id: run.id, name: run.name });
        await forgetOld(ctx.pool, ctx.now());
        await forgetDecisions(ctx);
        await forgetDeliveries(ctx.pool, ctx.now());
        return undefined;
      },
      { cron: "17 * * * *" },
    );

    const sealing = { jobs, gardens, columns: sealedColumns };
    await defineSealing(sealing);
    await sealWhatWaits(sealing);

    await http.ready();
    work.start();
    const folders = watchFolders({
      jobs,
      staging: new Staging(config.dataDir),
      gardens: () => gardens.list().map((garden) => garden.id),
      contextOf: (garden) => gardens.context(garden, { kind: "job", id: "folders", name: "imports.folder" }),
    });
    closers.push(() => folders.stop());
    return app;
  } catch (error) {
    await close().catch((failure) => log.error({ err: failure }, "closing after a failed start"));
    throw error;
  }
}

/**
 * Lets nothing move between the two stores of these gardens until the given function is called. Runs that grow a sample
 * write only by way of the inbox, and wait by themselves; others are waited for.
 */
async function standStill(gardens: readonly string[], jobs: Jobs, work: Work): Promise<() => void> {
  const ignores = (name: string) => name.startsWith("sample");
  const releaseJobs = await jobs.hold(gardens, { ignores, timeoutMs: 10 * 60 * 1000 });
  const paused: string[] = [];
  let released = false;
  const release = () => {
    if (released) return;
    released = true;
    for (const id of paused) work.of(id).resume();
    releaseJobs();
  };
  try {
    for (const id of gardens) {
      paused.push(id);
      await work.of(id).pause();
    }
    return release;
  } catch (error) {
    release();
    throw error;
  }
}
