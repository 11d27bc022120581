import { alone, type Context, record } from "../../garden/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { isCurrency } from "../../platform/money.ts";
import { refuse } from "../../platform/refusal.ts";
import { listPurposes } from "../consent/index.ts";
import { showImport } from "../events/index.ts";
import { checkRoles, chooseRole } from "./choose.ts";
import { getFiles, type Staging } from "./files.ts";
import { forgetPeople } from "./forget.ts";
import { type ImportKind, lineKinds } from "./kinds/index.ts";
import { lineKindOf } from "./listed.ts";
import { lookAt } from "./look.ts";
import { getMapping } from "./mappings.ts";
import { defaultBasis, kindOfMapping, type Mapping, type StatedBasis } from "./model.ts";
import {
  endImport,
  findImport,
  type ImportFile,
  insertImport,
  isAnyRunning,
  nextVersion,
  requeueImport,
  type StoredImport,
  saveJob,
} from "./store.ts";
import { forgetAttempt } from "./write.ts";

export const importJob = "imports.run";

export interface ImportAsk {
  /** What is brought; the mapping says the same. */
  kind?: ImportKind | undefined;
  mapping: string | Mapping;
  files: string[];
  currency?: string;
  timezone?: string;
  basis?: StatedBasis;
  /** Everything is judged and counted, and nothing is written. */
  dryRun?: boolean;
}

/**
 * Starts an import as a job. Everything that can be told from the heads of the files is refused here:
 * file.*, mapping.missing, import.columns_missing, import.file_missing, import.currency_missing,
 * import.currency_unknown, import.timezone_missing, import.timezone_unknown, basis.purpose_unknown,
 * basis.measure_missing.
 */
export async function startImport(
  ctx: Context,
  deps: { jobs: Jobs; staging: Staging },
  ask: ImportAsk,
): Promise<StoredImport> {
  ctx.require("data:write");
  const named = typeof ask.mapping === "string" ? await getMapping(ctx, ask.mapping) : undefined;
  const mapping = named?.mapping ?? (ask.mapping as Mapping);
  const kind = kindOfMapping(mapping);
  if (ask.kind && ask.kind !== kind) {
    refuse(
      "invalid",
      "import.wrong_kind",
      `This mapping is one of ${kind}, not of ${ask.kind}. Choose another.`,
      {
        mapping: kind,
        asked: ask.kind,
      },
    );
  }
  const files: ImportFile[] = [];
  // Without a column of dates there is nothing that a zone would change.
  let datesHaveZone = mapping.rules.dates === "unix" || (kind !== "orders" && !hasDates(mapping));
  for (const file of await getFiles(ctx, deps.staging, ask.files)) {
    const sniffed = await lookAt(ctx, deps.staging, file);
    const role = chooseRole(file.name, sniffed, mapping);
    const at = sniffed.header.indexOf(mapping.files[role]?.happenedAt ?? "");
    if ((role === "lines" || role === "orders" || role in lineKinds) && at >= 0) {
      datesHaveZone ||= sniffed.rows.every((row) =>
        /(Z|[+-]\d{2}:?\d{2})$|^\d{9,16}$/.test((row[at] ?? "").trim()),
      );
    }
    const { format, delimiter, oldLineEnds } = sniffed;
    // A key that the first lines leave out may come later.
    const header =
      format === "json"
        ? [...new Set([...sniffed.header, ...Object.values(mapping.files[role] ?? {})])]
        : sniffed.header;
    files.push({
      fileId: file.id,
      name: file.name,
      bytes: file.bytes,
      gzip: file.gzip,
      format,
      role,
      delimiter,
      oldLineEnds,
      header,
    });
  }
  checkRoles(
    files.map((file) => file.role),
    mapping,
  );
  const started = await ctx.inTransaction(async (tx) => {
    const one = await insertImport(tx, {
      kind,
      mappingName: named?.name ?? null,
      mapping,
      files,
      currency: currencyOf(ask.currency, mapping),
      timezone: timezoneOf(ask.timezone, datesHaveZone),
      basis: await basisOf(ctx, mapping, ask.basis),
      dryRun: ask.dryRun ?? false,
      createdBy: ctx.actor.name,
      createdAt: ctx.now(),
    });
    await record(tx, ctx, "import.started", String(one.id), null, {
      files: files.map((file) => file.name),
      mapping: named?.name ?? mapping.title,
      currency: one.currency,
      timezone: one.timezone,
      basis: one.basis,
      dryRun: one.dryRun,
    });
    return one;
  });
  return begin(ctx, deps.jobs, started);
}

async function begin(ctx: Context, jobs: Jobs, one: StoredImport): Promise<StoredImport> {
  const run = await jobs.start(importJob, {
    garden: ctx.garden.id,
    input: { import: one.id },
    by: ctx.actor.name,
  });
  await saveJob(ctx.pool, one.id, run.id);
  return { ...one, jobId: run.id };
}

/**
 * Starts an import again that failed or was cancelled, or one in earnest that was tried, from the files that are
 * still there.
 * Refuses import.missing, import.not_failed, file.missing.
 */
