import { constants, createReadStream } from "node:fs";
import { copyFile, open, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Context } from "../../../garden/index.ts";
import { publicId } from "../../../platform/ids.ts";
import type { Jobs } from "../../../platform/jobs/index.ts";
import { Refusal } from "../../../platform/refusal.ts";
import { type Staging, stageFile, unstageFiles } from "../files.ts";
import { getMapping } from "../mappings.ts";
import { startImport } from "../start.ts";
import { findImport, type StoredImport } from "../store.ts";
import type { Look } from "./outcome.ts";
import { checkOwn, folderOf, lyingIn } from "./place.ts";
import * as store from "./store.ts";

/** Why files were not imported. */
interface Fault {
  code: string;
  message: string;
  details: Record<string, unknown>;
}

interface Deps {
  jobs: Jobs;
  staging: Staging;
}

/** What lay where at the last look, by folder and name: a file that has not changed since is complete. */
export type Seen = Map<string, string>;

/** A file that was taken and never imported is free again after this. */
const orphanMs = 15 * 60_000;

/**
 * Looks into a garden's folders: what was taken and has ended is put away with a report beside, and files that are
 * complete are imported.
 */
export async function lookIntoFolders(ctx: Context, deps: Deps, seen: Seen): Promise<void> {
  const now = ctx.now();
  await store.releaseOrphans(ctx.pool, new Date(now.getTime() - orphanMs));
  for (const folder of await store.listFolders(ctx.pool, now, ctx.garden.timezone)) {
    // One folder that cannot be looked into holds up none beside it; the next look tries again.
    await lookInto(ctx, deps, folder, seen).catch((error) =>
      error instanceof Refusal
        ? tellFault(ctx, folder, error)
        : ctx.log.warn(
            { err: error, folder: folder.mappingName },
            "a watched folder could not be looked into",
          ),
    );
  }
}

async function lookInto(ctx: Context, deps: Deps, folder: store.Folder, seen: Seen): Promise<void> {
  const path = folderOf(deps.staging, ctx.garden.id, folder.mappingName);
  await checkOwn(deps.staging.dropFolder(ctx.garden.id), path, folder.mappingName);
  await putAway(ctx, deps, folder, path);
  await take(ctx, deps, folder, path, seen);
}

/** Tells why a folder could not be looked into: once, and whenever somebody asks or its time comes. */
async function tellFault(
  ctx: Context,
  folder: store.Folder,
  { code, message, details }: Refusal,
): Promise<void> {
  const isAtOnce = folder.timeOfDay === null && folder.askedAt === null;
  if (!folder.due || (isAtOnce && folder.look?.fault?.code === code)) return;
  const fault = { code, message, details: details ?? {} };
  const at = ctx.now();
  const look = { at: at.toISOString(), askedBy: folder.askedBy, files: 0, imports: [], fault };
  await store.saveLook(ctx.pool, folder, look, at);
}

/** Takes the complete files of a folder: those of a mapping of several files together, else each by itself. */
async function take(ctx: Context, deps: Deps, folder: store.Folder, path: string, seen: Seen): Promise<void> {
  const { files, odd } = await lyingIn(path);
  const lying = new Set(files.map((file) => join(path, file.name)));
  for (const key of seen.keys()) if (dirname(key) === path && !lying.has(key)) seen.delete(key);
  const reserved = await store.listTaken(ctx.pool, folder.mappingName);
  const taken = new Set(reserved.map((one) => one.name));
  const complete = files.filter((file) => {
    const key = join(path, file.name);
    const now = `${file.bytes} ${file.writtenAt.getTime()}`;
    const isStill = seen.get(key) === now;
    seen.set(key, now);
    return isStill && !taken.has(file.name);
  });
  for (const name of odd) {
    const message = `${name} is a link or a folder. Only files themselves are taken: put a copy here.`;
    await refuseFile(ctx, folder, path, [name], { code: "folder.not_a_file", message, details: {} });
  }
  if (!folder.due) return;
  // Another process is taking files just now, and will tell of them.
  if (reserved.some((one) => one.importId === null)) return;
  const { mapping } = await getMapping(ctx, folder.mappingName);
  const together = Object.keys(mapping.files).length > 1;
  // What is taken at once waits for the last of its files.
  const isWhole = complete.length === files.filter((file) => !taken.has(file.name)).length;
  const isAtOnce = folder.timeOfDay === null && folder.askedAt === null;
  if ((together || !isAtOnce) && !isWhole) return;
  // A set that lacked a file lacks it until something there changes.
  const set = `set of ${path}`;
  const lies = JSON.stringify(complete);
  if (isAtOnce && (!complete.length || seen.get(set) === lies)) return;
  const look: Look = {
    at: ctx.now().toISOString(),
    askedBy: folder.askedBy,
    ...{ files: 0, imports: [], fault: null },
  };
  for (const some of together ? [complete] : complete.map((file) => [file])) {
    if (!some.length) break;
    const begun = await begin(ctx, deps, folder, path, some);
    // Who reserved the first of the files takes all of them, and tells of the look; after a full disk it is still due.
    if (begun === "elsewhere" || begun === "later") return;
    if ("importId" in begun) look.imports.push(begun.importId);
    else look.fault ??= begun.fault;
    if ("isWaiting" in begun) seen.set(set, lies);
    else look.files += some.length;
  }
  await store.saveLook(ctx.pool, folder, look, ctx.now());
}

