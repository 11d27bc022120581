import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { alone, type Context, importSource } from "../../garden/index.ts";
import { isAway } from "../../platform/away.ts";
import type { JobContext } from "../../platform/jobs/index.ts";
import { Refusal, refuse } from "../../platform/refusal.ts";
import { flushOutbox, isImportShown, showImport } from "../events/index.ts";
import { type Observed, observeImport, saveObserved } from "../quality/index.ts";
import { isBack } from "./away.ts";
import { forgetErased } from "./erased.ts";
import type { Staging } from "./files.ts";
import { forgetPeople } from "./forget.ts";
import { findWriting, judgeLines } from "./lines.ts";
import { draftListed, judgeListed, lineKindOf } from "./listed.ts";
import { loadAll, placesOf, type RoleFile } from "./load.ts";
import type { Role } from "./model.ts";
import { countOutcome } from "./outcome.ts";
import { resolvePeople, saveTraits } from "./people.ts";
import { savesToState, saveToState } from "./profiles.ts";
import { Progress } from "./progress.ts";
import { compareRecords, draftRecords, gatherBought, judgeReviews } from "./records.ts";
import { keepRejected, writeRejected } from "./rejected.ts";
import { isNoSpace } from "./space.ts";
import {
  beginImport,
  endImport,
  findImport,
  type ImportFault,
  nextVersion,
  type StoredImport,
} from "./store.ts";
import { dropTables, hasTables, makeTables } from "./tables.ts";
import { forgetAttempt, noteRecords, writeRecords, writeReviewTexts } from "./write.ts";

/** Unpacked bytes that are worked on at a time: memory stays the same for any file. */
const bucketBytes = 6 * 1024 * 1024;
/** How much larger than its gzip a CSV usually is. */
const unpackedRatio = 7;

/**
 * Does an import from its staged files to the one row that shows it. Every step may be cut short: the
 * work begins again from the files, comes to the same rows, and shows them once.
 */
export async function runImport(
  ctx: Context,
  staging: Staging,
  job: JobContext,
  importId: number,
  isCancelled: () => Promise<boolean>,
): Promise<Record<string, unknown> | undefined> {
  for (let interrupted = 0; ; interrupted++) {
    try {
      return await runOnce(ctx, staging, job, importId, isCancelled, interrupted < interruptionsMax);
    } catch (error) {
      const cause = error instanceof Interrupted ? error.cause : error;
      if (interrupted >= interruptionsMax || job.signal.aborted || !isAway(cause)) throw cause;
      if (!(await isBack(ctx.pool, job.signal, awayMsMax))) throw cause;
      ctx.log.warn({ err: cause, import: importId }, "the database was away; the import begins again");
    }
  }
}

/** How often the database may go away during an import, and for how long, before the import is left as failed. */
const interruptionsMax = 5;
const awayMsMax = 60_000;

/** The database went away: the import stays as it is, and begins again when it is back. */
class Interrupted extends Error {}

async function runOnce(
  ctx: Context,
  staging: Staging,
  job: JobContext,
  importId: number,
  isCancelled: () => Promise<boolean>,
  mayBeginAgain: boolean,
): Promise<Record<string, unknown> | undefined> {
  return alone(ctx, async () => {
    const one = await beginImport(ctx.pool, importId, ctx.now());
    if (!one) return (await findImport(ctx.pool, importId))?.result ?? undefined;
    const progress = new Progress(job, importId, savesToState(one));
    try {
      if (!(await isImportShown(ctx, one.id))) await work(ctx, staging, progress, one);
      // Only now, as nothing could take them back. A process that was killed here finds its tables still there.
      if (!one.dryRun && (await hasTables(ctx, one.id))) {
        await saveTraits(ctx, one);
        await saveToState(ctx, one, (done, all) => progress.tell("saving", done / Math.max(all, 1)));
      }
      const done = (await findImport(ctx.pool, importId))!;
      const end = one.dryRun ? "checked" : "done";
      // Cleared away first: an import that was killed in the middle of that is taken up again, one that has ended is not.
      await dropTables(ctx, importId);
      await removeSound(ctx, staging, one);
      const observed = one.dryRun ? undefined : await seenOf(ctx, one);
      await ctx.inTransaction(async (tx) => {
        if (observed) await saveObserved(tx, observed, dayOf(one.createdAt, ctx.garden.timezone));
        await endImport(tx, importId, { state: end, at: ctx.now() });
      });
      return done.result ?? undefined;
    } catch (error) {
      const cancelled = await isCancelled().catch(() => false);
      // Cut short by the end of the process: it is taken up again as it stands.
      if (job.signal.aborted && !cancelled) throw error;
      if (mayBeginAgain && !cancelled && isAway(error))
        throw new Interrupted("The database went away.", { cause: error });
      await giveUp(ctx, staging, one);
      const end = cancelled
        ? { state: "cancelled" as const }
        : { state: "failed" as const, error: toldError(error) };
      await endImport(ctx.pool, importId, { ...end, at: ctx.now() });
      throw error;
    }
  });
}

const dayOf = (at: Date, timeZone: string) => new Intl.DateTimeFormat("sv-SE", { timeZone }).format(at);

/** What the catalogue hears of an import, once, with its end. It is a help to read: no import fails for the want of it. */
async function seenOf(ctx: Context, { id, createdAt }: StoredImport): Promise<Observed | undefined> {
  try {
    const source = await importSource(ctx.pool);
    return await observeImport(ctx, { id, sourceId: source.id, at: createdAt });
  } catch (error) {
    ctx.log.warn({ err: error, import: id }, "the catalogue of events could not look into an import");
    return undefined;
  }
}

