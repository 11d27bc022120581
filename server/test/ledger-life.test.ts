import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, expect, test } from "vitest";
import { openApp } from "../src/app.ts";
import { fetchStaged } from "../src/cli/backup.ts";
import { readConfig } from "../src/config.ts";
import { openAnchors } from "../src/data/consent/index.ts";
import { sealLedger } from "../src/data/consent/seal.ts";
import { verifyLedger } from "../src/data/consent/verify.ts";
import { findCustomer } from "../src/data/identity/index.ts";
import { readyMappings } from "../src/data/imports/ready.ts";
import { importFiles, sendFile } from "../src/data/imports/testing.ts";
import { restoreBackup } from "../src/garden/backup.ts";
import { publicId } from "../src/platform/ids.ts";
import { openStores } from "../src/stores.ts";
import { asCommand } from "./command.ts";
import { freshDatabase } from "./database.ts";
import { openGarden } from "./harness.ts";

const garden = await openGarden();
const { ctx } = garden;
const log = pino({ level: "error" });
const folder = await mkdtemp(join(tmpdir(), "rondell-ledger-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const anchors = openAnchors(garden.dataDir);
const people = ["10001", "10002", "10003", "10004"] as const;

/** The ledger is whole after each step, with a seal over it. */
async function whole(step: string): Promise<{ entries: number; erased: number }> {
  await sealLedger(ctx, anchors);
  const { fault, entries, erased } = await verifyLedger(ctx, anchors);
  expect(fault, step).toBeNull();
  return { entries, erased };
}

/** Answers that count, by purpose; of a part of a merged customer its own. */
async function answersOf(id: number): Promise<Record<string, string>> {
  const { rows } = await ctx.pool.query(
    `select purpose, granted::text || ' ' || basis as said from own_answers where customer_id = $1
      union all select purpose, granted::text || ' ' || basis from consent_current
        where customer_id = $1 and not exists (select from own_answers o where o.customer_id = $1)`,
    [id],
  );
  return Object.fromEntries(rows.map((row) => [row.purpose, row.said]));
}

async function post(url: string, body: object = {}) {
  const answer = await garden.api("POST", url, body);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}

test("the ledger stays whole through merge, import undo, un-merge, erasure, anonymising, backup and restore", {
  timeout: 180_000,
}, async () => {
  const { writeKey } = await garden.source("server");
  await garden.send(writeKey, "/v1/batch", {
    batch: people.map((userId, at) => ({
      ...{ type: "identify", userId, messageId: `said-${userId}`, traits: { name: `Person ${userId}` } },
      context: { consent: { categoryPreferences: { contact: at % 2 === 0 } } },
    })),
  });
  await garden.drained();
  const id = async (value: string) => (await findCustomer(ctx.pool, "user_id", value))!;
  const [one, two, three, four] = await Promise.all(people.map(id));
  const before = await answersOf(two!);
  expect(before.personalise).toBeUndefined();
  await whole("answers");

  const rows = people.map(
    (who, at) => `${536365 + at},85123A,HOLDER,6,12/13/2010 8:26,2.55,${who},United Kingdom`,
  );
  const header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
  const orders = await importFiles(garden, {
    mapping: readyMappings["uci-online-retail"],
    files: [await sendFile(garden, "orders.csv", [header, ...rows, ""].join("\n"))],
    currency: "GBP",
    timezone: "Europe/London",
    basis: { personalise: "legitimate_interest" },
  });
  expect((await answersOf(two!)).personalise).toBe("true legitimate_interest");
  await whole("import");

  const merge = await post(`/api/customers/${publicId("customer", one!)}/merges`, {
    joined: publicId("customer", two!),
  });
  await garden.drained();
  await whole("merge");

  const undone = await post(`/api/imports/${orders.id}/undo`);
  if (undone.job) await garden.app.jobs.ended(undone.job);
  await expect
    .poll(async () => (await garden.api("GET", `/api/imports/${orders.id}`)).body.state)
    .toBe("undone");
  const left = await ctx.pool.query(
    "select customer_id, purpose from own_answers where import_id is not null union all select customer_id, purpose from consent_current where import_id is not null",
  );
  expect(left.rows).toEqual([]);
  await whole("import undo");

  await post(`/api/merges/${merge.id}/undo`);
  await garden.drained();
  expect(await answersOf(two!), "the basis does not come back").toEqual(before);
  await whole("un-merge");

  await post("/api/privacy/erasures", { whom: { customerId: publicId("customer", three!) } });
  const { erased } = await whole("erasure");
  expect(erased).toBeGreaterThan(0);
  await post("/api/privacy/erasures", {
    whom: { customerId: publicId("customer", four!) },
    mode: "anonymise",
  });
  const last = await whole("anonymising");
  expect(last.erased).toBeGreaterThan(erased);

  await asCommand(garden, (server) => fetchStaged(server, folder, {}));
  await garden.app.stop();
  const database = await freshDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "rondell-ledger-"));
  const config = readConfig({ RONDELL_DATA_DIR: dataDir, RONDELL_PORT: "0" });
  // Secrets of sources are sealed, so their keys come along, as the manual says.
  await cp(join(garden.dataDir, "secrets"), join(dataDir, "secrets"), { recursive: true });
  const stores = await openStores(config, { log, connection: database.connection });
  await restoreBackup({ dir: folder, projectDir: config.projectDir, ...stores, log });
  await stores.close();
  const app = await openApp(config, { connection: database.connection, log });
  const restored = app.gardens.context("test", { kind: "command", id: "command", name: "test" });
  const check = await verifyLedger(restored, openAnchors(dataDir));
  expect(check).toMatchObject({ fault: null, entries: last.entries, erased: last.erased });
  await app.stop();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});