/** What came of beginning the import of some files; those that wait lie where they lay. */
type Begun =
  | { importId: number }
  | { fault: Fault }
  | { fault: Fault; isWaiting: true }
  | "elsewhere"
  | "later";

async function begin(
  ctx: Context,
  deps: Deps,
  folder: store.Folder,
  path: string,
  files: readonly store.Lying[],
): Promise<Begun> {
  const names = files.map((file) => file.name);
  const isMine = await ctx.inTransaction((tx) => store.reserve(tx, folder.mappingName, files, ctx.now()));
  if (!isMine) return "elsewhere";
  const ids: string[] = [];
  try {
    for (const name of names) {
      // What is opened is the file itself, even if a link took its place since it was looked at.
      const handle = await open(join(path, name), constants.O_RDONLY | constants.O_NOFOLLOW);
      const body = createReadStream("", { fd: handle, autoClose: true });
      ids.push((await stageFile(ctx, deps.staging, name, body)).id);
    }
    const { currency, timezone, basis, mappingName } = folder;
    const one = await startImport(ctx, deps, {
      mapping: mappingName,
      files: ids,
      ...(currency ? { currency } : {}),
      ...(timezone ? { timezone } : {}),
      basis,
    });
    await store.noteImport(ctx.pool, mappingName, files, one.id);
    return { importId: one.id };
  } catch (error) {
    await store.release(ctx.pool, folder.mappingName, names);
    if (!(error instanceof Refusal)) throw error;
    await unstageFiles(ctx.pool, deps.staging, ctx.garden.id, ids);
    if (error.kind === "busy") return "later";
    const fault = { code: error.code, message: error.message, details: error.details ?? {} };
    if (error.code === "import.file_missing") return { fault, isWaiting: true };
    await refuseFile(ctx, folder, path, names, fault);
    return { fault };
  }
}

async function refuseFile(
  ctx: Context,
  folder: store.Folder,
  path: string,
  names: readonly string[],
  fault: Fault,
): Promise<void> {
  const last = lastOf(ctx, names, null, fault);
  for (const name of names) await move(ctx, path, "failed", name, last);
  await store.saveLast(ctx.pool, folder.mappingName, last);
}

/** Puts files away whose import has ended: to `done` or to `failed`, with what came of them beside. */
async function putAway(ctx: Context, deps: Deps, folder: store.Folder, path: string): Promise<void> {
  const byImport = new Map<number, string[]>();
  for (const { name, importId } of await store.listTaken(ctx.pool, folder.mappingName)) {
    if (importId !== null) byImport.set(importId, [...(byImport.get(importId) ?? []), name]);
  }
  for (const [importId, names] of byImport) {
    const one = await findImport(ctx.pool, importId);
    if (one?.state === "queued" || one?.state === "running") continue;
    const isDone = one?.state === "done" || one?.state === "undone";
    const fault = one?.error ?? {
      code: "import.cancelled",
      message: "The import was cancelled.",
      details: {},
    };
    const last = lastOf(ctx, names, one ?? null, isDone ? null : fault);
    for (const name of names) {
      const to = await move(ctx, path, isDone ? "done" : "failed", name, last);
      if (one && last.rejected > 0)
        await copyFile(
          deps.staging.rejectedPath(ctx.garden.id, one.id),
          `${to}.rejected.csv`,
          constants.COPYFILE_EXCL,
        ).catch(() => {});
    }
    await store.saveLast(ctx.pool, folder.mappingName, last);
    await store.release(ctx.pool, folder.mappingName, names);
  }
}

function lastOf(
  ctx: Context,
  files: readonly string[],
  one: StoredImport | null,
  fault: Fault | null,
): store.LastTaken {
  const { accepted = 0, updated = 0, unchanged = 0, rejected = 0 } = one?.result ?? {};
  return {
    at: ctx.now().toISOString(),
    files: [...files],
    import: one ? publicId("import", one.id) : null,
    state: fault ? "failed" : "done",
    code: fault?.code ?? null,
    message: fault?.message ?? null,
    details: fault?.details ?? {},
    ...{ accepted, updated, unchanged, rejected },
  };
}

/** Moves a file, under a name that says when, and writes the report beside it. Gives where it lies now. */
async function move(
  ctx: Context,
  path: string,
  where: "done" | "failed",
  name: string,
  report: store.LastTaken,
): Promise<string> {
  const stamp = ctx.now().toISOString().replace(/[:.]/g, "-");
  const to = join(path, where, `${stamp}-${shortened(name)}`);
  await rename(join(path, name), to).catch((error) => {
    // Somebody took it away meanwhile: what came of it is told all the same.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  });
  await writeFile(`${to}.report.json`, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o660, flag: "wx" });
  return to;
}

/** Bytes of a name that leave room for the time before it and the report's ending behind it; file systems take 255. */
const nameBytesMax = 200;

/** The end of a long name, which says what kind of file it is, without half a character. */
function shortened(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= nameBytesMax) return name;
  return bytes
    .subarray(bytes.length - nameBytesMax)
    .toString()
    .replace(/^\ufffd+/, "");
}
