import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import type { TestGarden } from "./harness.ts";

/** Every table of Postgres that holds one of the texts anywhere, with how many rows, asked of the engine. */
export async function tracesInPostgres(garden: TestGarden, texts: readonly string[]) {
  const { pool } = garden.ctx;
  const { rows: tables } = await pool.query(
    `select n.nspname as schema, c.relname as name,
      array(select attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.atttypid = 'bytea'::regtype) as bytes
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and (n.nspname like 'garden\\_%' or n.nspname in ('rondell', 'jobs')) order by 1, 2`,
  );
  const found: Record<string, number> = {};
  for (const { schema, name, bytes } of tables as { schema: string; name: string; bytes: string[] }[]) {
    const columns = bytes.map((one) => `|| ' ' || coalesce(encode(t."${one}", 'escape'), '')`).join("");
    const { rows } = await pool.query(
      `select count(*)::int as n from "${schema}"."${name}" as t
        where exists (select from unnest($1::text[]) as a (text) where (t::text ${columns}) ~ a.text)`,
      [texts.map((text) => `\\m${text}\\M`)],
    );
    if (rows[0].n) found[schema.startsWith("garden_") ? name : `${schema}.${name}`] = rows[0].n;
  }
  return found;
}

/** The same of the event store: rows of each table, as the engine writes them. */
export async function tracesInClickHouse(garden: TestGarden, texts: readonly string[]) {
  const { events } = garden.ctx;
  const ask = async (sql: string) =>
    (await events.text({}, sql, "JSONEachRow"))
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  const tables = await ask(
    "select name from system.tables where database = currentDatabase() and engine like '%MergeTree' order by name",
  );
  const found: Record<string, number> = {};
  const pattern = `\\\\b(${texts.join("|")})\\\\b`;
  for (const { name } of tables) {
    const [row] = await ask(
      `select toUInt32(count()) as n from ${name} where match(formatRowNoNewline('JSONEachRow', *), '${pattern}')`,
    );
    if (row.n) found[name] = row.n;
  }
  return found;
}

/** Files below a folder in whose bytes one of the texts stands. */
export async function tracesInFiles(dir: string, texts: readonly string[]): Promise<string[]> {
  const needles = texts.map((text) => Buffer.from(text));
  const longest = Math.max(...needles.map((needle) => needle.length));
  const found: string[] = [];
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    let rest = Buffer.alloc(0);
    try {
      for await (const part of createReadStream(path)) {
        const bytes = Buffer.concat([rest, part as Buffer]);
        if (needles.some((needle) => bytes.includes(needle))) {
          found.push(relative(dir, path));
          break;
        }
        rest = bytes.subarray(-longest);
      }
    } catch (error) {
      // Engines remove files of their own while we look.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return found.sort();
}
