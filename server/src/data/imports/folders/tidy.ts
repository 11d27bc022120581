import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../../garden/index.ts";
import type { Staging } from "../files.ts";
import { isOwn } from "./place.ts";
import { keepDaysDefault, listFolders } from "./store.ts";

/**
 * Removes what was put away in `done` and `failed` longer ago than its folder says, reports and lists of rejected lines with
 * it. When a file was put away stands before its name: a copy keeps the time at which it was written. Of folders that nobody
 * watches any more the usual days count.
 */
export async function tidyFolders(ctx: Context, staging: Staging): Promise<number> {
  const base = staging.dropFolder(ctx.garden.id);
  const folders = await listFolders(ctx.pool, ctx.now(), ctx.garden.timezone);
  const days = new Map(folders.map((folder) => [folder.mappingName, folder.keepDays]));
  let removed = 0;
  for (const mapping of await readdir(base).catch(() => [] as string[])) {
    const path = join(base, mapping);
    if (!(await isOwn(base, path))) continue;
    const before = ctx.now().getTime() - (days.get(mapping) ?? keepDaysDefault) * 86_400_000;
    for (const part of ["done", "failed"]) {
      const folder = join(path, part);
      if (!(await isOwn(base, folder))) continue;
      for (const name of await readdir(folder).catch(() => [] as string[])) {
        const at = putAwayAt(name);
        if (at === undefined || at >= before) continue;
        const info = await lstat(join(folder, name)).catch(() => undefined);
        if (!info?.isFile()) continue;
        await rm(join(folder, name), { force: true });
        removed++;
      }
    }
  }
  return removed;
}

/** When a file was put away, as its name says; undefined for what is none of ours. */
function putAwayAt(name: string): number | undefined {
  const found = /^(\d{4}-\d{2}-\d{2}T\d{2})-(\d{2})-(\d{2})-(\d{3})Z-/.exec(name);
  if (!found) return undefined;
  const at = Date.parse(`${found[1]}:${found[2]}:${found[3]}.${found[4]}Z`);
  return Number.isNaN(at) ? undefined : at;
}
