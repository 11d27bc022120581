import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, chown, lchown, lstat, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { EmbeddedPostgresFailed } from "./errors.ts";
import { ensureDataDir } from "./lock.ts";
import type { PostgresLog } from "./log.ts";

const run = promisify(execFile);

/**
 * Under which account Postgres runs. It refuses to be root, so a root process either lends it another
 * account, or puts it into a user namespace of its own (Linux) in which root's files belong to `nobody`.
 */
export type RunAs =
  | { kind: "self" }
  | { kind: "account"; name: string; uid: number; gid: number }
  | { kind: "namespace" };

/** Where Postgres keeps its files, and as whom. */
export interface Placement {
  /** The data folder itself, unless no account of this machine can reach it. */
  home: string;
  runAs: RunAs;
}

const namespaceCommand = ["unshare", "--user", "--map-user=65534", "--map-group=65534"] as const;

/** A command as it must be spawned to run under the account. */
export function commandAs(runAs: RunAs, command: string, args: readonly string[]) {
  if (runAs.kind === "namespace") {
    const [unshare, ...options] = namespaceCommand;
    return { command: unshare, args: [...options, command, ...args], options: {} };
  }
  return {
    command,
    args: [...args],
    options: runAs.kind === "account" ? { uid: runAs.uid, gid: runAs.gid } : {},
  };
}

/** The variables Postgres needs; none of ours (such as PGDATA or DATABASE_URL) may reach it. */
export const plainEnvironment: NodeJS.ProcessEnv = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
  TMPDIR: tmpdir(),
};

/** Chooses where and as whom Postgres runs; the same answer at each start of the same folder. */
export async function choosePlacement(dataDir: string, log: PostgresLog): Promise<Placement> {
  await ensureDataDir(dataDir);
  if (process.getuid?.() !== 0) {
    refuseNamelessAccount(dataDir);
    return { home: dataDir, runAs: { kind: "self" } };
  }
  const account = await findAccount();
  const note = join(dataDir, "postgres.location");
  const noted = existsSync(note) ? (await readFile(note, "utf8")).trim() : undefined;
  if (noted !== undefined && !existsSync(join(noted, "postgres"))) {
    throw new EmbeddedPostgresFailed(
      `The Postgres of ${dataDir} lies in ${noted}, as ${note} says, but there is none. Put it back there, or correct that file.`,
    );
  }
  if (noted === undefined) {
    if (account && (await opensFolder(dataDir, account))) return { home: dataDir, runAs: account };
    const namespace: RunAs = { kind: "namespace" };
    if (await opensFolder(dataDir, namespace)) {
      log.info(
        { dataDir },
        "Postgres runs in a user namespace, because no other account can reach the data folder",
      );
      return { home: dataDir, runAs: namespace };
    }
  }
  // Files that are here already are never left behind for a new, empty database.
  if (account && !existsSync(join(dataDir, "postgres"))) {
    const elsewhere = noted ?? join("/var/lib/rondell", randomBytes(8).toString("hex"));
    await mkdir(elsewhere, { recursive: true, mode: 0o755 });
    if (await opensFolder(elsewhere, account)) {
      log.warn(
        { dataDir, postgresDir: elsewhere },
        `Postgres keeps its files in ${elsewhere}, because its account ${account.name} cannot reach ${dataDir}. Set RONDELL_DATA_DIR to a folder such as /var/lib/rondell to have everything in one place.`,
      );
      if (noted === undefined) {
        await makePrivateFolder(join(elsewhere, "postgres"), account);
        await writeFile(note, `${elsewhere}\n`, { flush: true });
      }
      return { home: elsewhere, runAs: account };
    }
  }
  throw new EmbeddedPostgresFailed(
    `Postgres does not run as root, and no other account can reach ${dataDir}. Choose a RONDELL_DATA_DIR that every account can pass through (such as /var/lib/rondell), start Rondell under an ordinary account, or set DATABASE_URL to a Postgres server.`,
  );
}

