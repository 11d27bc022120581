import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import type { Sniffed } from "./sniff.ts";

const Column = z.object({ name: z.string(), type: z.string() });
type Column = z.infer<typeof Column>;

/** The columns of a Parquet file as it says them itself. Refuses file.parquet_elsewhere, file.parquet_broken. */
export async function parquetColumns(ctx: Context, path: string, name: string): Promise<Column[]> {
  try {
    return await ctx.events.askFile(Column, path, "Parquet", (file) => `describe table ${file}`);
  } catch (error) {
    if (isWithoutEngine(error)) parquetElsewhere(name);
    parquetBroken(name, String(error));
  }
}

/** The engine that Rondell brings along exists for most platforms, and could not be loaded on this one. */
const isWithoutEngine = (error: unknown) =>
  /ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|ERR_DLOPEN_FAILED/.test(
    String((error as NodeJS.ErrnoException).code ?? ""),
  );

function parquetElsewhere(name: string): never {
  refuse(
    "invalid",
    "file.parquet_elsewhere",
    `The file ${name} is Parquet, which cannot be read on this platform. Export it as CSV or JSON lines.`,
    { name },
  );
}

/** Refuses file.parquet_broken. */
export function parquetBroken(name: string, cause: string): never {
  refuse(
    "invalid",
    "file.parquet_broken",
    `The file ${name} begins as Parquet and cannot be read as such: it is damaged, or one group of its rows is too large for memory. Export it again, in smaller groups.`,
    { name, cause: cause.slice(0, 200) },
  );
}

/** SQL of a column as the text of a cell: instants with their zone, lists and records as JSON. */
export function parquetCell({ name, type }: Column): string {
  const column = `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
  if (/^(Nullable\()?(Array|Tuple|Map|Nested|JSON)/.test(type)) return `toJSONString(${column})`;
  const text = `ifNull(toString(${column}), '')`;
  // What is stored as an instant is written in UTC; a local time stays one.
  if (/DateTime(64)?\((\d+, )?'UTC'\)/.test(type)) return `if(${text} = '', '', concat(${text}, 'Z'))`;
  return text;
}

/** Columns and first lines of a Parquet file. Refuses file.parquet_elsewhere, file.parquet_broken, file.no_rows. */
export async function sniffParquet(ctx: Context, path: string, name: string, rowsMax = 20): Promise<Sniffed> {
  const columns = await parquetColumns(ctx, path, name);
  // The end of a file can be sound and say the columns, while the rows before it are damaged.
  const rows = await ctx.events
    .askFile(
      z.object({ cells: z.array(z.string()) }),
      path,
      "Parquet",
      (file) => `select [${columns.map(parquetCell).join(", ")}] as cells from ${file} limit ${rowsMax}`,
    )
    .catch((error) => parquetBroken(name, String(error)));
  if (!rows.length)
    refuse("invalid", "file.no_rows", `The file ${name} has a header and no lines.`, { name });
  return {
    format: "parquet",
    delimiter: "",
    encoding: "utf-8",
    bom: false,
    oldLineEnds: false,
    header: columns.map((column) => column.name),
    rows: rows.map((row) => row.cells),
  };
}
