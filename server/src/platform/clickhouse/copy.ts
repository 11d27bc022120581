import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { refuse } from "../refusal.ts";
import type { ClickHouse, EventDatabase } from "./client.ts";

/** What lies in the folder of a copied database, written last: without it the copy is not finished. */
const DatabaseCopy = z.object({
  database: z.string(),
  /** Every table, dictionary and view, as the engine itself writes its definition. */
  definitions: z.array(z.object({ name: z.string(), engine: z.string(), sql: z.string() })),
  tables: z.array(z.object({ name: z.string(), rows: z.number(), file: z.string() })),
});
export type DatabaseCopy = z.infer<typeof DatabaseCopy>;

const manifestName = "database.json";
const isTable = (engine: string) => engine.endsWith("MergeTree");
const countRows = z.object({ rows: z.coerce.number() });

/**
 * Copies every table of a database into files, and the definitions of everything in it. The caller sees to it that nobody
 * writes meanwhile; merges that the engine does by itself do no harm.
 */
export async function copyDatabaseOut(events: EventDatabase, dir: string): Promise<DatabaseCopy> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const definitions = await events.query(
    z.object({ name: z.string(), engine: z.string(), sql: z.string() }),
    { database: events.name },
    `select name, engine, create_table_query as sql from system.tables
    where database = {database:String} and not is_temporary and not startsWith(name, '.inner') order by name`,
  );
  const copy: DatabaseCopy = { database: events.name, definitions, tables: [] };
  for (const { name, engine } of definitions) {
    if (!isTable(engine)) continue;
    const file = `${encodeURIComponent(name)}.native.gz`;
    const rows = await rowsOf(events, name);
    await events.tableOut(name, join(dir, file));
    copy.tables.push({ name, rows, file });
  }
  await writeFile(join(dir, manifestName), JSON.stringify(copy, null, 2), { mode: 0o600 });
  return copy;
}

/**
 * Makes a database anew from a copy: whatever has its name is dropped. Refuses copy.refused when the copy is damaged or
 * belongs to another database.
 */
export async function copyDatabaseIn(
  clickhouse: ClickHouse,
  name: string,
  dir: string,
): Promise<DatabaseCopy> {
  const text = await readFile(join(dir, manifestName), "utf8").catch(() =>
    refuse(
      "conflict",
      "copy.refused",
      `${dir} holds no finished copy of a database: ${manifestName} is missing.`,
    ),
  );
  const copy = DatabaseCopy.parse(JSON.parse(text));
  if (copy.database !== name) {
    refuse("conflict", "copy.refused", `${dir} holds the database ${copy.database}, not ${name}.`);
  }
  await clickhouse.dropDatabase(name);
  await clickhouse.createDatabase(name);
  const events = clickhouse.database(name);
  await define(
    events,
    copy.definitions.filter(({ engine }) => isTable(engine)),
  );
  for (const { name: table, rows, file } of copy.tables) {
    if (rows > 0) await events.tableIn(table, join(dir, file));
    const found = await rowsOf(events, table);
    // Other engines drop old versions of a row whenever they like; the files' digests vouch for those.
    const keepsAll = copy.definitions.some((one) => one.name === table && one.engine === "MergeTree");
    if (keepsAll && found !== rows) {
      refuse(
        "conflict",
        "copy.refused",
        `${file} holds ${found} rows, but ${rows} were written. The copy is damaged: take another.`,
      );
    }
  }
  // Views come when the rows are there: a materialised one would count them a second time.
  await define(
    events,
    copy.definitions.filter(({ engine }) => !isTable(engine)),
  );
  return copy;
}

/** Runs definitions in an order that works, without reading what each of them stands on. */
async function define(
  events: EventDatabase,
  definitions: readonly { name: string; sql: string }[],
): Promise<void> {
  let open = [...definitions];
  while (open.length) {
    const failed: typeof open = [];
    let cause: unknown;
    for (const definition of open) {
      try {
        await events.command(definition.sql);
      } catch (error) {
        cause = error;
        failed.push(definition);
      }
    }
    if (failed.length === open.length) {
      throw new Error(`${failed.map((one) => one.name).join(", ")} could not be made again.`, { cause });
    }
    open = failed;
  }
}

async function rowsOf(events: EventDatabase, table: string): Promise<number> {
  const [row] = await events.query(
    countRows,
    {},
    `select count() as rows from \`${table.replaceAll("`", "\\`")}\``,
  );
  return row!.rows;
}