/** `initdb` must find a name for the account; containers with made-up user ids have none. */
function refuseNamelessAccount(dataDir: string): void {
  try {
    userInfo();
  } catch {
    if (existsSync(join(dataDir, "postgres"))) return;
    throw new EmbeddedPostgresFailed(
      `The account with the id ${process.getuid?.()} has no name on this machine, and Postgres cannot create its files under such an account. Set DATABASE_URL to a Postgres server, or prepare the data folder under a named account.`,
    );
  }
}

async function findAccount(): Promise<Extract<RunAs, { kind: "account" }> | undefined> {
  for (const name of ["rondell", "postgres", "_postgres", "nobody"]) {
    try {
      const uid = Number((await run("id", ["-u", name])).stdout);
      const gid = Number((await run("id", ["-g", name])).stdout);
      // macOS gives `nobody` the id -2 as an unsigned number, and spawn wants it signed.
      if (uid !== 0) return { kind: "account", name, uid: uid | 0, gid: gid | 0 };
    } catch {
      // There is no such account; the next name may exist.
    }
  }
  return undefined;
}

/**
 * Whether the account can pass into the folder. Where only the folder itself is closed, and it is
 * root's, its group is opened to the account for passing through, not for listing.
 */
async function opensFolder(dir: string, runAs: RunAs): Promise<boolean> {
  if (await entersFolder(dir, runAs)) return true;
  if (runAs.kind !== "account" || !(await entersFolder(join(dir, ".."), runAs))) return false;
  const { uid, mode } = await stat(dir);
  if (uid !== 0) return false;
  await chown(dir, 0, runAs.gid);
  await chmod(dir, (mode & 0o777) | 0o010);
  return entersFolder(dir, runAs);
}

async function entersFolder(dir: string, runAs: RunAs): Promise<boolean> {
  const { command, args, options } = commandAs(runAs, "/bin/sh", ["-c", 'cd -- "$1"', "sh", dir]);
  try {
    await run(command, args, { ...options, cwd: "/", env: plainEnvironment });
    return true;
  } catch {
    return false;
  }
}

/** Makes a folder that belongs to the account Postgres runs under, and nobody else. */
export async function makePrivateFolder(dir: string, runAs: RunAs): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const owner = ownerOf(runAs);
  if (owner) await chown(dir, owner.uid, owner.gid);
  await chmod(dir, 0o700);
}

/**
 * Gives a folder with all it holds to the account, if it belongs to another; happens after a restore,
 * or when the account changed. Without root that is impossible, and refused with the way out.
 */
export async function ensureOwner(dir: string, runAs: RunAs): Promise<void> {
  const owner = ownerOf(runAs) ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const { uid } = await lstat(dir);
  if (uid === owner.uid >>> 0 || uid === owner.uid) return;
  if (process.getuid?.() !== 0) {
    throw new EmbeddedPostgresFailed(
      `${dir} belongs to another account (id ${uid}). Start Rondell under the account that created the data folder, or choose another RONDELL_DATA_DIR.`,
    );
  }
  await chownAll(dir, owner);
}

/** Owner of Postgres' files: root's own files in a namespace, undefined when no change is needed or possible. */
function ownerOf(runAs: RunAs): { uid: number; gid: number } | undefined {
  if (runAs.kind === "account") return { uid: runAs.uid, gid: runAs.gid };
  return runAs.kind === "namespace" ? { uid: 0, gid: 0 } : undefined;
}

async function chownAll(path: string, owner: { uid: number; gid: number }): Promise<void> {
  // The folder itself comes last: a chown that was broken off is seen and repeated at the next start.
  if ((await lstat(path)).isDirectory()) {
    for (const name of await readdir(path)) await chownAll(join(path, name), owner);
  }
  await lchown(path, owner.uid, owner.gid);
}
