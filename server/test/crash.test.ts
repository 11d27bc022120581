import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Agreement } from "./crash/agree.ts";
import { expectAgreement, expectTraffic } from "./crash/expect.ts";
import { openTraffic, post, randomOf } from "./crash/load.ts";
import { bundleCrashServer, type CrashServer, startCrashServer } from "./crash/process.ts";

const seed = Number(process.env.RONDELL_TEST_SEED ?? Date.now() % 1_000_000);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe(`a server that is killed (seed ${seed})`, () => {
  let dataDir: string;
  let bundle: Awaited<ReturnType<typeof bundleCrashServer>>;
  let server: CrashServer | undefined;
  beforeAll(async () => {
    bundle = await bundleCrashServer();
    dataDir = await mkdtemp(join(tmpdir(), "rondell-crash-"));
    console.info(`RONDELL_TEST_SEED=${seed} repeats the timing of this run.`);
  });
  afterAll(async () => {
    await server?.kill();
    await rm(dataDir, { recursive: true, force: true });
    await bundle.remove();
  });

  test("ten times during ingestion keeps every acknowledged event exactly once", async () => {
    const random = randomOf(seed);
    const traffic = openTraffic(random);
    for (let round = 0; round < 10; round++) {
      const starting = startCrashServer(bundle.file, dataDir);
      if (round === 4) {
        // Also while it starts.
        await sleep(300 + 900 * random());
        await starting.kill();
        continue;
      }
      server = await starting.ready;
      // A folder that somebody emptied would look like lost events.
      expect(server.isNew, `the data folder ${dataDir} is as it was left`).toBe(round === 0);
      let over = false;
      const load = traffic.run(server.url, () => over);
      await sleep(100 + 700 * random());
      if (round % 3 === 1) {
        server.killPostgres();
        // Sometimes the process dies with it, sometimes it sees the new server first.
        await sleep(random() < 0.5 ? 10 : 900);
      }
      await server.kill();
      over = true;
      await load;
    }
    server = await startCrashServer(bundle.file, dataDir).ready;
    await traffic.finish(server.url);
    const found = await server.ask<Agreement>("/agree");
    console.info(traffic.counts);
    expect(traffic.counts.acknowledged).toBeGreaterThan(500);
    expectAgreement(found);
    expectTraffic(found, traffic.expected);
    expect(found.counted).toEqual({
      customers: traffic.expected.users.size,
      known: traffic.expected.users.size,
      events: traffic.expected.events.size,
    });
    await server.stop();
    server = undefined;
  }, 400_000);

  test("ten times during an import, which then shows every line once", async () => {
    const random = randomOf(seed + 1);
    const traffic = openTraffic(random);
    const folder = await mkdtemp(join(tmpdir(), "rondell-crash-import-"));
    try {
      const orders = 20_000;
      const lines = ["InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"];
      const customers = new Set<number>();
      let minor = 0;
      for (let order = 0; order < orders; order++) {
        const customer = 10_000 + Math.floor(random() * 3000);
        customers.add(customer);
        const day = String(1 + (order % 28)).padStart(2, "0");
        for (let line = 0; line < 4; line++) {
          const pence = 100 + Math.floor(random() * 900);
          minor += 2 * pence;
          lines.push(
            `${500_000 + order},P${line},Product ${line},2,2011-03-${day} 10:00:00,${(pence / 100).toFixed(2)},${customer}.0,France`,
          );
        }
      }
      let importId: string | undefined;
      let state = "";
      for (let round = 0; round <= 10; round++) {
        server = await startCrashServer(bundle.file, folder).ready;
        expect(server.isNew, `the data folder ${folder} is as it was left`).toBe(round === 0);
        const authorization = `Bearer ${server.token}`;
        if (!importId) {
          const file = await post(
            `${server.url}/api/imports/files?name=orders.csv`,
            Buffer.from(`${lines.join("\n")}\n`),
            { authorization, "content-type": "application/octet-stream" },
          );
          const { fileId } = JSON.parse(file.body) as { fileId: string };
          const started = await post(
            `${server.url}/api/imports`,
            { mapping: "uci-online-retail", files: [fileId], currency: "EUR", timezone: "Europe/Berlin" },
            { authorization },
          );
          expect(started.status).toBe(202);
          importId = (JSON.parse(started.body) as { id: string }).id;
        }
        const last = round === 10;
        let over = false;
        const load = traffic.run(server.url, () => over);
        if (last) {
          do {
            await sleep(50);
            const answer = await fetch(`${server.url}/api/imports/${importId}`, {
              headers: { authorization },
            });
            state = ((await answer.json()) as { state: string }).state;
          } while (state === "queued" || state === "running");
        } else {
          await sleep(50 + 2_000 * random());
          if (round % 3 === 1) {
            server.killPostgres();
            // Sometimes the process dies with it, sometimes the import meets the new server first.
            await sleep(random() < 0.5 ? 10 : 900);
          }
          await server.kill();
        }
        over = true;
        await load;
      }
      expect(state).toBe("done");
      await traffic.finish(server!.url);
      const found = await server!.ask<Agreement>("/agree");
      expectAgreement(found);
      expectTraffic({ ...found, identifiers: found.identifiers - customers.size }, traffic.expected);
      expect(found.imported).toEqual([{ orders, minor, customers: customers.size, keys: orders }]);
      expect(found.counted.customers).toBe(traffic.expected.users.size + customers.size);
      expect(found.counted.events).toBe(traffic.expected.events.size + orders);
      await server!.stop();
      server = undefined;
    } finally {
      await server?.kill();
      await rm(folder, { recursive: true, force: true });
    }
  }, 400_000);
});
