import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { z } from "zod";
import type { Config } from "../config.ts";
import { type ClickHouse, migrateEvents } from "../platform/clickhouse/index.ts";
import type { Keys } from "../platform/keys/index.ts";
import {
  type Executor,
  migrate,
  openPool,
  type PostgresConnection,
  query,
  queryOne,
  sql,
  withTransaction,
} from "../platform/postgres/index.ts";
import { refuse } from "../platform/refusal.ts";
import { type Context, type ContextParts, makeContext, type Tx } from "./context.ts";
import { type Actor, Garden, type Language, schemaOf } from "./model.ts";

/** The open gardens of this process. */
export interface Gardens {
  /** Stands in the schema `rondell`: what must be found before the garden is known. */
  readonly platformPool: Pool;
  list(): Garden[];
  /** The brand's own garden: the first that is not synthetic, else the first. */
  first(): Garden | undefined;
  find(id: string): Garden | undefined;
  /** Refuses garden.missing. */
  context(id: string, actor: Actor): Context;
  create(input: NewGarden): Promise<Garden>;
  /** Changes a garden, and saves what `alongside` writes in the same transaction, which stands in the garden's schema. */
  change(
    id: string,
    values: { brand?: string; language?: Language; currency?: string; timezone?: string },
    alongside?: (tx: Tx, before: Garden, after: Garden) => Promise<void>,
  ): Promise<Garden>;
  /** Sets what time it is in a synthetic garden, for good: it stands still until it is set again. */
  setClock(id: string, at: Date): Promise<void>;
  drop(id: string): Promise<void>;
  /** Reads the list again, for gardens that another process created. */
  refresh(): Promise<void>;
  onOpened(listener: (garden: Garden) => void): void;
  onWake(listener: (garden: string) => void): void;
  close(): Promise<void>;
}

export interface NewGarden {
  id: string;
  brand: string;
  language: Language;
  currency: string;
  timezone: string;
  synthetic?: boolean;
  /** Of a synthetic garden only: drawn by a seed, so that the same seed gives the same arms. */
  salt?: string;
}

const StoredGarden = Garden.extend({ simulatedNow: z.date().nullable() });

/** A garden as it stands in the database, and what time it is in one that has a clock of its own. */
export async function readGarden(
  db: Executor,
  id: string,
): Promise<{ garden: Garden; simulatedNow: Date | null } | undefined> {
  const row = await queryOne(db, sql`select * from rondell.gardens where id = ${id}`, StoredGarden);
  if (!row) return undefined;
  const { simulatedNow, ...garden } = row;
  return { garden, simulatedNow };
}

export interface GardenSurroundings {
  config: Pick<Config, "projectDir">;
  connection: PostgresConnection;
  /** Stands in the schema `rondell`. */
  platformPool: Pool;
  clickhouse: ClickHouse;
  keys: Keys;
  log: Logger;
  now: () => Date;
}