/**
 * Clears away what a failed or cancelled import has left. A full disk may forbid some of that too: what
 * stays is seen by nobody, and is cleared when the import is started again.
 */
async function giveUp(ctx: Context, staging: Staging, one: StoredImport): Promise<void> {
  // It was shown, and then could not be ended: nothing of it may be seen.
  if (await isImportShown(ctx, one.id)) await showImport(ctx, one.id, false, await nextVersion(ctx.pool));
  const steps: (() => Promise<unknown>)[] = [
    () => dropTables(ctx, one.id),
    () => removeSound(ctx, staging, one),
    () => forgetAttempt(ctx, one.id),
    () => forgetPeople(ctx, one.id),
  ];
  for (const step of steps) {
    await step().catch((error) =>
      ctx.log.warn({ err: error, import: one.id }, "what a failed import has left could not be cleared away"),
    );
  }
}

/** Removes the copies of files from which broken lines were sifted. */
async function removeSound(ctx: Context, staging: Staging, one: StoredImport): Promise<void> {
  for (const file of one.files)
    await rm(`${staging.path(ctx.garden.id, file.fileId)}.sound.csv`, { force: true });
}

function toldError(error: unknown): ImportFault {
  if (isNoSpace(error)) {
    const message =
      "The disk is full, so the import has stopped. Nothing of it is shown. Make room in the data folder, then start it again.";
    return { code: "file.no_space", message, details: {} };
  }
  if (error instanceof Refusal)
    return { code: error.code, message: error.message, details: error.details ?? {} };
  const message =
    "The import stopped because of an error in Rondell. Nothing of it is shown; the log says more.";
  return { code: "import.failed", message, details: {} };
}

async function work(ctx: Context, staging: Staging, progress: Progress, one: StoredImport): Promise<void> {
  const { id, mapping } = one;
  const files: RoleFile[] = one.files.map((file, at) => ({
    ...file,
    number: at + 1,
    path: staging.path(ctx.garden.id, file.fileId),
    places: placesOf(file.header, mapping.files[file.role] ?? {}),
    rules: mapping.rules,
  }));
  const bytes = files.reduce((sum, file) => sum + file.bytes * (file.gzip ? unpackedRatio : 1), 0);
  const buckets = Math.min(512, Math.max(1, Math.ceil(bytes / bucketBytes)));
  await progress.tell("reading", 0);
  await forgetAttempt(ctx, id);
  await makeTables(ctx, id, mapping);
  await loadAll(ctx, staging, id, files, buckets, async (read, share) => {
    progress.rows = read;
    await progress.tell("reading", share);
  });
  const listed = lineKindOf(mapping)?.kind;
  const writing = await findWriting(ctx, id, mapping);
  await eachBucket(buckets, async (bucket, done) => {
    if (listed) await judgeListed(ctx, one, writing, bucket);
    else
      await judgeLines(ctx, id, mapping, writing, { bucket, currency: one.currency, timezone: one.timezone });
    if (mapping.files.reviews) await judgeReviews(ctx, id, mapping, writing, bucket, one.timezone);
    await keepRejected(ctx, id, Object.keys(mapping.files) as Role[], bucket);
    await progress.tell("checking", done() / buckets);
  });
  await resolvePeople(ctx, one, (done, all) => progress.tell("customers", done / Math.max(all, 1)));
  if (mapping.rules.refunds === "latest_order") await gatherBought(ctx, id);
  await eachBucket(buckets, async (bucket, done) => {
    if (listed) await draftListed(ctx, one, writing, bucket);
    else await draftRecords(ctx, id, mapping, bucket);
    await compareRecords(ctx, id, bucket);
    if (!one.dryRun) {
      await writeRecords(ctx, one, bucket);
      if (mapping.files.reviews || listed?.keeps === "events") await writeReviewTexts(ctx, one, bucket);
    }
    await progress.tell("storing", done() / buckets);
  });
  if (!one.dryRun) await eachBucket(buckets, (bucket) => noteRecords(ctx, one, bucket));
  await writeRejected(ctx, staging, one, files);
  const result = await countOutcome(ctx, one, files, writing);
  if (result.read === result.rejected) {
    refuse("invalid", "import.nothing_usable", nothingUsable(result.rejectedBy), {
      rejectedBy: result.rejectedBy,
    });
  }
  await progress.tell("showing", 1);
  await flushOutbox(ctx);
  // The result is saved first: an import that is shown always has one.
  await endImport(ctx.pool, id, { state: "running", result, at: ctx.now() });
  if (one.dryRun) return;
  await forgetErased(ctx, one);
  await showImport(ctx, id, true, one.version!);
}

/**
 * Buckets that are worked on side by side: one for each two processors, so that those who send meanwhile wait for none, and
 * as many as the event store has connections for such work.
 */
const atOnce = Math.min(2, Math.max(1, Math.floor(availableParallelism() / 2)));

/** Does some work on every bucket, no two of which have anything in common. `done` counts this one and those before it. */
async function eachBucket(
  buckets: number,
  work: (bucket: number, done: () => number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let done = 0;
  const hand = async () => {
    try {
      while (next < buckets) await work(next++, () => ++done);
    } finally {
      // Where one stops short, the other begins nothing more.
      next = buckets;
    }
  };
  // Both have ended before a failure is told: what clears up after it must meet no statement under way.
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, buckets) }, hand));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
}

function nothingUsable(rejectedBy: Record<string, number>): string {
  const [reason] = Object.entries(rejectedBy).sort((a, b) => b[1] - a[1])[0] ?? ["nothing"];
  return `No line could be used; most were rejected as ${reason}. Look at the mapping, and at the list of rejected lines.`;
}
