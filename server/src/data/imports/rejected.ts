import { mkdir, rm } from "node:fs/promises";
import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { csvLines } from "../../platform/csv.ts";
import { erasedAmongLines } from "./erased.ts";
import type { Staging } from "./files.ts";
import { lineKinds } from "./kinds/index.ts";
import type { RoleFile } from "./load.ts";
import type { Role } from "./model.ts";
import { rejectionReasons } from "./reasons.ts";
import { writeParts } from "./space.ts";
import type { StoredImport } from "./store.ts";
import { rawTable, workTable } from "./tables.ts";

/** Rows of lines that the engine could not read start here, so that they never meet another line's number. */
export const brokenRows = 1_000_000_000_000;

const Rejected = z.object({
  file: z.number(),
  row: z.number(),
  fate: z.string(),
  cells: z.array(z.string()),
});

/**
 * Keeps the rejected lines of a bucket with their columns. Bucket by bucket, so that no list of all lines is ever
 * held in memory.
 */
export async function keepRejected(
  ctx: Context,
  importId: number,
  roles: readonly Role[],
  bucket: number,
): Promise<void> {
  for (const role of roles.filter(isJudged)) {
    await ctx.events.command(
      `insert into ${workTable(importId, "rejected")}
        select '${role}', r.file, r.row, toString(l.fate), r.cells
        from (select file, row, cells from ${rawTable(importId, role)} where bucket = {bucket:UInt16}) as r
        inner join (select file, row, fate from ${workTable(importId, "lines")}
          where bucket = {bucket:UInt16} and role = '${role}' and startsWith(fate, 'rejected:')) as l on l.file = r.file and l.row = r.row`,
      { bucket },
      { lane: "work" },
    );
  }
}

/** Subquery of a role's rejected lines: file, row, fate, cells. */
function rejectedOf(importId: number, role: Role): string {
  return isJudged(role)
    ? `select file, row, fate, cells from ${workTable(importId, "rejected")} where role = '${role}'`
    : `select file, row, concat('rejected:', fault) as fate, cells from ${rawTable(importId, role)} where fault not in ('', 'blank')`;
}

/** Roles whose lines are judged one by one; of the others only their form can be wrong. */
export const isJudged = (role: Role) =>
  role === "lines" || role === "items" || role === "reviews" || role === "orders" || role in lineKinds;

/**
 * Writes the rejected lines of an import as a CSV: file, row as a spreadsheet counts it, reason, what to do,
 * and the line's own columns. A list that could not be written to its end is removed. Refuses
 * file.no_space.
 */
export async function writeRejected(
  ctx: Context,
  staging: Staging,
  one: Pick<StoredImport, "id" | "mapping">,
  files: readonly RoleFile[],
): Promise<void> {
  await mkdir(staging.folder(ctx.garden.id), { recursive: true, mode: 0o700 });
  const path = staging.rejectedPath(ctx.garden.id, one.id);
  try {
    await writeParts(path, rejectedParts(ctx, one, files));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function* rejectedParts(
  ctx: Context,
  { id: importId, mapping }: Pick<StoredImport, "id" | "mapping">,
  files: readonly RoleFile[],
): AsyncIterable<Buffer> {
  const roles = [...new Set(files.map((file) => file.role))];
  const columns = [...new Set(files.flatMap((file) => file.header))].filter(Boolean);
  const line = (cells: readonly string[]) => csvLines([cells]);
  // With the mark that spreadsheets need to read it as UTF-8.
  yield Buffer.from(`\ufeff${line(["file", "row", "reason", "explanation", ...columns])}`);
  for (const role of roles) {
    let after = { file: 0, row: 0 };
    for (;;) {
      const found = await ctx.events.query(
        Rejected,
        { ...after },
        `select file, row, fate, cells from (${rejectedOf(importId, role)})
          where (file, row) > ({file:UInt16}, {row:UInt64}) order by file, row limit 20000`,
        { lane: "work" },
      );
      if (!found.length) break;
      const erased = await erasedAmongLines(
        ctx,
        mapping,
        found.map((one) => one.cells),
      );
      const shown = found.filter((_, at) => !erased.has(at));
      const written = shown.map((one) => {
        const file = files.find((each) => each.number === one.file)!;
        const reason = one.fate.slice("rejected:".length);
        const row =
          one.row >= brokenRows ? one.row - brokenRows : file.format === "csv" ? one.row + 1 : one.row;
        const values = columns.map((column) => {
          if (one.row >= brokenRows) return column === columns[0] ? (one.cells[0] ?? "") : "";
          return one.cells[file.header.indexOf(column)] ?? "";
        });
        const why = rejectionReasons[reason]?.[ctx.garden.language] ?? reason;
        return line([file.name, String(row), reason, why, ...values]);
      });
      yield Buffer.from(written.join(""));
      const last = found.at(-1)!;
      after = { file: last.file, row: last.row };
    }
  }
}
