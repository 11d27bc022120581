import { lstat, mkdir, readdir, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { refuse } from "../../../platform/refusal.ts";
import type { Staging } from "../files.ts";
import type { Lying } from "./store.ts";

/** The folder of a mapping's files. Both names are of our own making: a garden's id and a mapping's name. */
export function folderOf(staging: Staging, garden: string, mappingName: string): string {
  if (!/^[a-z0-9_]+$/.test(garden) || !/^[a-z0-9][a-z0-9-]{0,60}$/.test(mappingName))
    throw new Error(`Bad folder ${garden} ${mappingName}`);
  return join(staging.dropFolder(garden), mappingName);
}

/** Makes the folder, and the two to which its files go. */
export async function makeFolder(folder: string): Promise<void> {
  for (const part of ["done", "failed"]) await mkdir(join(folder, part), { recursive: true, mode: 0o770 });
}

/**
 * Whether a folder is really where it seems to be, and no link leads out of it: neither itself, nor the two to which its
 * files go.
 */
export async function isOwn(base: string, folder: string): Promise<boolean> {
  const [root, place] = await Promise.all([realpath(base), realpath(folder)]).catch(() => []);
  if (root === undefined || place !== join(root, folder.slice(base.length + sep.length))) return false;
  for (const part of ["done", "failed"]) {
    const info = await lstat(join(folder, part)).catch(() => undefined);
    if (info && !info.isDirectory()) return false;
  }
  return true;
}

/** Refuses folder.elsewhere, folder.gone. */
export async function checkOwn(base: string, folder: string, name: string): Promise<void> {
  if (await isOwn(base, folder)) return;
  if (!(await lstat(folder).catch(() => undefined)))
    refuse(
      "conflict",
      "folder.gone",
      `The folder ${name} is not there any more. Save it again: that makes it anew.`,
      {
        name,
      },
    );
  refuse(
    "conflict",
    "folder.elsewhere",
    `In place of the folder ${name} there is a link that leads elsewhere. Remove the link, and save again.`,
    { name },
  );
}

/** Names of files that somebody is still writing, or that are none of ours. */
const unfinished = /^\.|\.(part|partial|tmp|crdownload|filepart)$|~$/i;

/** What lies in a folder and is written to its end by its name: files, and what is none. */
export async function lyingIn(folder: string): Promise<{ files: Lying[]; odd: string[] }> {
  const files: Lying[] = [];
  const odd: string[] = [];
  for (const name of (await readdir(folder).catch(() => [] as string[])).sort()) {
    if (unfinished.test(name) || name === "done" || name === "failed") continue;
    const info = await lstat(join(folder, name)).catch(() => undefined);
    if (!info) continue;
    if (info.isFile()) files.push({ name, bytes: info.size, writtenAt: info.mtime });
    // A link may lead anywhere: it is told of, and never followed.
    else odd.push(name);
  }
  return { files, odd };
}
