import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import PgBoss from "pg-boss";
import type { Logger } from "pino";
import { z } from "zod";
import { fullDiskMessage, isFullDisk } from "../full-disk.ts";
import { type PostgresConnection, query, queryOne, sql } from "../postgres/index.ts";
import { Refusal, refuse } from "../refusal.ts";
import { Schedule } from "./schedule.ts";

const wallClock = { now: () => new Date(), lookMs: 15_000 };

export const JobState = z.enum(["queued", "running", "done", "failed", "cancelled"]);

export const JobRun = z.object({
  id: z.string(),
  garden: z.string().nullable(),
  name: z.string(),
  state: JobState,
  /** In [0, 1]; null while it cannot be told. */
  progress: z.number().nullable(),
  detail: z.record(z.string(), z.unknown()),
  input: z.record(z.string(), z.unknown()),
  result: z.unknown(),
  error: z.string().nullable(),
  createdBy: z.string(),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
});
export type JobRun = z.infer<typeof JobRun>;

/** What a job is given: its run, and a way to say how far it is. */
export interface JobContext {
  run: JobRun;
  /** Saves progress, at most four times a second. Throws when the run was cancelled. */
  progress(share: number | null, detail?: Record<string, unknown>): Promise<void>;
  signal: AbortSignal;
}
export type JobHandler = (job: JobContext) => Promise<Record<string, unknown> | undefined>;

export interface Jobs {
  /** Declares a kind of job. `cron` (`minute hour * * *`, in UTC) runs it for every garden. */
  define(name: string, handler: JobHandler, options?: { cron?: string; retries?: number }): Promise<void>;
  /** Queues a run; `id` is for callers that write it down before. */
  start(
    name: string,
    ask: { id?: string; garden?: string; input?: Record<string, unknown>; by: string },
  ): Promise<JobRun>;
  /** Refuses job.missing. */
  get(id: string): Promise<JobRun>;
  list(ask: { garden: string; name?: string; names?: readonly string[]; max?: number }): Promise<JobRun[]>;
  cancel(id: string): Promise<void>;
  /** Waits until the run has ended. */
  ended(id: string, onProgress?: (run: JobRun) => void): Promise<JobRun>;
  /**
   * Waits until no run of these gardens is under way in this process, and lets none begin until the given function is called.
   * Runs whose name `ignores` accepts go on. Refuses job.running when they take longer than `timeoutMs`.
   */
  hold(
    gardens: readonly string[],
    options: { ignores: (name: string) => boolean; timeoutMs: number },
  ): Promise<() => void>;
  stop(): Promise<void>;
}

/**
 * Background work on pg-boss, with progress in `job_runs`. `gardens` names those that a scheduled job
 * runs for. With `alone`, runs that a killed process left behind are taken up at once.
 */
