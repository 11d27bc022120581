import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Writable } from "node:stream";
import { pino } from "pino";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { readyMappings } from "../src/data/imports/ready.ts";
import { importFiles, sendFile } from "../src/data/imports/testing.ts";
import { openHttp } from "../src/platform/http/index.ts";
import { openPool } from "../src/platform/postgres/index.ts";
import { readiness } from "../src/readiness.ts";
import { openGarden, type TestGarden } from "./harness.ts";

let garden: TestGarden;
let writeKey: string;
beforeAll(async () => {
  garden = await openGarden({ currency: "GBP" });
  ({ writeKey } = await garden.source("server"));
});

const get = async (url: string) => {
  const answer = await garden.app.http.inject({ url });
  return { status: answer.statusCode, body: answer.body, type: String(answer.headers["content-type"]) };
};
/** A figure of /metrics; undefined where it is not there. */
async function figure(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
  const { body } = await get("/metrics");
  const line = body.split("\n").find((one) => {
    const found = /^(\w+)(?:\{(.*)\})? /.exec(one);
    return (
      found?.[1] === name &&
      Object.entries(labels).every(([label, value]) => found[2]?.includes(`${label}="${value}"`))
    );
  });
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ") + 1));
}
const track = (messageId: string, more: object = {}) =>
  garden.send(writeKey, "/v1/track", { userId: "u1", event: "Product Viewed", messageId, ...more });
/** How many of these events can be queried. */
const views = async () => {
  const [row] = await garden.ctx.events.query(
    z.object({ n: z.coerce.number() }),
    {},
    "select count() as n from events where name = 'Product Viewed'",
  );
  return row!.n;
};
async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await isSo()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`It never came: ${what}`);
}

describe("whoever watches the server", () => {
  test("hears that it is alive, without a session", async () => {
    expect(await get("/health")).toMatchObject({ status: 200, body: '{"alive":true}' });
  });

  test("hears that it is ready, and how far the queue lags behind", async () => {
    const ready = await get("/ready");
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.body)).toEqual({
      ready: true,
      postgres: true,
      clickhouse: true,
      freeDiskBytes: expect.any(Number),
      gardens: { test: { waitingRequests: 0, waitingBytes: 0, oldestMs: 0 } },
    });

    const { pipeline } = garden.app.work.of("test");
    await pipeline.pause();
    expect((await track("lag-1")).status).toBe(200);
    await new Promise((done) => setTimeout(done, 120));
    const lagging = JSON.parse((await get("/ready")).body).gardens.test;
    expect(lagging.waitingRequests).toBe(1);
    expect(lagging.waitingBytes).toBeGreaterThan(20);
    expect(lagging.oldestMs).toBeGreaterThanOrEqual(100);
    expect(await figure("rondell_inbox_oldest_seconds", { garden: "test" })).toBeGreaterThanOrEqual(0.1);
    expect(await figure("rondell_inbox_bytes", { garden: "test" })).toBe(lagging.waitingBytes);
    pipeline.resume();
    await garden.drained();
    expect(JSON.parse((await get("/ready")).body).gardens.test.waitingRequests).toBe(0);
  });

  test("hears 503 while an engine does not answer, and which one", async () => {
    const { clickhouse } = garden.app;
    const { ping } = clickhouse;
    clickhouse.ping = () => Promise.reject(new Error("it is away"));
    try {
      const { status, body } = await get("/ready");
      expect(status).toBe(503);
      expect(JSON.parse(body)).toMatchObject({ ready: false, postgres: true, clickhouse: false });
    } finally {
      clickhouse.ping = ping;
    }
    const nowhere = openPool({ connectionString: "postgres://nobody@127.0.0.1:1/none" }, { max: 1 });
    const gardens = { ...garden.app.gardens, platformPool: nowhere };
    const state = await readiness({ ...garden.app, gardens });
    await nowhere.end();
    expect(state).toMatchObject({ ready: false, postgres: false, clickhouse: true, gardens: {} });
  });

  test("hears that it is not ready before the disk is full", async () => {
    const with200MB = await readiness(garden.app, async () => 200 * 1024 * 1024);
    expect(with200MB).toMatchObject({ ready: false, freeDiskBytes: 209_715_200, postgres: true });
    expect((await readiness(garden.app, async () => 201 * 1024 * 1024)).ready).toBe(true);
    expect(await figure("rondell_disk_free_bytes")).toBeGreaterThan(0);
  });

  test("reads figures: drops and rejected lines by reason, jobs by state, and what waits for the event store", async () => {
    const { writeKey: website } = await garden.source("browser");
    await garden.send(website, "/v1/page", { anonymousId: "a1", messageId: "no-consent" });
    await garden.drained();
    expect(await figure("rondell_dropped_events", { garden: "test", reason: "no_consent" })).toBe(1);

    const lines = [
      "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
      "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom",
      "536366,85123A,HOLDER,6,some day,2.55,17850.0,United Kingdom",
    ];
    const { result } = await importFiles(garden, {
      mapping: readyMappings["uci-online-retail"]!,
      files: [await sendFile(garden, "lines.csv", lines.join("\n"))],
      currency: "GBP",
      timezone: "Europe/London",
    });
    const [[reason, count] = []] = Object.entries(result.rejectedBy as Record<string, number>);
    expect(count).toBe(1);
    expect(await figure("rondell_rejected_lines", { garden: "test", reason: reason! })).toBe(1);
    expect(await figure("rondell_job_runs", { job: "imports.run", state: "done" })).toBe(1);

    expect(await figure("rondell_outbox_batches", { garden: "test" })).toBe(0);
    const { delivery } = garden.app.work.of("test");
    await delivery.pause();
    await track("waits");
    await until(
      async () => ((await figure("rondell_outbox_batches", { garden: "test" })) ?? 0) > 0,
      "a batch in the outbox",
    );
    expect(await figure("rondell_outbox_oldest_seconds", { garden: "test" })).toBeGreaterThan(0);
    delivery.resume();
    await garden.drained();
    expect(await figure("rondell_outbox_batches", { garden: "test" })).toBe(0);
    expect((await get("/metrics")).body).not.toContain("17850");
  });
});

