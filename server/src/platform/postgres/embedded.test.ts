import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { spawnHolder } from "./fixtures/spawn-holder.ts";
import {
  DataDirInUse,
  type EmbeddedPostgres,
  lockDataDir,
  openPool,
  queryOne,
  sql,
  startEmbeddedPostgres,
} from "./index.ts";
import { isServerOf, readPostmasterFile } from "./lockfiles.ts";

/** The temp folder of a test, and the data folder, which may lie deeper in it. */
let folder: string;
let dataDir: string;
let running: EmbeddedPostgres[];
const messages: string[] = [];
const note = (_details: object, message: string) => void messages.push(message);
const log = { info: note, warn: note, error: note };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rondell-pg-test-"));
  dataDir = folder;
  running = [];
  messages.length = 0;
});

afterEach(async () => {
  for (const postgres of running) await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start() {
  const postgres = await startEmbeddedPostgres({ dataDir, log });
  running.push(postgres);
  return postgres;
}

async function ask(connection: EmbeddedPostgres["connection"], text: string) {
  const pool = openPool(connection, { max: 1 });
  try {
    return (await pool.query(text)).rows;
  } finally {
    await pool.end();
  }
}

async function until(holds: () => boolean | Promise<boolean>, timeoutMs = 15_000) {
  const giveUpAt = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error("This did not come true in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("start and stop", () => {
  test("what was saved is there after a stop and a start", async () => {
    const first = await start();
    expect(first.owner).toBe(true);
    expect(first.version).toMatch(/^18\./);
    await ask(first.connection, "create table kept (n int); insert into kept values (42)");
    await first.stop();
    expect(isServerOf(first.pid, first.dataDirectory)).toBe(false);
    expect(existsSync(join(first.dataDirectory, "postmaster.pid"))).toBe(false);
    const second = await start();
    expect(await ask(second.connection, "select n from kept")).toEqual([{ n: 42 }]);
  });

  test("the server is reached by its socket and password only", async () => {
    const { connection } = await start();
    expect(await ask(connection, "show listen_addresses")).toEqual([{ listen_addresses: "" }]);
    expect(
      await ask(connection, "select 1 from pg_hba_file_rules where auth_method <> 'scram-sha-256'"),
    ).toEqual([]);
    await expect(ask({ ...connection, password: "guess" }, "select 1")).rejects.toThrow(/password/);
    expect((await stat(join(dataDir, "secrets", "pg.pass"))).mode & 0o777).toBe(0o600);
    expect((await stat(connection.host)).mode & 0o777).toBe(0o700);
  });

  test("an initdb that was broken off leaves nothing in the way", async () => {
    const first = await start();
    await first.stop();
    const { dataDirectory } = first;
    execFileSync("mv", [dataDirectory, `${dataDirectory}.new`]);
    const second = await start();
    expect(await ask(second.connection, "select 1 as n")).toEqual([{ n: 1 }]);
    expect(existsSync(`${dataDirectory}.new`)).toBe(false);
  });

  test("a path too long for a socket is no obstacle", async () => {
    dataDir = join(dataDir, "a-folder-with-a-long-name".repeat(5));
    const { connection } = await start();
    expect(Buffer.byteLength(connection.host)).toBeLessThan(100);
    expect(await ask(connection, "select 1 as n")).toEqual([{ n: 1 }]);
    await running[0]!.stop();
    expect(existsSync(connection.host)).toBe(false);
  });

  test("settings that Postgres refuses are told with its own words", async () => {
    const failing = startEmbeddedPostgres({ dataDir, log, settings: { shared_buffers: "many" } });
    await expect(failing).rejects.toThrow(/invalid value for parameter "shared_buffers"/);
    // The folder is free again.
    expect((await start()).owner).toBe(true);
  });

  test("a lost password file is told, not replaced in silence", async () => {
    await (await start()).stop();
    await writeFile(join(dataDir, "secrets", "pg.pass"), "another\n");
    await expect(startEmbeddedPostgres({ dataDir, log })).rejects.toThrow(/secrets\/pg.pass is not the one/);
  });
});

describe.skipIf(process.getuid?.() !== 0)("as root (skipped under other accounts)", () => {
  test("the server runs under another account, and only its own folder is given to that", async () => {
    const { dataDirectory, pid } = await start();
    const owner = (await stat(dataDirectory)).uid;
    expect(owner).not.toBe(0);
    expect(execFileSync("ps", ["-o", "uid=", "-p", String(pid)], { encoding: "utf8" }).trim()).toBe(
      String(owner),
    );
    expect((await stat(dataDir)).uid).toBe(0);
    expect((await stat(join(dataDir, "secrets"))).uid).toBe(0);
  });

  test("a data folder that is closed to others stays closed to all but the server's account", async () => {
    await chmod(dataDir, 0o700);
    const { connection } = await start();
    expect(await ask(connection, "select 1 as n")).toEqual([{ n: 1 }]);
    expect((await stat(dataDir)).mode & 0o067).toBe(0);
  });

  test("below a folder that is closed to others, as root's home is, it starts all the same, or says what to do", async () => {
    await chmod(dataDir, 0o700);
    dataDir = join(dataDir, "checkout", "data");
    try {
      const { connection } = await start();
      expect(await ask(connection, "select 1 as n")).toEqual([{ n: 1 }]);
    } catch (error) {
      expect(String(error)).toMatch(/Choose a RONDELL_DATA_DIR/);
    }
    // The place outside of the folder is used only where user namespaces are forbidden; nothing of it stays.
    const outside = messages
      .find((message) => message.startsWith("Postgres keeps its files in "))
      ?.split(" ")[5];
    if (outside) await rm(outside.replace(/,$/, ""), { recursive: true, force: true });
  });

  test("files that were copied as root are given back to the server's account", async () => {
    const first = await start();
    await first.stop();
    execFileSync("chown", ["-R", "0:0", join(dataDir, "postgres")]);
    expect(await ask((await start()).connection, "select 1 as n")).toEqual([{ n: 1 }]);
  });
});

test("a folder that cannot be made is refused with the way out", async () => {
  await writeFile(join(dataDir, "file"), "");
  await expect(lockDataDir(join(dataDir, "file", "below"))).rejects.toThrow(
    /cannot be used .*another RONDELL_DATA_DIR/,
  );
});

describe("crashes", () => {
  test("a postmaster killed with -9 is started again, and pools find it by themselves", async () => {
    const postgres = await start();
    const pool = openPool(postgres.connection, { max: 3 });
    await pool.query("create table kept (n int); insert into kept values (42)");
    const before = postgres.pid;
    process.kill(before, "SIGKILL");
    await until(async () => {
      try {
        return (
          (await queryOne<{ n: number }>(pool, sql`select n from kept`))?.n === 42 && postgres.pid !== before
        );
      } catch {
        return false;
      }
    });
    expect(messages).toContain("Postgres ended unexpectedly and is started again");
    await pool.end();
    await postgres.stop();
    expect(isServerOf(postgres.pid, postgres.dataDirectory)).toBe(false);
  });

  test("stop during a restart leaves no server behind", async () => {
    const postgres = await start();
    process.kill(postgres.pid, "SIGKILL");
    await until(() => messages.includes("Postgres ended unexpectedly and is started again"));
    await postgres.stop();
    const file = readPostmasterFile(postgres.dataDirectory);
    expect(file === undefined || !isServerOf(file.pid, postgres.dataDirectory)).toBe(true);
  });

  test("kill -9 of the process shuts the server down cleanly, and the folder opens at once", async () => {
    const holder = await spawnHolder(dataDir);
    const { pid, dataDirectory, connection } = holder.postgres;
    await ask(connection, "create table kept as select generate_series(1, 1000) as n");
    await holder.end("SIGKILL");
    await until(() => !isServerOf(pid, dataDirectory));
    expect(await readFile(join(dataDir, "postgres", "server.log"), "utf8")).toMatch(
      /database system is shut down/,
    );
    const next = await start();
    expect(await ask(next.connection, "select count(*) as n from kept")).toEqual([{ n: 1000 }]);
  });

  test("rows acknowledged before a kill -9 of everything are there afterwards", async () => {
    for (let round = 1; round <= 2; round++) {
      const holder = await spawnHolder(dataDir, "write");
      const atBegin = holder.lastAcknowledged();
      await until(() => holder.lastAcknowledged() > atBegin + 50);
      const { pid, connection } = holder.postgres;
      process.kill(pid, "SIGKILL");
      await holder.end("SIGKILL");
      const next = await start();
      const [row] = await ask(
        next.connection,
        "select max(n)::int as last, count(*)::int as rows from written",
      );
      expect(row.last).toBeGreaterThanOrEqual(holder.lastAcknowledged());
      expect(row.rows).toBe(row.last);
      expect(next.connection).toEqual(connection);
      await next.stop();
    }
  });

  test("a server whose owner and shell were killed is stopped, and ours takes its place", async () => {
    const holder = await spawnHolder(dataDir);
    const { pid, dataDirectory } = holder.postgres;
    // In one call, the shells first: none of them may live to hear that another has died.
    const shells = shellsAround(pid);
    expect(shells.length).toBeGreaterThan(1);
    try {
      execFileSync("kill", ["-9", ...shells, holder.child.pid!].map(String), { stdio: "pipe" });
    } catch (error) {
      // A helper of a shell may be gone in the moment between being listed and being killed.
      if (!String((error as { stderr?: Buffer }).stderr).includes("No such process")) throw error;
    }
    await holder.exited;
    expect(isServerOf(pid, dataDirectory)).toBe(true);
    const next = await start();
    expect(next.owner).toBe(true);
    expect(isServerOf(pid, dataDirectory)).toBe(false);
    expect(messages).toContain("Postgres waits for the remains of a crash to go");
  });

  test("a lock file that names a foreign, living process is no obstacle, and keeps its other lines", async () => {
    const first = await start();
    const path = join(first.dataDirectory, "postmaster.pid");
    const lines = (await readFile(path, "utf8")).split("\n");
    await first.stop();
    await writeFile(path, [process.pid, ...lines.slice(1)].join("\n"));
    expect(isServerOf(process.pid, first.dataDirectory)).toBe(false);
    const second = await start();
    expect(second.owner).toBe(true);
    await second.stop();
    // An empty one, as a power cut may leave it.
    await writeFile(path, "");
    expect((await start()).owner).toBe(true);
  });
});

describe("two processes and one data folder", () => {
  test("the second is refused and told which process holds it; kill -9 frees it", async () => {
    const holder = await spawnHolder(dataDir);
    const refused = lockDataDir(dataDir);
    await expect(refused).rejects.toBeInstanceOf(DataDirInUse);
    await expect(refused).rejects.toThrow(
      `The data folder ${dataDir} is in use by process ${holder.child.pid}; stop it or choose another RONDELL_DATA_DIR.`,
    );
    await holder.end("SIGKILL");
    const lock = await lockDataDir(dataDir);
    await lock.release();
    await (await lockDataDir(dataDir)).release();
  });

  test("one that only needs the database joins the server, and does not stop it", async () => {
    const owner = await start();
    const guest = await start();
    expect(guest.owner).toBe(false);
    expect(guest.connection).toEqual(owner.connection);
    await guest.stop();
    expect(await ask(owner.connection, "select 1 as n")).toEqual([{ n: 1 }]);
  });
});

/** The shells and `cat` that start a server and wait with it: they share its group, and `sh` comes first. */
function shellsAround(pid: number): number[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,pgid=,comm="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const group = table.find(([other]) => Number(other) === pid)?.[1];
  const ofGroup = (name: string) =>
    table
      .filter(([, pgid, command]) => pgid === group && command?.split("/").at(-1) === name)
      .map(([other]) => Number(other));
  return [...ofGroup("sh"), ...ofGroup("cat")];
}
