import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type App, openApp } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import { copyDatabaseIn, copyDatabaseOut } from "../src/platform/clickhouse/index.ts";
import type { PostgresConnection } from "../src/platform/postgres/index.ts";
import { type ClickHouseServer, startClickHouse } from "./clickhouse/index.ts";
import { freshDatabase } from "./database.ts";

/*
 * The whole of Rondell on engines that are servers of somebody else, reached by nothing but their addresses.
 */
const log = pino({ level: process.env.RONDELL_TEST_LOG ?? "error" });
let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "rondell-servers-"));
});
afterAll(() => rm(base, { recursive: true, force: true, maxRetries: 5 }));

const owner = {
  name: "Olga",
  email: "olga@brand.example",
  password: "a-long-password",
  language: "en",
  brand: "Brand",
  currency: "EUR",
  timezone: "Europe/Berlin",
};

/** Opens Rondell by its settings alone, does the work, and stops it as a signal would. */
async function running<T>(env: Record<string, string>, work: (app: App) => Promise<T>): Promise<T> {
  const app = await openApp(readConfig({ RONDELL_PORT: "0", ...env }), { log });
  try {
    return await work(app);
  } finally {
    await app.stop();
  }
}

/** The story of a first day: set up, a source, events, a question. Gives the source's key. */
async function firstDay(app: App, garden: string): Promise<string> {
  const ctx = app.gardens.context(garden, { kind: "command", id: "command", name: "test" });
  const { createSource } = await import("../src/garden/sources/verbs.ts");
  const source = await createSource(ctx, { name: "Till", kind: "server" });
  await send(app, source.writeKey!, ["m1", "m2", "m2"]);
  await app.work.of(garden).drained();
  expect(await counted(app, garden)).toEqual([{ name: "Order Completed", events: 2, minor: 3_998 }]);
  return source.writeKey!;
}

async function send(app: App, writeKey: string, messageIds: readonly string[]): Promise<void> {
  const batch = messageIds.map((messageId) => ({
    type: "track",
    event: "Order Completed",
    userId: `u-${messageId}`,
    messageId,
    properties: { order_id: messageId, revenue: 19.99, currency: "EUR" },
  }));
  const answer = await app.http.inject({
    method: "POST",
    url: "/v1/batch",
    headers: { authorization: `Basic ${btoa(`${writeKey}:`)}` },
    payload: { batch },
  });
  expect(answer.statusCode).toBe(200);
}

/** What an operator's own question answers. */
async function counted(app: App, garden: string): Promise<unknown> {
  const { askSql } = await import("../src/garden/query.ts");
  const ctx = app.gardens.context(garden, { kind: "command", id: "command", name: "test" });
  const lines = await askSql(
    ctx,
    app.clickhouse,
    "select name, toInt64(count()) as events, toInt64(sum(amount_garden_minor)) as minor from events group by name",
  );
  return lines
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);
}

function inNetwork(connection: PostgresConnection) {
  if ("connectionString" in connection) throw new Error("The test server has an address already.");
  return connection;
}

async function setUp(app: App): Promise<string> {
  const answer = await app.http.inject({ method: "POST", url: "/api/setup", payload: owner });
  expect(answer.statusCode, answer.body).toBeLessThan(300);
  return app.gardens.first()!.id;
}

describe("with DATABASE_URL", () => {
  test("Rondell starts, collects, answers and starts again on a Postgres server, and starts none of its own", async () => {
    const database = await freshDatabase();
    const dataDir = join(base, "socket");
    const env = { DATABASE_URL: database.url, RONDELL_DATA_DIR: dataDir };
    const writeKey = await running(env, async (app) => firstDay(app, await setUp(app)));
    const { existsSync } = await import("node:fs");
    expect(existsSync(join(dataDir, "postgres"))).toBe(false);
    const { rows } = await database.pool.query(
      "select 1 from information_schema.tables where table_schema = 'rondell' and table_name = 'gardens'",
    );
    expect(rows).toHaveLength(1);

    await running(env, async (app) => {
      const garden = app.gardens.first()!.id;
      // What was sent before the end is known after it.
      await send(app, writeKey, ["m2", "m3"]);
      await app.work.of(garden).drained();
      expect(await counted(app, garden)).toEqual([{ name: "Order Completed", events: 3, minor: 5_997 }]);
      // Background work has its queue there too.
      const run = await app.jobs.start("insight.run", { garden, by: "test" });
      expect(await app.jobs.ended(run.id)).toMatchObject({ state: "done" });
      expect((await app.http.inject("/ready")).json()).toMatchObject({ ready: true, postgres: true });
    });
    await database.drop();
  });

  test.skipIf(process.env.RONDELL_TEST_DATABASE_URL)(
    "a server is reached over the network with a password",
    async () => {
      const database = await freshDatabase();
      const { host, user, password, database: name } = inNetwork(database.connection);
      // The test server listens on a socket alone: what comes over the network is handed on to it.
      const open = new Set<Socket>();
      const forwarder = createServer((incoming) => {
        const onward = connect({ path: join(host, ".s.PGSQL.5432") });
        for (const socket of [incoming, onward]) {
          open.add(socket);
          socket.on("error", () => {});
        }
        incoming.pipe(onward).pipe(incoming);
      });
      await new Promise<void>((listening) => forwarder.listen(0, "127.0.0.1", listening));
      const { port } = forwarder.address() as AddressInfo;
      const at = (secret: string) =>
        `postgres://${user}:${encodeURIComponent(secret)}@127.0.0.1:${port}/${name}`;
      const env = { RONDELL_DATA_DIR: join(base, "tcp") };
      try {
        await running({ ...env, DATABASE_URL: at(password) }, async (app) => firstDay(app, await setUp(app)));
        expect(open.size).toBeGreaterThan(0);
        const wrong = running({ ...env, DATABASE_URL: at("wrong-secret") }, async () => {});
        await expect(wrong).rejects.toMatchObject({
          code: "postgres.unreachable",
          message: expect.not.stringContaining("wrong-secret"),
        });
      } finally {
        for (const socket of open) socket.destroy();
        await new Promise((closed) => forwarder.close(closed));
        await database.drop();
      }
    },
  );

  test("an address that nobody answers ends the start with its reason", async () => {
    const env = {
      DATABASE_URL: "postgres://rondell:x@127.0.0.1:1/rondell",
      RONDELL_DATA_DIR: join(base, "nobody"),
    };
    await expect(running(env, async () => {})).rejects.toMatchObject({
      code: "postgres.unreachable",
      message: expect.stringMatching(/DATABASE_URL .*ECONNREFUSED.* Start it or correct the address/),
    });
    await expect(
      running(
        {
          RONDELL_CLICKHOUSE_URL: "http://127.0.0.1:1",
          RONDELL_DATA_DIR: join(base, "nobody"),
          DATABASE_URL: (await freshDatabase()).url,
        },
        async () => {},
      ),
    ).rejects.toMatchObject({
      code: "clickhouse.unreachable",
      message: expect.stringMatching(/RONDELL_CLICKHOUSE_URL .*ECONNREFUSED/),
    });
  });
});