describe("a full disk", () => {
  /** Postgres refuses to write into a table as it does when its disk is full, until the answer is called. */
  async function fullFor(table: string): Promise<() => Promise<void>> {
    await garden.ctx.pool.query(`
      create function disk_full() returns trigger language plpgsql as
        $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
      create trigger disk_full before insert on ${table} for each row execute function disk_full();`);
    return async () => {
      await garden.ctx.pool.query("drop function disk_full cascade");
    };
  }
  test("is told to the sender, who sends again; it is stored once", async () => {
    const before = await views();
    const freed = await fullFor("inbox");
    const refused = await track("full-1");
    expect(refused).toMatchObject({ status: 503, body: { error: { code: "disk.full" } } });
    expect((refused.body.error as { message: string }).message).toContain("free some space");
    expect(refused.headers["retry-after"]).toBe("30");
    await freed();
    expect((await track("full-1")).status).toBe(200);
    expect((await track("full-1")).status).toBe(200);
    await garden.drained();
    expect(await views()).toBe(before + 1);
  });

  test("keeps what was accepted waiting, and it is worked through once there is space", async () => {
    const before = await views();
    const freed = await fullFor("outbox");
    expect((await track("full-2")).status).toBe(200);
    await new Promise((done) => setTimeout(done, 300));
    expect(JSON.parse((await get("/ready")).body).gardens.test.waitingRequests).toBe(1);
    await freed();
    await until(async () => (await views()) === before + 1, "the event that waited");
  });

  test("of the event store leaves batches in the outbox", async () => {
    const before = await views();
    const { events } = garden.ctx;
    const { insertLines } = events;
    let tries = 0;
    events.insertLines = async () => {
      tries++;
      throw Object.assign(new Error("Cannot reserve 1.00 MiB, not enough space"), { code: "243" });
    };
    expect((await track("full-3")).status).toBe(200);
    await until(async () => tries > 0, "a try to send");
    expect(await figure("rondell_outbox_batches", { garden: "test" })).toBe(1);
    events.insertLines = insertLines;
    await until(async () => (await views()) === before + 1, "the event that waited");
  });

  test("is a 503 with advice wherever it strikes, and is logged", async () => {
    const log: string[] = [];
    const sink = new Writable({
      write(chunk, _encoding, done) {
        log.push(String(chunk));
        done();
      },
    });
    const http = await openHttp({ log: pino(sink), trustProxy: false });
    const inner = Object.assign(new Error("write"), { code: "ENOSPC" });
    const errors = {
      file: inner,
      postgres: Object.assign(new Error("could not extend file"), { code: "53100" }),
      clickhouse: new Error("Cannot write to file: No space left on device"),
      wrapped: new Error("the upload broke", { cause: inner }),
    };
    for (const [name, error] of Object.entries(errors)) {
      http.get(`/${name}`, async () => {
        throw error;
      });
    }
    http.get("/other", async () => {
      throw new Error("a bug");
    });
    for (const name of Object.keys(errors)) {
      const answer = await http.inject(`/${name}`);
      expect([answer.statusCode, answer.json().error.code], name).toEqual([503, "disk.full"]);
    }
    expect((await http.inject("/other")).statusCode).toBe(500);
    expect(log.filter((line) => line.includes("the disk is full"))).toHaveLength(4);
    await http.close();
  });

  test("ends a run with the advice, not with a riddle", async () => {
    const { jobs } = garden.app;
    await jobs.define("test.disk", async () => {
      throw Object.assign(new Error("write"), { code: "ENOSPC" });
    });
    const run = await jobs.start("test.disk", { garden: "test", by: "test" });
    expect(await jobs.ended(run.id)).toMatchObject({
      state: "failed",
      error: expect.stringContaining("disk is full"),
    });
  });
});

test("the README names every setting", () => {
  const project = resolve(import.meta.dirname, "../..");
  const config = readFileSync(join(project, "server/src/config.ts"), "utf8");
  const settings = [...config.matchAll(/^ {2}([A-Z_]+): z/gm)].map((match) => match[1]!);
  const readme = readFileSync(join(project, "README.md"), "utf8");
  expect(settings.length).toBeGreaterThan(8);
  expect(settings.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  expect(readme.split("\n").length).toBeLessThanOrEqual(100);
});