export async function resumeImport(
  ctx: Context,
  deps: { jobs: Jobs; staging: Staging },
  id: number,
): Promise<StoredImport> {
  ctx.require("data:write");
  const one = await findImport(ctx.pool, id);
  if (!one) refuse("missing", "import.missing", "There is no such import.");
  // A run that was ended before it began never touched its import, which still waits.
  const run = one.state === "queued" && one.jobId ? await deps.jobs.get(one.jobId) : undefined;
  const neverBegan = run?.state === "cancelled" || run?.state === "failed";
  if (!neverBegan && !["failed", "cancelled", "checked"].includes(one.state)) {
    refuse(
      "conflict",
      "import.not_failed",
      "Only an import that failed, was cancelled or was tried can be started again.",
    );
  }
  await getFiles(
    ctx,
    deps.staging,
    one.files.map((file) => file.fileId),
  );
  const waiting = await ctx.inTransaction(async (tx) => {
    const queued = await requeueImport(tx, id);
    await record(tx, ctx, "import.resumed", String(id), { state: one.state }, { state: "queued" });
    return queued;
  });
  return waiting ? begin(ctx, deps.jobs, waiting) : one;
}

function hasDates(mapping: Mapping): boolean {
  return Object.values(mapping.files).some((columns) => columns.happenedAt);
}

export function currencyOf(given: string | undefined, mapping: Mapping): string {
  const currency = given?.trim().toUpperCase();
  if (currency === undefined || currency === "") {
    if (mapping.files.lines?.currency ?? mapping.files.orders?.currency) return "";
    const listed = lineKindOf(mapping);
    if (listed) {
      const columns = mapping.files[listed.role]!;
      const { amount } = listed.kind;
      if (!amount || !columns[amount] || columns.currency || mapping.rules.constants.currency) return "";
    }
    refuse(
      "invalid",
      "import.currency_missing",
      "The files name no currency. Say which one the amounts are in, such as EUR or GBP.",
    );
  }
  if (!isCurrency(currency)) {
    refuse(
      "invalid",
      "import.currency_unknown",
      `${currency} is no currency of ISO 4217, such as EUR or GBP.`,
      { currency },
    );
  }
  return currency;
}

export function timezoneOf(given: string | undefined, datesHaveZone: boolean): string {
  if (!given?.trim()) {
    if (datesHaveZone) return "UTC";
    refuse(
      "invalid",
      "import.timezone_missing",
      "The dates in the files name no time zone. Say which one they are written in, such as Europe/Berlin.",
    );
  }
  try {
    return new Intl.DateTimeFormat("en", { timeZone: given.trim() }).resolvedOptions().timeZone;
  } catch {
    refuse(
      "invalid",
      "import.timezone_unknown",
      `${given} is no time zone of the IANA list, such as Europe/Berlin.`,
      { timezone: given },
    );
  }
}

/** The stated basis with the defaults for purposes that were not named. */
export async function basisOf(ctx: Context, mapping: Mapping, given: StatedBasis = {}): Promise<StatedBasis> {
  const kind = kindOfMapping(mapping);
  // A list of answers says by itself what is allowed, and costs are about nobody.
  if (kind === "consents" || kind === "costs") return {};
  const purposes = await listPurposes(ctx.pool);
  for (const key of Object.keys(given)) {
    if (!purposes.some((purpose) => purpose.key === key)) {
      refuse(
        "invalid",
        "basis.purpose_unknown",
        `There is no purpose ${key}. There are: ${purposes.map((one) => one.key).join(", ")}.`,
      );
    }
  }
  const basis = Object.fromEntries(
    purposes.map(({ key }) => [key, given[key] === undefined ? (defaultBasis[key] ?? null) : given[key]]),
  );
  const collects = purposes.some((purpose) => purpose.kinds.includes("collect") && basis[purpose.key]);
  if (!collects) {
    refuse(
      "invalid",
      "basis.measure_missing",
      "Without a lawful basis for measure nothing about customers may be kept. State one, such as measure=contract.",
    );
  }
  return basis;
}

/**
 * Takes an import back: its events, and what it changed, are as if it had not been, and customers whom only
 * it knew are removed. Refuses import.missing, import.not_done, import.busy. Cut short, it can be asked for again.
 */
export async function undoImport(ctx: Context, id: number): Promise<StoredImport> {
  ctx.require("data:write");
  await getDone(ctx, id);
  // An import under way may have found a customer whom only this one knew, and may take long.
  if (await isAnyRunning(ctx.pool))
    refuse("conflict", "import.busy", "Another import is running. Take this one back when it has ended.");
  return alone(ctx, async () => {
    await getDone(ctx, id);
    await showImport(ctx, id, false, await nextVersion(ctx.pool));
    await forgetAttempt(ctx, id);
    await forgetPeople(ctx, id);
    await ctx.inTransaction(async (tx) => {
      await endImport(tx, id, { state: "undone", at: ctx.now() });
      await record(tx, ctx, "import.undone", String(id), { state: "done" }, { state: "undone" });
    });
    return (await findImport(ctx.pool, id))!;
  });
}

async function getDone(ctx: Context, id: number): Promise<void> {
  const one = await findImport(ctx.pool, id);
  if (!one) refuse("missing", "import.missing", "There is no such import.");
  if (one.state !== "done")
    refuse("conflict", "import.not_done", "Only an import that is done can be taken back.");
}
