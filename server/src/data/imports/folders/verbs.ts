import { type Context, record } from "../../../garden/index.ts";
import { refuse } from "../../../platform/refusal.ts";
import type { Staging } from "../files.ts";
import { getMapping } from "../mappings.ts";
import type { StatedBasis } from "../model.ts";
import { basisOf, currencyOf, timezoneOf } from "../start.ts";
import { folderOf, isOwn, lyingIn, makeFolder } from "./place.ts";
import * as store from "./store.ts";

export interface ShownFolder extends store.Folder {
  /** Where it lies on the server. */
  path: string;
  /** Files that lie there and were not taken yet, or are being imported. */
  waiting: number;
}

export async function listFolders(ctx: Context, staging: Staging): Promise<ShownFolder[]> {
  const folders = await store.listFolders(ctx.pool, ctx.now(), ctx.garden.timezone);
  return Promise.all(
    folders.map(async (folder) => {
      const path = folderOf(staging, ctx.garden.id, folder.mappingName);
      return { ...folder, path, waiting: (await lyingIn(path)).files.length };
    }),
  );
}

export interface FolderAsk {
  dailyAt: string | null;
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
  if (!(await isOwn(staging.dropFolder(ctx.garden.id), path))) {
    refuse(
      "conflict",
      "folder.elsewhere",
      `In place of the folder ${name} there is a link that leads elsewhere. Remove the link, and save again.`,
      { name },
    );
  }
  await ctx.inTransaction(async (tx) => {
    const folder = {
      mappingName: name,
      dailyAt: ask.dailyAt,
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

/** Ends the watch over a folder; what lies in it stays. Refuses folder.missing. */
export async function removeFolder(ctx: Context, name: string): Promise<void> {
  ctx.require("data:write");
  await ctx.inTransaction(async (tx) => {
    if (!(await store.removeFolder(tx, name)))
      refuse("missing", "folder.missing", `No folder ${name} is watched.`, { name });
    await record(tx, ctx, "import.folder_removed", name, null, null);
  });
}