export async function openJobs(around: {
  connection: PostgresConnection;
  platformPool: Pool;
  log: Logger;
  gardens: () => string[];
  alone: boolean;
  /** What says when scheduled jobs are due, and how often it is looked at; for tests. */
  clock?: { now(): Date; lookMs: number };
}): Promise<Jobs> {
  const { platformPool, log } = around;
  let stopping = false;
  const boss = new PgBoss({
    ...around.connection,
    schema: "jobs",
    max: 3,
    application_name: "rondell jobs",
    schedule: false,
  });
  boss.on("error", (error) => {
    // An embedded Postgres that stops ends the last connections before they have said goodbye.
    if (stopping && (error as { code?: string }).code === "57P01") return;
    log.error({ err: error }, "the job queue reports an error");
  });
  await boss.start();

  const { now, lookMs } = around.clock ?? wallClock;
  const schedule = new Schedule(now());
  const looking = setInterval(() => {
    // Several processes see the same minute: the first of them queues it.
    for (const { name, minute } of schedule.due(now()))
      boss
        .send(name, {}, { singletonKey: minute, singletonSeconds: 3_600 })
        .catch((error) => log.error({ err: error, job: name }, "a job that is due could not be queued"));
  }, lookMs);
  looking.unref();

  const running = new Map<string, AbortController>();
  const workers = new Map<string, string>();
  const inGarden = new Map<string, { garden: string | null; name: string }>();
  let hold:
    | { gardens: ReadonlySet<string>; ignores: (name: string) => boolean; over: Promise<void> }
    | undefined;
  const find = (id: string) => queryOne(platformPool, sql`select * from job_runs where id = ${id}`, JobRun);

  async function perform(name: string, handler: JobHandler, id: string): Promise<void> {
    const run = await queryOne(
      platformPool,
      sql`update job_runs set state = 'running', started_at = coalesce(started_at, now()), error = null
        where id = ${id} and state in ('queued', 'running') returning *`,
      JobRun,
    );
    if (!run) return;
    while (hold && run.garden && hold.gardens.has(run.garden) && !hold.ignores(name)) await hold.over;
    const abort = new AbortController();
    running.set(id, abort);
    inGarden.set(id, { garden: run.garden, name });
    let savedAt = 0;
    try {
      const result = await handler({
        run,
        signal: abort.signal,
        async progress(share, detail) {
          const at = performance.now();
          if (at - savedAt < 250 && share !== 1) return;
          savedAt = at;
          const kept = await queryOne(
            platformPool,
            sql`update job_runs set progress = ${share}, detail = detail || ${JSON.stringify(detail ?? {})}::jsonb
              where id = ${id} and state = 'running' returning id`,
          );
          if (!kept) {
            abort.abort();
            refuse("conflict", "job.cancelled", "The run was cancelled.");
          }
        },
      });
      await query(
        platformPool,
        sql`update job_runs set state = 'done', progress = 1, result = ${JSON.stringify(result ?? null)}::jsonb, finished_at = now()
          where id = ${id} and state = 'running'`,
      );
    } catch (error) {
      if (stopping) {
        // Cut short by the end of this process: another one, or the next start, goes on with it.
        await query(
          platformPool,
          sql`update job_runs set state = 'queued' where id = ${id} and state = 'running'`,
        );
        throw error;
      }
      if (error instanceof Refusal)
        log.warn({ code: error.code, message: error.message, job: name, run: id }, "a job was refused");
      else if (!abort.signal.aborted) log.error({ err: error, job: name, run: id }, "a job failed");
      await query(
        platformPool,
        sql`update job_runs set state = 'failed', error = ${messageOf(error)}, finished_at = now()
          where id = ${id} and state = 'running'`,
      );
    } finally {
      running.delete(id);
      inGarden.delete(id);
    }
  }

  async function queue(
    name: string,
    garden: string | undefined,
    input: Record<string, unknown>,
    by: string,
    id: string = randomUUID(),
  ): Promise<JobRun> {
    const run = await queryOne(
      platformPool,
      sql`insert into job_runs (id, garden, name, state, input, created_by)
        values (${id}, ${garden ?? null}, ${name}, 'queued', ${JSON.stringify(input)}::jsonb, ${by}) returning *`,
      JobRun,
    );
    await boss.send(name, { run: run!.id }, sending);
    const worker = workers.get(name);
    if (worker) boss.notifyWorker(worker);
    return run!;
  }

  return {
    async define(name, handler, options = {}) {
      await boss.createQueue(name);
      if (around.alone) await takeUpAgain(boss, platformPool, name);
      const worker = await boss.work<{ run?: string }>(
        name,
        { batchSize: 1, pollingIntervalSeconds: 0.5 },
        async ([job]) => {
          if (!job) return;
          if (job.data?.run) return perform(name, handler, job.data.run);
          for (const garden of around.gardens()) await queue(name, garden, {}, "schedule");
        },
      );
      workers.set(name, worker);
      if (options.cron) schedule.add(name, options.cron);
    },
    start: (name, ask) => queue(name, ask.garden, ask.input ?? {}, ask.by, ask.id),
    async get(id) {
      const run = await find(id);
      return run ?? refuse("missing", "job.missing", "There is no such run.");
    },
    list: (ask) =>
      query(
        platformPool,
        sql`select * from job_runs where garden = ${ask.garden} and (${ask.name ?? null}::text is null or name = ${ask.name ?? null})
            and (${ask.names ?? null}::text[] is null or name = any(${ask.names ?? null}))
          order by created_at desc limit ${ask.max ?? 50}`,
        JobRun,
      ),
    async cancel(id) {
      await query(
        platformPool,
        sql`update job_runs set state = 'cancelled', finished_at = now() where id = ${id} and state in ('queued', 'running')`,
      );
      running.get(id)?.abort();
    },
    async ended(id, onProgress) {
      for (;;) {
        const run = await find(id);
        if (!run) refuse("missing", "job.missing", "There is no such run.");
        onProgress?.(run);
        if (run.state !== "queued" && run.state !== "running") return run;
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    },
    async hold(gardens, { ignores, timeoutMs }) {
      while (hold) await hold.over;
      let release = () => {};
      const over = new Promise<void>((resolve) => {
        release = () => {
          hold = undefined;
          resolve();
        };
      });
      hold = { gardens: new Set(gardens), ignores, over };
      const until = performance.now() + timeoutMs;
      const isBusy = () =>
        [...inGarden.values()].some(
          (run) => run.garden !== null && gardens.includes(run.garden) && !ignores(run.name),
        );
      while (isBusy()) {
        if (performance.now() > until) {
          release();
          refuse(
            "busy",
            "job.running",
            "Background work is going on and does not end. Wait for it or cancel it, and try again.",
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return release;
    },
    async stop() {
      stopping = true;
      clearInterval(looking);
      for (const abort of running.values()) abort.abort();
      await boss.stop({ graceful: true, wait: true, timeout: 20_000 });
    },
  };
}

/** A run is tried again when its process ends in the middle of it; what it refuses itself is not repeated. */
const sending = { retryLimit: 20, retryDelay: 1, expireInHours: 12 };

/** What the run says of its failure to a person. */
function messageOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (isFullDisk(error)) return fullDiskMessage;
  return "Something went wrong on our side. It was logged; nothing that was accepted is lost.";
}

/** Queues again what a process that is gone had begun: nobody else can be working on it. */
async function takeUpAgain(boss: PgBoss, pool: Pool, name: string): Promise<void> {
  const left = await query(
    pool,
    sql`update job_runs set state = 'queued' where name = ${name} and state in ('queued', 'running') returning id`,
    z.object({ id: z.string() }),
  );
  if (!left.length) return;
  await query(
    pool,
    sql`delete from jobs.job where name = ${name} and state in ('created', 'retry', 'active') and data ->> 'run' = any(${left.map((run) => run.id)})`,
  );
  for (const run of left) await boss.send(name, { run: run.id }, sending);
}
