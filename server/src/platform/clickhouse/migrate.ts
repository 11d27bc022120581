import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { EventDatabase } from "./client.ts";

const Applied = z.object({ number: z.number(), checksum: z.string() });

/**
 * Applies the numbered `.sql` files of `dir` that the database has not seen, in order. `{{database}}`
 * stands for the garden's database where a definition must name it. Statements end with a semicolon
 * at the end of a line. Each statement is written so that it may run twice after a crash.
 */
export async function migrateEvents(events: EventDatabase, dir: string): Promise<void> {
  await events.command(
    "create table if not exists migrations (number UInt32, name String, checksum String, applied_at DateTime default now()) engine = MergeTree order by number",
  );
  const applied = new Map(
    (await events.query(Applied, {}, "select number, checksum from migrations")).map((row) => [
      row.number,
      row.checksum,
    ]),
  );
  const files = (await readdir(dir)).filter((name) => /^\d+.*\.sql$/.test(name)).sort();
  for (const name of files) {
    const number = Number.parseInt(name, 10);
    const text = await readFile(join(dir, name), "utf8");
    const checksum = createHash("sha256").update(text).digest("hex");
    const before = applied.get(number);
    if (before === checksum) continue;
    if (before)
      throw new Error(
        `The migration ${name} was changed after it was applied; restore the file and add a new one.`,
      );
    for (const statement of statementsOf(text)) {
      await events.command(statement.replaceAll("{{database}}", events.name));
    }
    await events.command(
      "insert into migrations (number, name, checksum) select {number:UInt32}, {name:String}, {checksum:String}",
      {
        number,
        name,
        checksum,
      },
    );
  }
}

function statementsOf(text: string): string[] {
  return text
    .split(/;\s*$/m)
    .map((statement) => statement.replace(/^\s*--.*$/gm, "").trim())
    .filter(Boolean);
}
