import { type Context, record } from "../../../garden/index.ts";
import { refuse } from "../../../platform/refusal.ts";
import type { Staging } from "../files.ts";
import { getMapping } from "../mappings.ts";
import type { StatedBasis } from "../model.ts";
import { basisOf, currencyOf, timezoneOf } from "../start.ts";
import { type Outcome, outcomesOf } from "./outcome.ts";
import { checkOwn, folderOf, lyingIn, makeFolder } from "./place.ts";
import * as store from "./store.ts";
import { type Timetable, timesOf, timetableOf } from "./timetable.ts";

export interface ShownFolder extends store.Folder {
  /** Where it lies on the server. */
  path: string;
  /** Files that lie there and were not taken yet, or are being imported. */
  waiting: number;
  timetable: Timetable | null;
  /** What the newest look has brought. */
  outcome: Outcome | null;
}

export async function listFolders(ctx: Context, staging: Staging): Promise<ShownFolder[]> {
  const folders = await store.listFolders(ctx.pool, ctx.now(), ctx.garden.timezone);
  const outcomes = await outcomesOf(
    ctx.pool,
    folders.map((folder) => folder.look),
  );
  return Promise.all(
    folders.map(async (folder, place) => {
      const path = folderOf(staging, ctx.garden.id, folder.mappingName);
      const { files } = await lyingIn(path);
      const outcome = outcomes[place] ?? null;
      return { ...folder, path, waiting: files.length, timetable: timetableOf(folder), outcome };
    }),
  );
}

export interface FolderAsk {
  timetable: Timetable | null;
  currency?: string | undefined;
  timezone?: string | undefined;
  basis?: StatedBasis | undefined;
  keepDays: number;
}

/**
 * Watches a folder for files of a mapping, or changes how. What the files do not say must be said here, as nobody is there
 * to be asked. Refuses mapping.missing, folder.elsewhere, import.currency_missing, import.currency_unknown,
 * import.timezone_unknown, basis.purpose_unknown, basis.measure_missing.
 */
export async function saveFolder(
  ctx: Context,
  staging: Staging,
  name: string,
  ask: FolderAsk,
): Promise<ShownFolder> {
  ctx.require("data:write");
  const { mapping } = await getMapping(ctx, name);
  const currency = currencyOf(ask.currency, mapping);
  const timezone = ask.timezone?.trim() ? timezoneOf(ask.timezone, false) : null;
  await basisOf(ctx, mapping, ask.basis);
  const path = folderOf(staging, ctx.garden.id, name);
  await makeFolder(path);
  await checkOwn(staging.dropFolder(ctx.garden.id), path, name);
  await ctx.inTransaction(async (tx) => {
    const folder = {
      mappingName: name,
      ...timesOf(ask.timetable),
      currency: currency || null,
      timezone,
      basis: ask.basis ?? {},
      keepDays: ask.keepDays,
    };
    await store.putFolder(tx, folder, ctx.actor.name, ctx.now());
    await record(tx, ctx, "import.folder_saved", name, null, folder);
  });
  return (await listFolders(ctx, staging)).find((one) => one.mappingName === name)!;
}

/**
 * Has a folder looked into within seconds, whatever its timetable says; that goes on as it was. Files that lie there must
 * still be complete. Refuses folder.missing.
 */
export async function lookNow(ctx: Context, staging: Staging, name: string): Promise<ShownFolder> {
  ctx.require("data:write");
  await ctx.inTransaction(async (tx) => {
    if (!(await store.askLook(tx, name, ctx.actor.name, ctx.now()))) missing(name);
    await record(tx, ctx, "import.folder_look_asked", name, null, null);
  });
  return (await listFolders(ctx, staging)).find((one) => one.mappingName === name) ?? missing(name);
}

function missing(name: string): never {
  refuse("missing", "folder.missing", `No folder ${name} is watched.`, { name });
}

/** Ends the watch over a folder; what lies in it stays. Refuses folder.missing. */
export async function removeFolder(ctx: Context, name: string): Promise<void> {
  ctx.require("data:write");
  await ctx.inTransaction(async (tx) => {
    if (!(await store.removeFolder(tx, name))) missing(name);
    await record(tx, ctx, "import.folder_removed", name, null, null);
  });
}
