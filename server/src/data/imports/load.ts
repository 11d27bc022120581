import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { isAway } from "../../platform/away.ts";
import { cellsOf, jsonCellsSql, othersSql } from "./cells.ts";
import { lazily } from "./expressions.ts";
import { gzipBroken, lineTooLong, type Staging } from "./files.ts";
import { type LineRole, lineKinds } from "./kinds/index.ts";
import { fieldsOfRole, type Role, type Rules } from "./model.ts";
import { parquetBroken, parquetCell, parquetColumns } from "./parquet.ts";
import { brokenRows } from "./rejected.ts";
import { LongLine, siftQuotes, unitSeparator } from "./sift.ts";
import type { FileFormat } from "./sniff.ts";
import { isNoSpace } from "./space.ts";
import { rawTable } from "./tables.ts";

/** A file of an import with what it is and how it is written. */
export interface RoleFile {
  fileId: string;
  name: string;
  path: string;
  gzip: boolean;
  format: FileFormat;
  bytes: number;
  /** Its place among the files of the import, from 1. */
  number: number;
  role: Role;
  delimiter: string;
  oldLineEnds: boolean;
  header: string[];
  /** Field to the column's place in the header, from 0. */
  places: Record<string, number>;
  rules: Rules;
}

/** Fields of a mapping as places in a header: exactly as written, else without regard to case and spaces. */
export function placesOf(header: readonly string[], columns: Record<string, string>): Record<string, number> {
  const bare = (text: string) => text.trim().toLowerCase();
  const places: Record<string, number> = {};
  for (const [field, column] of Object.entries(columns)) {
    const exact = header.indexOf(column);
    const place = exact >= 0 ? exact : header.findIndex((name) => bare(name) === bare(column));
    if (place >= 0) places[field] = place;
  }
  return places;
}

/** Reads all files one after the other, and tells how many lines are in and which share of the bytes. */
export async function loadAll(
  ctx: Context,
  staging: Staging,
  importId: number,
  files: readonly RoleFile[],
  buckets: number,
  progress: (rows: number, share: number) => Promise<void>,
): Promise<void> {
  const whole = files.reduce((sum, file) => sum + file.bytes, 0);
  let before = 0;
  let rows = 0;
  for (const file of files) {
    const table = rawTable(importId, file.role);
    // Of a whole table the engine knows the count without reading it.
    const count = async () =>
      (
        await ctx.events.query(z.object({ count: z.number() }), {}, `select count() as count from ${table}`)
      )[0]!.count;
    const ofOthers = await count();
    const countIn = async () => Math.max(0, (await count()) - ofOthers);
    // A line is taken for 60 bytes packed or 90 plain while the file is being read: progress is a guess until its end.
    const guess = Math.max(1, file.bytes / (file.gzip ? 14 : 90));
    await watch(loadSound(ctx, staging, importId, file, buckets), async () => {
      const read = await countIn();
      await progress(rows + read, (before + file.bytes * Math.min(0.95, read / guess)) / whole);
    });
    rows += await countIn();
    before += file.bytes;
    await progress(rows, before / whole);
  }
}

/** Waits for `work` and looks in on it twice a second. */
async function watch(work: Promise<void>, look: () => Promise<void>): Promise<void> {
  let ended = false;
  const settled = work.finally(() => {
    ended = true;
  });
  settled.catch(() => {});
  for (;;) {
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
    if (ended) break;
    await look();
  }
  await settled;
}

/** Reads a file; where quotation marks are broken, reads what is sound of it and keeps the rest as rejected. */
async function loadSound(
  ctx: Context,
  staging: Staging,
  importId: number,
  file: RoleFile,
  buckets: number,
): Promise<void> {
  if (file.format !== "csv") return loadFile(ctx, importId, file, buckets);
  // The engine's CSV takes no tab between columns, so such a file is always rewritten.
  if (file.delimiter !== "\t") {
    try {
      await loadFile(ctx, importId, file, buckets);
      if (!(await swallowsLines(ctx, importId, file))) return;
    } catch (error) {
      if (!(error instanceof BrokenQuotes)) throw error;
    }
  }
  const table = rawTable(importId, file.role);
  await ctx.events.command(
    `alter table ${table} delete where file = {file:UInt16} settings mutations_sync = 1`,
    { file: file.number },
    { lane: "work" },
  );
  const sound = `${staging.path(ctx.garden.id, file.fileId)}.sound.csv`;
  let broken: string[] = [];
  const give = async () => {
    if (broken.length) await ctx.events.insertLines(table, Buffer.from(broken.join("\n")));
    broken = [];
  };
  const delimiter = file.delimiter === "\t" ? unitSeparator : file.delimiter;
  try {
    await siftQuotes(
      { ...file, width: file.header.length },
      sound,
      async ({ line, text }) => {
        const row = brokenRows + line;
        broken.push(
          JSON.stringify({ file: file.number, row, bucket: 0, fault: "broken_quote", cells: [text] }),
        );
        if (broken.length >= 1000) await give();
      },
      delimiter,
    );
  } catch (error) {
    throw faultOf(error, file);
  }
  await give();
  await loadFile(
    ctx,
    importId,
    { ...file, path: sound, gzip: false, delimiter, oldLineEnds: false },
    buckets,
  );
}