/** A server of one's own may be named; otherwise the engine itself stands behind the interface of one. */
describe("with RONDELL_CLICKHOUSE_URL", () => {
  const id = `test_${randomBytes(5).toString("hex")}`;
  let server: ClickHouseServer | undefined;
  beforeAll(async () => {
    if (!process.env.RONDELL_TEST_CLICKHOUSE_URL) server = await startClickHouse();
  });
  const env = () => ({
    RONDELL_CLICKHOUSE_URL: process.env.RONDELL_TEST_CLICKHOUSE_URL ?? server!.url,
    RONDELL_DATA_DIR: join(base, "clickhouse"),
  });
  /** Embedded Postgres, and a garden whose database bears a name of its own on a server that others may use. */
  async function inGarden<T>(work: (app: App) => Promise<T>): Promise<T> {
    return running(env(), async (app) => {
      if (!app.gardens.find(id)) {
        await app.gardens.create({
          id,
          brand: "Test brand",
          language: "en",
          currency: "EUR",
          timezone: "Europe/Berlin",
        });
      }
      return work(app);
    });
  }
  afterAll(async () => {
    await inGarden(async (app) => {
      await app.work.close(id);
      await app.gardens.drop(id);
    });
    await server?.stop();
  });

  test("Rondell starts, collects, answers and starts again, and opens no engine in its process", async () => {
    const writeKey = await inGarden(async (app) => {
      expect(app.clickhouse.embedded).toBe(false);
      return firstDay(app, id);
    });
    await inGarden(async (app) => {
      await send(app, writeKey, ["m2", "m3"]);
      await app.work.of(id).drained();
      expect(await counted(app, id)).toEqual([{ name: "Order Completed", events: 3, minor: 5_997 }]);
    });
  });

  test("a batch that is sent again under its token is stored once", async () => {
    await inGarden(async (app) => {
      const events = app.clickhouse.database(`garden_${id}`);
      const line = Buffer.from(
        JSON.stringify({ currency: "USD", day: "2026-01-01", until: "2026-02-01", factor: 1 }),
      );
      await events.command(
        "create table if not exists twice as exchange_factors engine = MergeTree order by day settings non_replicated_deduplication_window = 100",
      );
      for (let at = 0; at < 2; at++) await events.insertLines("twice", line, "same");
      expect(
        JSON.parse(await events.text({}, "select toInt64(count()) as n from twice", "JSONEachRow")),
      ).toEqual({ n: 1 });
      await events.command("drop table twice sync");
    });
  });

  test("insight runs, and a question is bound to its limits", async () => {
    await inGarden(async (app) => {
      const run = await app.jobs.start("insight.run", { garden: id, by: "test" });
      expect(await app.jobs.ended(run.id)).toMatchObject({ state: "done", error: null });
      const limits = { seconds: 5, bytes: 1e9, rows: 10 };
      const ask = (sql: string) => app.clickhouse.readOnly(`garden_${id}`, sql, limits);
      await expect(ask("select * from numbers(1000)")).rejects.toThrow(/rows/i);
      await expect(ask("create table x (a Int8) engine = Memory")).rejects.toThrow(/readonly/i);
    });
  });

  test("a database is copied out and made again", async () => {
    await inGarden(async (app) => {
      const name = `garden_${id}`;
      const before = await counted(app, id);
      const copy = await copyDatabaseOut(app.clickhouse.database(name), join(base, "copy"));
      expect(copy.tables.length).toBeGreaterThan(5);
      await copyDatabaseIn(app.clickhouse, name, join(base, "copy"));
      expect(await counted(app, id)).toEqual(before);
    });
  });
});
