import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chown, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { commandAs, makePrivateFolder, plainEnvironment, type RunAs } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { EmbeddedPostgresFailed } from "./errors.ts";

const run = promisify(execFile);

export const clusterUser = "rondell";

/** The password of the cluster's only account; made once, readable by the owner of the data folder alone. */
export async function ensurePassword(dataDir: string): Promise<string> {
  const path = join(dataDir, "secrets", "pg.pass");
  if (existsSync(path)) return (await readFile(path, "utf8")).trim();
  await mkdir(join(dataDir, "secrets"), { recursive: true, mode: 0o700 });
  const password = randomBytes(24).toString("base64url");
  await writeFile(`${path}.new`, `${password}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return password;
}

/**
 * Creates the database files, once. They grow under another name and are renamed at the end, so a
 * start that was broken off leaves nothing that looks finished.
 */
export async function ensureCluster(
  postgresDir: string,
  binaries: Binaries,
  runAs: RunAs,
  password: string,
): Promise<string> {
  const pgdata = join(postgresDir, `data-${binaries.major}`);
  if (existsSync(pgdata)) return pgdata;
  for (let major = binaries.major - 1; major >= 15; major--) {
    if (existsSync(join(postgresDir, `data-${major}`))) {
      throw new EmbeddedPostgresFailed(
        `${postgresDir} holds the files of Postgres ${major}, and this version of Rondell carries Postgres ${binaries.major}. Make a backup with the version that wrote them, and restore it into a new data folder with this one.`,
      );
    }
  }
  const unfinished = `${pgdata}.new`;
  const passwordFile = join(postgresDir, "initdb.pass");
  await rm(unfinished, { recursive: true, force: true });
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (runAs.kind === "account") await chown(passwordFile, runAs.uid, runAs.gid);
    const { command, args, options } = commandAs(runAs, join(binaries.bin, "initdb"), [
      ...["-D", unfinished, "-U", clusterUser, "-A", "scram-sha-256", "--pwfile", passwordFile],
      // The built-in locale sorts alike on every machine; one of the system's may change under an index.
      ...[
        "-E",
        "UTF8",
        "--locale-provider=builtin",
        "--locale=C",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
      ],
    ]);
    await run(command, args, { ...options, cwd: "/", env: plainEnvironment });
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new EmbeddedPostgresFailed(
      `Postgres could not create its files in ${postgresDir}: ${(stderr || message).trim()}`,
      {
        cause: error,
      },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(unfinished, pgdata);
  const folder = await open(postgresDir, "r");
  await folder.sync();
  await folder.close();
  return pgdata;
}

/** Longest path of a unix socket that Linux and macOS take, with a margin. */
const socketPathBytesMax = 100;

/** Folder for the socket: beside the data, or a new short one in `temp` when that path is too long. */
export async function makeSocketFolder(postgresDir: string, runAs: RunAs, makeTemp: () => Promise<string>) {
  const beside = join(postgresDir, "run");
  const isShort = Buffer.byteLength(join(beside, ".s.PGSQL.5432")) <= socketPathBytesMax;
  const dir = isShort ? beside : await makeTemp();
  await makePrivateFolder(dir, runAs);
  return { dir, temporary: !isShort };
}
