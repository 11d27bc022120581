import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, expect, test } from "vitest";
import { asCommand } from "../../test/command.ts";
import { freshDatabase } from "../../test/database.ts";
import { openGarden, type TestGarden } from "../../test/harness.ts";

const log = pino({ level: "error" });
const places: string[] = [];
afterAll(async () => {
  for (const place of places) await rm(place, { recursive: true, force: true });
});
async function place(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "rondell-backup-"));
  places.push(dir);
  return dir;
}

/** Fetches a staged backup file by file, as the command line does. */
async function fetchBackup(garden: TestGarden, to?: string): Promise<{ dir: string; takenAt: Date }> {
  const { fetchStaged } = await import("../cli/backup.ts");
  const dir = to ?? (await place());
  const manifest = await asCommand(garden, (server) => fetchStaged(server, dir, {}));
  return { dir, takenAt: new Date(manifest.takenAt) };
}

test("each event acknowledged before a backup under load is there exactly once after the restore", {
  timeout: 180_000,
}, async () => {
  const garden = await openGarden();
  const { writeKey } = await garden.source("server");
  const acknowledged: string[] = [];
  let going = true;
  let sent = 0;
  const sender = async () => {
    while (going) {
      const ids = Array.from({ length: 20 }, () => `m-${sent++}`);
      const batch = ids.map((messageId, at) => ({
        type: at % 5 === 0 ? "identify" : "track",
        event: "Product Viewed",
        messageId,
        userId: `u${sent % 50}`,
        anonymousId: `a${sent % 70}`,
        traits: {},
      }));
      const answer = await garden.send(writeKey, "/v1/batch", { batch });
      if (answer.status === 200) acknowledged.push(...ids);
      // Load, not a flood: what is sent must be worked through twice before the test ends.
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  const senders = [sender(), sender()];
  while (acknowledged.length < 400) await new Promise((resolve) => setTimeout(resolve, 10));
  const before = acknowledged.length;
  const backup = await fetchBackup(garden);
  const seenAfterwards = acknowledged.length;
  going = false;
  await Promise.all(senders);
  // It was hot: events went on being acknowledged while the backup was taken.
  expect(seenAfterwards).toBeGreaterThan(before);
  await garden.drained();

  const database = await freshDatabase();
  const dataDir = await place();
  const { openStores } = await import("../stores.ts");
  const { restoreBackup } = await import("./backup.ts");
  const { readConfig } = await import("../config.ts");
  const { openApp } = await import("../app.ts");
  const config = readConfig({ RONDELL_DATA_DIR: dataDir, RONDELL_PORT: "0" });
  // One process has one data folder open: the first one is closed before the second.
  const events = `select event_id from events where import_id = 0`;
  const live = await garden.ctx.events.text({}, `select count() as n from (${events})`, "JSONEachRow");
  expect(JSON.parse(live).n).toBe(acknowledged.length);
  await garden.app.stop();

  const stores = await openStores(config, { log, connection: database.connection });
  await restoreBackup({ dir: backup.dir, projectDir: config.projectDir, ...stores, log });
  await expect(
    restoreBackup({ dir: backup.dir, projectDir: config.projectDir, ...stores, log }),
  ).rejects.toMatchObject({
    code: "restore.not_empty",
  });
  await stores.close();

  const app = await openApp(config, { connection: database.connection, log });
  await app.work.of("test").drained();
  const ctx = app.gardens.context("test", { kind: "command", id: "command", name: "test" });
  const rows = (
    await ctx.events.text(
      {},
      "select toString(event_id) as id, count() as n from events group by id",
      "JSONEachRow",
    )
  )
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { id: string; n: number });
  expect(rows.filter((row) => row.n !== 1)).toEqual([]);
  const { rows: remembered } = await ctx.pool.query<{ message_id: string }>(
    "select message_id from message_ids",
  );
  const restored = new Set(remembered.map((row) => row.message_id));
  expect(acknowledged.slice(0, before).filter((id) => !restored.has(id))).toEqual([]);
  // What was remembered as seen is what lies in the store: nothing was lost between the two engines.
  expect(rows.length).toBe(restored.size);

  // The restored garden goes on: an old message is known, a new one is stored.
  const again = await app.http.inject({
    method: "POST",
    url: "/v1/batch",
    headers: {
      authorization: `Basic ${Buffer.from(`${writeKey}:`).toString("base64")}`,
      "content-type": "application/json",
    },
    payload: {
      batch: [
        { type: "track", event: "Product Viewed", messageId: acknowledged[0], userId: "u1" },
        { type: "track", event: "Product Viewed", messageId: "after-restore", userId: "u1" },
      ],
    },
  });
  expect(again.statusCode).toBe(200);
  await app.work.of("test").drained();
  const count = JSON.parse(await ctx.events.text({}, "select count() as n from events", "JSONEachRow")).n;
  expect(count).toBe(rows.length + 1);
  await app.stop();
  await database.drop();
});

test("a copy of everything does not stay on the server when its caller fails or goes away", async () => {
  const garden = await openGarden();
  const staged = () => readdir(join(garden.dataDir, "staging", "backups")).catch(() => []);
  const dir = await place();
  // What stands in the way of a file of the backup makes the copying fail.
  await writeFile(join(dir, "gardens"), "in the way");
  await expect(fetchBackup(garden, dir)).rejects.toThrow();
  expect(await staged()).toEqual([]);

  // One that nobody fetches, as after Ctrl-C, makes room for the next; one that is being fetched stays.
  await asCommand(garden, async (server) => {
    const take = async () => (await server.call<{ id: string }>("POST", "/api/backups", {})).id;
    garden.clock.now = new Date("2026-05-01T10:00:00Z");
    await take();
    const slow = await take();
    garden.clock.now = new Date("2026-05-01T10:50:00Z");
    (await server.download(`/api/backups/${slow}/files/0`)).resume();
    garden.clock.now = new Date("2026-05-01T11:20:00Z");
    const next = await take();
    expect((await staged()).sort()).toEqual([slow, next].sort());
  });
});

test("a damaged backup and a folder that is none are refused before anything is touched", async () => {
  const { checkBackup } = await import("./backup.ts");
  const dir = await place();
  await expect(checkBackup(dir)).rejects.toMatchObject({ code: "backup.unreadable" });
  await writeFile(join(dir, "a.txt"), "changed");
  const manifest = {
    format: 1,
    takenAt: new Date().toISOString(),
    gardens: [],
    files: [{ name: "a.txt", bytes: 7, sha256: "0".repeat(64) }],
  };
  await writeFile(join(dir, "backup.json"), JSON.stringify(manifest));
  await expect(checkBackup(dir)).rejects.toMatchObject({ code: "backup.damaged" });
  const outside = { ...manifest, files: [{ name: "../../etc/passwd", bytes: 1, sha256: "0".repeat(64) }] };
  await writeFile(join(dir, "backup.json"), JSON.stringify(outside));
  await expect(checkBackup(dir)).rejects.toMatchObject({ code: "backup.damaged" });
});