/** Whether a value holds what looks like further lines of the file: then a quotation mark was not closed. */
async function swallowsLines(ctx: Context, importId: number, file: RoleFile): Promise<boolean> {
  const [row] = await ctx.events.query(
    z.object({ count: z.number() }),
    { file: file.number, delimiter: file.delimiter, least: file.header.length - 1 },
    `select count() as count from ${rawTable(importId, file.role)}
      where file = {file:UInt16} and arrayExists(x -> position(x, '\n') > 0 and (fault = 'too_few_columns' or countSubstrings(x, {delimiter:String}) >= {least:UInt32}), cells)`,
    { lane: "work" },
  );
  return row!.count > 0;
}

/** The file was read, but some of its quotation marks cannot be right. */
export class BrokenQuotes extends Error {}

/** Roles whose lines belong to one order, so that they can be worked on order by order. */
const byOrder: readonly Role[] = ["lines", "orders", "items", "payments", "reviews"];

/**
 * The engine reads a file into the table of its role: cells as text, in UTF-8, with their place in the
 * file. Throws BrokenQuotes when a quotation mark swallowed lines or ended a value too soon.
 */
export async function loadFile(
  ctx: Context,
  importId: number,
  file: RoleFile,
  buckets: number,
): Promise<void> {
  const fields = [...fieldsOfRole[file.role].needed, ...fieldsOfRole[file.role].optional];
  const { sql: cell, params } = cellsOf(file);
  const read =
    file.format === "parquet"
      ? readerOfParquet(await parquetColumns(ctx, file.path, file.name))
      : readerOf(file);
  const isListed = file.role in lineKinds;
  const others = isListed ? othersSql(file) : "";
  try {
    await ctx.events.insertFile(
      {
        path: file.path,
        gzip: file.gzip,
        format: read.format,
        table: rawTable(importId, file.role),
        structure: read.structure,
        columns: [
          "file",
          "row",
          "bucket",
          "fault",
          "converted",
          "cells",
          ...fields.map((field) => `f_${field}`),
          ...(isListed ? ["others"] : []),
        ],
        select: [
          `toUInt16(${file.number}) as file`,
          "rowNumberInAllBlocks() + 1 as row",
          `${bucketSql(file, fields, cell, others, buckets)} as bucket`,
          `${read.fault} as fault`,
          `${read.converted} as converted`,
          `${read.cells} as cells`,
          ...fields.map((field) => `${cell(field)} as f_${field}`),
          ...(isListed ? [`${others} as others`] : []),
        ].join(", "),
        settings: readSettings(file),
      },
      params,
    );
  } catch (error) {
    throw faultOf(error, file);
  }
}

/** In which part of the work a line is done: that of its order, or of the record that it is. */
function bucketSql(
  file: RoleFile,
  fields: readonly string[],
  cell: (field: string) => string,
  others: string,
  buckets: number,
): string {
  if (byOrder.includes(file.role)) return `toUInt16(sipHash64(${cell("order")}) % ${buckets})`;
  if (!(file.role in lineKinds)) return "toUInt16(0)";
  const { keyFields } = lineKinds[file.role as LineRole];
  const key = keyFields.map((field) => `lowerUTF8(${cell(field)})`);
  const all = [...fields.map(cell), others];
  return `toUInt16(sipHash64(if(concat(${key.join(", ")}, '') = '', concat(${all.join(", ")}), concat(${key.join(", ")}, ''))) % ${buckets})`;
}

