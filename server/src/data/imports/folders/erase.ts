import { createReadStream } from "node:fs";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { type Context, namesPerson, type Person } from "../../../garden/index.ts";
import { firstBytes, type Staging } from "../files.ts";
import { isParquet, isReadable, isZstd } from "../other-formats.ts";
import { withoutPersonInParquet } from "../parquet-person.ts";
import { unpackedWithin } from "../unpack.ts";
import { withoutPerson } from "../without-person.ts";
import { isOwn } from "./place.ts";

/** Takes a person out of what lies in the watched folders of a garden. Gives how many lines and files that were. */
export async function eraseDropped(ctx: Context, staging: Staging, person: Person): Promise<number> {
  if (!person.identifiers.length) return 0;
  const base = staging.dropFolder(ctx.garden.id);
  let count = 0;
  for (const mapping of await entriesOf(base)) {
    if (!mapping.isDirectory() || !(await isOwn(base, join(base, mapping.name)))) continue;
    for (const part of ["", "done", "failed"]) {
      const folder = join(base, mapping.name, part);
      for (const file of await entriesOf(folder))
        if (file.isFile()) count += await eraseInFile(ctx, join(folder, file.name), part !== "", person);
    }
  }
  return count;
}

const entriesOf = (folder: string) => readdir(folder, { withFileTypes: true }).catch(() => []);

/**
 * One file. What waits to be imported loses the person's lines; what was put away does so, too, and goes as a whole where
 * it cannot be read line by line or still says the name: it was imported, or could not be.
 */
async function eraseInFile(ctx: Context, path: string, isPutAway: boolean, person: Person): Promise<number> {
  if (path.endsWith(".report.json")) return eraseInReport(path, person);
  const head = await firstBytes(path);
  const remove = () => rm(path, { force: true }).then(() => 1);
  if (isParquet(head)) return withoutPersonInParquet(ctx, path, person);
  if (!isReadable(head)) return isPutAway ? remove() : 0;
  const isPacked = isZstd(head);
  const gzip = head[0] === 0x1f && head[1] === 0x8b;
  const lines = isPacked ? 0 : await withoutPerson(path, gzip, person);
  if (!isPutAway || !(await says(path, gzip ? "gzip" : isPacked ? "zstd" : "plain", person))) return lines;
  return lines + (await remove());
}

/** Whether one of the person's texts stands anywhere in a file, as far as it can be unpacked. */
async function says(path: string, way: "plain" | "gzip" | "zstd", { texts }: Person): Promise<boolean> {
  const needles = texts.filter((text) => /\D/.test(text)).map((text) => text.toLowerCase());
  const longest = Math.max(0, ...needles.map((needle) => needle.length));
  const source = createReadStream(path);
  const unpack = way === "gzip" ? createGunzip() : way === "zstd" ? unpackedWithin(path) : undefined;
  const plain = unpack ? source.pipe(unpack) : source;
  source.on("error", (error) => plain.destroy(error));
  let rest = "";
  try {
    for await (const part of plain) {
      const text = rest + (part as Buffer).toString("utf8").toLowerCase();
      if (needles.some((needle) => text.includes(needle))) return true;
      rest = text.slice(-longest);
    }
    return false;
  } catch {
    // What is damaged within cannot be vouched for.
    return true;
  } finally {
    source.destroy();
  }
}

/** A report says what came of a file: that stays, and the words that name the person go. */
async function eraseInReport(path: string, person: Person): Promise<number> {
  const isOf = namesPerson(person);
  let report: Record<string, unknown>;
  try {
    report = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  } catch {
    return 0;
  }
  if (!isOf(report)) return 0;
  const plain = { ...report, message: null, details: {} };
  if (isOf(plain)) await rm(path, { force: true });
  else
    await writeFile(path, `${JSON.stringify(plain, null, 2)}\n`, { mode: (await stat(path)).mode & 0o777 });
  return 1;
}
