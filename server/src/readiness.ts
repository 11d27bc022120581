import { statfs } from "node:fs/promises";
import { z } from "zod";
import type { App } from "./app.ts";
import type { Figure } from "./platform/metrics.ts";
import { execute, query, sql } from "./platform/postgres/index.ts";

export interface Readiness {
  ready: boolean;
  postgres: boolean;
  clickhouse: boolean;
  freeDiskBytes: number;
  gardens: Record<string, { waitingRequests: number; waitingBytes: number; oldestMs: number }>;
}

/** Below this the engines come close to writing no more. */
const freeDiskMin = 200 * 1024 * 1024;

async function freeBytesOf(dir: string): Promise<number> {
  const disk = await statfs(dir);
  return disk.bavail * disk.bsize;
}

/** Whether events can be taken and worked through now. Below 200 MB of free disk it is not ready. */
export async function readiness(
  app: Pick<App, "clickhouse" | "gardens" | "work" | "config">,
  freeBytes: (dir: string) => Promise<number> = freeBytesOf,
): Promise<Readiness> {
  const works = async (ask: Promise<unknown>) =>
    ask.then(
      () => true,
      () => false,
    );
  const [postgres, clickhouse] = await Promise.all([
    works(execute(app.gardens.platformPool, sql`select 1`)),
    works(app.clickhouse.ping()),
  ]);
  const freeDiskBytes = await freeBytes(app.config.dataDir);
  const gardens: Readiness["gardens"] = {};
  if (postgres) {
    for (const garden of app.gardens.list()) {
      const depth = await app.work.of(garden.id).depth();
      gardens[garden.id] = {
        waitingRequests: depth.requests,
        waitingBytes: depth.bytes,
        oldestMs: Math.round(depth.oldestMs),
      };
    }
  }
  return {
    ready: postgres && clickhouse && freeDiskBytes > freeDiskMin,
    postgres,
    clickhouse,
    freeDiskBytes,
    gardens,
  };
}

const Counted = z.object({ name: z.string(), value: z.number() });

/** What the stores hold now, for Prometheus. Nothing of a person: names of gardens, jobs and reasons only. */
export async function figures(app: Pick<App, "gardens" | "log">): Promise<Figure[]> {
  try {
    const [perGarden, jobs] = await Promise.all([
      Promise.all(app.gardens.list().map((garden) => figuresOf(app, garden.id))),
      jobsNow(app),
    ]);
    const all = perGarden.flat();
    const of = (kind: keyof typeof helps) => all.filter((one) => one.kind === kind);
    return [
      ...(Object.keys(helps) as (keyof typeof helps)[]).map((kind) => ({
        name: kind,
        ...helps[kind],
        values: of(kind),
      })),
      jobs,
    ];
  } catch (error) {
    app.log.warn({ err: error }, "the stores could not be asked for figures");
    return [];
  }
}

const helps = {
  rondell_dropped_events: {
    help: "Events that were dropped by the pipeline, by reason, since the garden began",
    labels: ["garden", "reason"],
  },
  rondell_rejected_lines: {
    help: "Lines that imports rejected, by reason, over all imports",
    labels: ["garden", "reason"],
  },
  rondell_outbox_batches: {
    help: "Batches that wait for the event store",
    labels: ["garden"],
  },
  rondell_outbox_oldest_seconds: {
    help: "Age of the oldest batch that waits for the event store",
    labels: ["garden"],
  },
} as const;

async function figuresOf(app: Pick<App, "gardens">, garden: string) {
  const { pool } = app.gardens.context(garden, { kind: "job", id: "metrics", name: "metrics" });
  const [drops, lines, outbox] = await Promise.all([
    query(
      pool,
      sql`select reason as name, sum(events)::float8 as value from drop_counts group by reason`,
      Counted,
    ),
    query(
      pool,
      sql`select reason.key as name, sum(reason.value::float8) as value
        from imports, jsonb_each_text(imports.result -> 'rejectedBy') as reason group by reason.key`,
      Counted,
    ),
    query(
      pool,
      sql`select count(*)::int as batches,
          coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as oldest from outbox`,
      z.object({ batches: z.number(), oldest: z.number() }),
    ),
  ]);
  return [
    ...drops.map(({ name, value }) => ({
      kind: "rondell_dropped_events" as const,
      labels: { garden, reason: name },
      value,
    })),
    ...lines.map(({ name, value }) => ({
      kind: "rondell_rejected_lines" as const,
      labels: { garden, reason: name },
      value,
    })),
    { kind: "rondell_outbox_batches" as const, labels: { garden }, value: outbox[0]!.batches },
    {
      kind: "rondell_outbox_oldest_seconds" as const,
      labels: { garden },
      value: Math.max(0, outbox[0]!.oldest),
    },
  ];
}

async function jobsNow(app: Pick<App, "gardens">): Promise<Figure> {
  const rows = await query(
    app.gardens.platformPool,
    sql`select name, state, count(*)::int as value from job_runs group by name, state`,
    Counted.extend({ state: z.string() }),
  );
  return {
    name: "rondell_job_runs",
    help: "Runs of background work, by job and state",
    labels: ["job", "state"],
    values: rows.map(({ name, state, value }) => ({ labels: { job: name, state }, value })),
  };
}