function readerOfParquet(columns: Awaited<ReturnType<typeof parquetColumns>>) {
  return {
    format: "Parquet" as const,
    structure: "",
    fault: "if(arrayAll(x -> trimBoth(x) = '', cells), 'blank', '')",
    converted: "toUInt8(0)",
    cells: `arrayMap(x -> ${readable("x")}, [${columns.map(parquetCell).join(", ")}])`,
  };
}

/** How the engine reads a format: its columns, and what each becomes. */
function readerOf(file: RoleFile) {
  if (file.format === "json") {
    return {
      format: "LineAsString" as const,
      structure: "line String",
      fault:
        "multiIf(trimBoth(line) = '', 'blank', not isValidJSON(line) or JSONType(line) != 'Object', 'json_broken', '')",
      converted: "toUInt8(not isValidUTF8(line))",
      cells: `if(fault = '', ${jsonCellsSql(file.header)}, [${readable("line")}])`,
    };
  }
  const cells = Array.from({ length: file.header.length }, (_, at) => `c${at + 1}`);
  return {
    format: "CSV" as const,
    structure: [...cells, "extra"].map((name) => `${name} Nullable(String)`).join(", "),
    fault: `multiIf(arrayAll(x -> trimBoth(x) = '', cells), 'blank', isNull(c${cells.length}), 'too_few_columns', ifNull(extra, '') != '', 'too_many_columns', '')`,
    converted: `toUInt8(arrayExists(x -> not isValidUTF8(ifNull(x, '')), [${cells.join(", ")}]))`,
    cells: `arrayMap(x -> ${readable("ifNull(x, '')")}, [${cells.join(", ")}])`,
  };
}

/** Text of any origin as UTF-8 without NUL: bytes that are no UTF-8 are read as Windows-1252. */
function readable(text: string): string {
  return `replaceAll(if(isValidUTF8(${text}), ${text}, convertCharset(${text}, 'windows-1252', 'UTF-8')), '\\0', '')`;
}

function readSettings(file: RoleFile): string {
  const ofCsv = file.format === "csv" ? csvSettings(file) : [];
  return [
    ...ofCsv,
    // A group of rows is unpacked as a whole: one that claims to be endless ends in an error, and in no full memory.
    ...(file.format === "parquet"
      ? ["input_format_parquet_preserve_order = 1", "max_memory_usage = 3000000000"]
      : []),
    // Rows are numbered as they come, so one thread reads; blocks stay small whatever the file's size.
    "input_format_parallel_parsing = 0",
    "max_threads = 1",
    // Read, not mapped: the pages of a mapped file count as memory of the process, all of them.
    "storage_file_read_method = 'pread'",
    "max_block_size = 16384",
    lazily,
    "max_insert_threads = 1",
    "min_insert_block_size_rows = 50000",
    "min_insert_block_size_bytes = 33554432",
  ].join(", ");
}

function csvSettings(file: RoleFile): string[] {
  return [
    `format_csv_delimiter = '${file.delimiter}'`,
    "input_format_csv_skip_first_lines = 1",
    "input_format_csv_allow_variable_number_of_columns = 1",
    "input_format_csv_empty_as_default = 0",
    "input_format_csv_trim_whitespaces = 0",
    `input_format_csv_allow_cr_end_of_line = ${file.oldLineEnds ? 1 : 0}`,
    // Only a missing column may be null, never a text that happens to look like one.
    "format_csv_null_representation = '\\\\N\\\\N\\\\N'",
  ];
}

function faultOf(error: unknown, file: RoleFile): unknown {
  if (error instanceof LongLine) {
    try {
      lineTooLong(file.name);
    } catch (refusal) {
      return refusal;
    }
  }
  const text = error instanceof Error ? error.message : String(error);
  if (
    /inflate failed|incorrect header check|invalid (block|distance|stored|code)|unexpected end of file|ZLIB/i.test(
      text,
    )
  ) {
    try {
      gzipBroken(file.name);
    } catch (refusal) {
      return refusal;
    }
  }
  // The engine names what is wrong with such a file in the words of many libraries.
  if (file.format === "parquet" && !isNoSpace(error) && !isAway(error)) {
    try {
      parquetBroken(file.name, text);
    } catch (refusal) {
      return refusal;
    }
  }
  if (/Cannot parse input|CANNOT_PARSE|INCORRECT_DATA|Cannot read all data/i.test(text))
    return new BrokenQuotes(text);
  return error;
}