/** Opens every garden there is: brings both of its stores to the newest form and its pool up. */
export async function openGardens(around: GardenSurroundings): Promise<Gardens> {
  const { platformPool, clickhouse, log, now } = around;
  const open = new Map<string, ContextParts>();
  const openedListeners: ((garden: Garden) => void)[] = [];
  const wakeListeners: ((garden: string) => void)[] = [];
  /** Simulated clocks by garden: contexts live long, so they ask here each time. */
  const clocks = new Map<string, Date>();

  async function openOne(garden: Garden) {
    if (open.has(garden.id)) return;
    const schema = schemaOf(garden.id);
    const pool = openPool(around.connection, { max: 8, schema, applicationName: `rondell ${garden.id}` });
    await migrate(pool, {
      schema,
      dir: join(around.config.projectDir, "server/migrations/postgres/garden"),
      log,
    });
    await clickhouse.createDatabase(schema);
    const events = clickhouse.database(schema);
    await migrateEvents(events, join(around.config.projectDir, "server/migrations/clickhouse/garden"));
    open.set(garden.id, {
      garden,
      pool,
      events,
      keys: around.keys,
      log: log.child({ garden: garden.id }),
      now: () => clocks.get(garden.id) ?? now(),
      wake: () => {
        for (const listener of wakeListeners) listener(garden.id);
      },
    });
    for (const listener of openedListeners) listener(garden);
  }

  async function refresh() {
    const rows = await query(platformPool, sql`select * from gardens order by created_at, id`, StoredGarden);
    for (const { simulatedNow, ...garden } of rows) {
      if (simulatedNow) clocks.set(garden.id, simulatedNow);
      const parts = open.get(garden.id);
      if (parts) Object.assign(parts, { garden });
      else await openOne(garden);
    }
    for (const [id, parts] of open) {
      if (rows.some((garden) => garden.id === id)) continue;
      open.delete(id);
      await parts.pool.end();
    }
  }
  await refresh();

  const list = () => [...open.values()].map((parts) => parts.garden);
  return {
    platformPool,
    list,
    first: () => list().find((garden) => !garden.synthetic) ?? list()[0],
    find: (id) => open.get(id)?.garden,
    context(id, actor) {
      const parts = open.get(id);
      if (!parts) refuse("missing", "garden.missing", `There is no garden ${id}.`);
      return makeContext(parts, actor);
    },
    async create(input) {
      if (input.salt !== undefined && !input.synthetic)
        throw new Error("Only a synthetic garden is given its salt.");
      const salt = input.salt ?? randomBytes(24).toString("base64url");
      const garden = await queryOne(
        platformPool,
        sql`insert into gardens (id, brand, language, currency, timezone, synthetic, salt)
          values (${input.id}, ${input.brand}, ${input.language}, ${input.currency}, ${input.timezone},
            ${input.synthetic ?? false}, ${salt})
          on conflict (id) do nothing returning *`,
        Garden,
      );
      if (!garden) refuse("conflict", "garden.exists", `There is already a garden ${input.id}.`);
      await openOne(garden);
      return garden;
    },
    async change(id, values, alongside) {
      const parts = open.get(id);
      if (!parts) refuse("missing", "garden.missing", `There is no garden ${id}.`);
      const changed = await withTransaction(parts.pool, async (tx) => {
        const before = await queryOne(
          tx,
          sql`select * from rondell.gardens where id = ${id} for update`,
          Garden,
        );
        if (!before) refuse("missing", "garden.missing", `There is no garden ${id}.`);
        const after = await queryOne(
          tx,
          sql`update rondell.gardens set brand = coalesce(${values.brand ?? null}, brand),
              language = coalesce(${values.language ?? null}, language),
              currency = coalesce(${values.currency ?? null}, currency),
              timezone = coalesce(${values.timezone ?? null}, timezone)
            where id = ${id} returning *`,
          Garden,
        );
        await alongside?.(tx, before, after!);
        return after!;
      });
      // Only what is saved counts: a change that was rolled back never shows.
      Object.assign(parts, { garden: changed });
      return changed;
    },
    async setClock(id, at) {
      const set = await queryOne(
        platformPool,
        sql`update gardens set simulated_now = ${at} where id = ${id} and synthetic returning id`,
        z.object({ id: z.string() }),
      );
      if (!set) throw new Error(`${id} is no synthetic garden: its clock is the real one.`);
      clocks.set(id, at);
    },
    async drop(id) {
      const parts = open.get(id);
      if (!parts) return;
      open.delete(id);
      clocks.delete(id);
      await parts.pool.end();
      await query(platformPool, sql`drop schema if exists ${sql.ident(schemaOf(id))} cascade`);
      await clickhouse.dropDatabase(schemaOf(id));
      await query(platformPool, sql`delete from gardens where id = ${id}`);
    },
    refresh,
    onOpened: (listener) => void openedListeners.push(listener),
    onWake: (listener) => void wakeListeners.push(listener),
    async close() {
      for (const parts of open.values()) await parts.pool.end();
      open.clear();
    },
  };
}
