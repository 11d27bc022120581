import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Logger, pino } from "pino";
import { afterAll } from "vitest";
import { type App, openApp } from "../src/app.ts";
import { type Config, readConfig } from "../src/config.ts";
import type { Context, Garden, Role, SourceKind } from "../src/garden/index.ts";
import { sourceDefaults } from "../src/garden/sources/model.ts";
import { insertSource } from "../src/garden/sources/store.ts";
import type { PostgresConnection } from "../src/platform/postgres/index.ts";
import { startClickHouse } from "./clickhouse/index.ts";
import { freshDatabase } from "./database.ts";

export interface TestGarden {
  app: App;
  garden: Garden;
  /** A context with every right. */
  ctx: Context;
  /** Moves the clock of the garden. */
  clock: { now: Date };
  /** A source with a write key of its own. */
  source(
    kind?: SourceKind,
    changes?: Partial<ReturnType<typeof sourceDefaults>> & { origins?: string[]; signingSecret?: string },
  ): Promise<{ id: number; writeKey: string }>;
  /** Sends a body to a collect path and gives status and answer. */
  send(
    writeKey: string,
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: Record<string, unknown>; headers: Record<string, unknown> }>;
  /** Calls the API as an operator of a role, by way of a session of the test. */
  api(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    url: string,
    body?: unknown,
    as?: Role | "nobody",
    // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the route says.
  ): Promise<{ status: number; body: any }>;
  /** Everything accepted is queryable. */
  drained(): Promise<void>;
  /** Counts of drops by reason. */
  drops(): Promise<Record<string, number>>;
  dataDir: string;
  /** The test's own database. */
  connection: PostgresConnection;
}

/**
 * A Rondell of its own for a test file: a new Postgres database on the shared test server, a new
 * ClickHouse folder, one garden. It is closed when the file is done. With `ownPostgres` it runs the embedded Postgres in
 * its own folder, as an installation does.
 */
export async function openGarden(
  input: Partial<Pick<Garden, "currency" | "timezone" | "language" | "synthetic">> = {},
  settings: Partial<Config> = {},
  options: { ownPostgres?: boolean; log?: Logger } = {},
): Promise<TestGarden> {
  const database = await freshDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "rondell-garden-"));
  const clock = { now: new Date() };
  let moved = false;
  // Every test can run on ClickHouse as a server too: it costs more, so only where somebody asks for it.
  const server = process.env.RONDELL_TEST_CLICKHOUSE === "server" ? await startClickHouse() : undefined;
  const env = { RONDELL_DATA_DIR: dataDir, RONDELL_PORT: "0", RONDELL_CLICKHOUSE_URL: server?.url };
  const config = { ...readConfig(env), ...settings };
  const app = await openApp(config, {
    ...(options.ownPostgres ? {} : { connection: database.connection }),
    now: () => (moved ? clock.now : new Date()),
    log: options.log ?? pino({ level: process.env.RONDELL_TEST_LOG ?? "error" }),
  });
  afterAll(async () => {
    await app.stop();
    await server?.stop();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });
  const garden = await app.gardens.create({
    id: "test",
    brand: "Test brand",
    language: input.language ?? "en",
    currency: input.currency ?? "EUR",
    timezone: input.timezone ?? "Europe/Berlin",
    synthetic: input.synthetic ?? false,
  });
  const ctx = app.gardens.context(garden.id, { kind: "command", id: "command", name: "test" });
  const tokens = new Map<string, string>();

  return {
    app,
    garden,
    ctx,
    dataDir,
    connection: database.connection,
    clock: {
      get now() {
        return moved ? clock.now : new Date();
      },
      set now(at) {
        moved = true;
        clock.now = at;
      },
    },
    async source(kind = "server", changes = {}) {
      const writeKey = `wk_${randomBytes(12).toString("base64url")}`;
      const source = await ctx.inTransaction((tx) =>
        insertSource(tx, garden.id, {
          name: kind,
          kind,
          ...sourceDefaults(kind),
          origins: [],
          signingSecret: null,
          enabled: true,
          writeKey,
          ...changes,
        }),
      );
      return { id: source.id, writeKey };
    },
    async send(writeKey, path, body, headers = {}) {
      const answer = await app.http.inject({
        method: "POST",
        url: path,
        headers: {
          authorization: `Basic ${Buffer.from(`${writeKey}:`).toString("base64")}`,
          "content-type": "application/json",
          ...headers,
        },
        payload: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      });
      return {
        status: answer.statusCode,
        body: answer.json() as Record<string, unknown>,
        headers: answer.headers,
      };
    },
    async api(method, url, body, as = "owner") {
      const { createToken } = await import("../src/garden/tokens/tokens.ts");
      const { rightsOfRole } = await import("../src/garden/model.ts");
      if (as !== "nobody" && !tokens.has(as)) {
        const made = await createToken(ctx, { name: as, scopes: [...rightsOfRole[as]] });
        tokens.set(as, made.token);
      }
      const answer = await app.http.inject({
        method,
        url,
        headers: {
          ...(as === "nobody" ? {} : { authorization: `Bearer ${tokens.get(as)}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      });
      const isJson = String(answer.headers["content-type"] ?? "").includes("json");
      return { status: answer.statusCode, body: isJson ? answer.json() : answer.body };
    },
    drained: () => app.work.of(garden.id).drained(),
    async drops() {
      const { rows } = await ctx.pool.query(
        "select reason, sum(events)::int as events from drop_counts group by reason",
      );
      return Object.fromEntries(
        rows.map((row: { reason: string; events: number }) => [row.reason, row.events]),
      );
    },
  };
}
