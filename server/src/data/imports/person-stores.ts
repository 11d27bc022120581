import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Context, type Person, type PersonStore, rowsInPostgres } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { firstBytes, type Staging } from "./files.ts";
import { eraseDropped } from "./folders/erase.ts";
import { isParquet } from "./other-formats.ts";
import { withoutPersonInParquet } from "./parquet-person.ts";
import { withoutPerson } from "./without-person.ts";

/** Takes a person's lines out of the files that wait to be imported. */
async function eraseStaged(ctx: Context, staging: Staging, person: Person): Promise<number> {
  const files = await query(
    ctx.pool,
    sql`select id, gzip from import_files`,
    z.object({ id: z.string(), gzip: z.boolean() }),
  );
  let lines = 0;
  if (!person.identifiers.length) return 0;
  for (const { id, gzip } of files) {
    const path = staging.path(ctx.garden.id, id);
    lines += isParquet(await firstBytes(path))
      ? await withoutPersonInParquet(ctx, path, person)
      : await withoutPerson(path, gzip, person);
  }
  return lines;
}

/** The same of the lists of rejected lines. */
async function eraseRejected(ctx: Context, staging: Staging, person: Person): Promise<number> {
  const folder = staging.folder(ctx.garden.id);
  let lines = 0;
  for (const name of await readdir(folder).catch(() => [] as string[]))
    if (/^rejected-\d+\.csv$/.test(name)) lines += await withoutPerson(join(folder, name), false, person);
  return lines;
}

export const importStores = (staging: Staging): PersonStore[] => [
  rowsInPostgres({
    table: "review_texts",
    read: "written_at, title, body, record_key",
    sealed: ["title", "body"],
  }),
  rowsInPostgres({ table: "import_customers" }),
  rowsInPostgres({ table: "import_identifiers" }),
  {
    name: "staged import files",
    engine: "files",
    erase: (_tx, ctx, person) => eraseStaged(ctx, staging, person),
  },
  {
    name: "watched folders",
    engine: "files",
    erase: (_tx, ctx, person) => eraseDropped(ctx, staging, person),
  },
  {
    name: "lists of rejected lines",
    engine: "files",
    erase: (_tx, ctx, person) => eraseRejected(ctx, staging, person),
  },
];
